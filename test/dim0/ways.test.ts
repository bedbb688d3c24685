// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';
import { cut, type Matrix, matrix, writeCsv, writeMatrix } from './files.ts';
import { bits, results, type Summary, valuesIn } from './results.ts';

async function run(input: string, output: string, ...args: string[]): Promise<Summary> {
  const { code, stdout, stderr } = await logitmill(['run', input, '-o', output, '--summary', '-', ...args]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** Batches that begin anywhere in a block of 4,096 rows, lie within one, or hold several. */
const SIZES = [1, 1000, 4097, 33, 0, 3061, 1308] as const;
const ROWS = 9500;

const bitsIn = (file: Uint8Array, logits: Matrix): string[] =>
  Object.values(valuesIn(file, logits)).map(bits);

const sumsOf = ({ validation }: Summary): string => bits(validation.column_sums.map(({ sum }) => sum));

describe('dim 0', () => {
  test.each(['list', 'wide'] as const)('compressed files in, the same bits: %s', async (form) => {
    const folder = temporaryFolder();
    const [plain, packed] = ['plain', 'packed'].map((name) => path.join(folder, name)) as [string, string];
    const holes = (row: number, column: number): boolean => column !== 5 && (row * 7 + column) % 13 !== 0;
    const logits: Matrix = {
      ...matrix(ROWS, 29, 4, 30, 'float64'),
      ...(form === 'wide' ? { valid: holes } : {}),
    };
    writeMatrix(plain, logits, form, cut(ROWS, ...SIZES));
    const columns = form === 'list' ? ['--column', 'logits'] : ['--columns', 'c*'];
    const other = [
      '--op',
      'both',
      '--on-invalid',
      'keep',
      '--on-null',
      'keep',
      '--keep-logits',
      '--compression',
      'lz4',
    ];
    await run(plain, packed, ...columns, ...other);
    const args = [...columns, '--keep', 'none', '--op', 'both', '--force-input'];
    const wanted = await results(plain, logits, args);
    expect(wanted.summary.validation.rows_null).toBe(form === 'wide' ? 1 : 0);
    for (const more of [
      ['--threads', '3'],
      ['--threads', '1', '--memory', '6MiB'],
    ]) {
      const found = await results(packed, logits, [...args, ...more]);
      for (const [name, values] of Object.entries(wanted.values))
        expect(bits(found.values[name]!), `${name} ${more}`).toBe(bits(values));
      expect(sumsOf(found.summary)).toBe(sumsOf(wanted.summary));
      expect(found.summary.validation.rows_null).toBe(wanted.summary.validation.rows_null);
    }
  });

  test.each(['list', 'wide', 'csv'] as const)('compressed files and streams out: %s', async (form) => {
    const folder = temporaryFolder();
    const file = (name: string): string => path.join(folder, name);
    const logits = matrix(ROWS, 29, 6, 25, form === 'csv' ? 'float32' : 'float64');
    if (form === 'csv') writeCsv(file('in'), logits);
    else writeMatrix(file('in'), logits, form, cut(ROWS, ...SIZES));
    const args = ['--dim', '0', '--op', 'both'];
    const summary = await run(file('in'), file('plain'), ...args);
    const wanted = bitsIn(fs.readFileSync(file('plain')), logits);
    // What a compressed file holds, another run over it says.
    const again = [
      '--force-input',
      '--dim=-1',
      '--keep',
      'none',
      ...(form === 'list' ? ['--column', 'log_probs'] : ['--columns', 'log_probs_*']),
    ];
    await run(file('plain'), file('plain-again'), ...again);
    for (const codec of ['lz4', 'zstd']) {
      const threads = ['--threads', codec === 'lz4' ? '3' : '1'];
      const made = await run(file('in'), file(codec), ...args, '--compression', codec, ...threads);
      expect(sumsOf(made)).toBe(sumsOf(summary));
      await run(file(codec), file(`${codec}-again`), ...again);
      expect(fs.readFileSync(file(`${codec}-again`)).equals(fs.readFileSync(file('plain-again')))).toBe(true);
    }
    await run(file('in'), file('stream'), ...args, '--format', 'stream');
    expect(bitsIn(fs.readFileSync(file('stream')), logits)).toEqual(wanted);
    const piped = await logitmill(['run', file('in'), '-o', '-', ...args, '--summary', file('summary')]);
    expect(piped.code, piped.stderr).toBe(0);
    expect(bitsIn(piped.stdoutBytes, logits)).toEqual(wanted);
    expect(sumsOf(JSON.parse(fs.readFileSync(file('summary'), 'utf8')))).toBe(sumsOf(summary));
  });

  test('an invalid column in a pipe: the stream has no end, and exit code 4', async () => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    const logits = matrix(5000, 3);
    logits.values[4] = Number.NaN;
    writeMatrix(file, logits, 'list', [5000]);
    const failed = await logitmill(['run', file, '-o', '-', '--dim', '0']);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('1 column is invalid, the first is column 1 (nan)');
    const end = failed.stdoutBytes.subarray(-8);
    expect(end.equals(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))).toBe(false);
    const kept = await logitmill(['run', file, '-o', '-', '--dim', '0', '--on-invalid', 'keep']);
    expect(kept.code, kept.stderr).toBe(0);
  });

  test('text from pipes and in .gz is kept for the second pass', async () => {
    const folder = temporaryFolder();
    const file = (name: string): string => path.join(folder, name);
    const logits = matrix(30_000, 20, 9);
    writeCsv(file('in.csv'), logits);
    const text = fs.readFileSync(file('in.csv'));
    fs.writeFileSync(file('in.csv.gz'), zlib.gzipSync(text, { level: 1 }));
    await run(file('in.csv'), file('wanted'), '--dim', '0');
    const wanted = fs.readFileSync(file('wanted'));
    await run(file('in.csv.gz'), file('gz'), '--dim=-2');
    expect(fs.readFileSync(file('gz')).equals(wanted)).toBe(true);
    const piped = await logitmill(['run', '-', '-o', file('pipe'), '--dim', '0'], { input: text });
    expect(piped.code, piped.stderr).toBe(0);
    expect(fs.readFileSync(file('pipe')).equals(wanted)).toBe(true);
    expect(filesBelow(folder)).toEqual(['gz', 'in.csv', 'in.csv.gz', 'pipe', 'wanted']);
  });
});
