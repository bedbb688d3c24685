import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');
const STREAM = path.resolve('data/golden/built-by-hand-stream.arrows');
const CSV = path.resolve('data/digits.csv');

/** The columns that a plain run into a file gives. */
async function expectedColumns(input: string, ...args: string[]) {
  const output = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', input, '-o', output, ...args]);
  expect(code, stderr).toBe(0);
  return readArrow(output);
}

describe('pipes', () => {
  test('-o - is the stream format on standard output', async () => {
    const folder = temporaryFolder();
    const { code, stdoutBytes, stderr } = await logitmill(['run', DIGITS, '-o', '-'], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stdoutBytes.readUInt32LE(0)).toBe(0xffffffff);
    expect(readArrow(stdoutBytes)).toEqual(await expectedColumns(DIGITS));
    expect(filesBelow(folder)).toEqual([]);
  });

  test.each([
    ['an Arrow file', DIGITS, []],
    ['an Arrow stream', STREAM, []],
    ['CSV', CSV, ['--columns', 'logit_*']],
    ['compressed CSV', path.resolve('data/golden/csv-gzip.csv.gz'), []],
  ])('%s on standard input', async (_what, input, args) => {
    const folder = temporaryFolder();
    const piped = await logitmill(['run', '-', '-o', 'out.arrow', ...args], {
      cwd: folder,
      input: fs.readFileSync(input),
    });
    expect(piped.code, piped.stderr).toBe(0);
    const { columns, schema } = readArrow(path.join(folder, 'out.arrow'));
    const expected = await expectedColumns(input, ...args);
    expect(columns).toEqual(expected.columns);
    expect(schema.fields.map(String)).toEqual(expected.schema.fields.map(String));
    expect(filesBelow(folder)).toEqual(['out.arrow']);
  });

  test('through both, one after another', async () => {
    const first = await logitmill(['run', '-', '-o', '-', '--keep-logits'], {
      input: fs.readFileSync(DIGITS),
    });
    expect(first.code, first.stderr).toBe(0);
    const second = await logitmill(['run', '-', '-o', '-', '--force-input', '--column', 'logits'], {
      input: first.stdoutBytes,
    });
    // The first run's results stand in the way of the second's.
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/probs|row_sum/);
    const third = await logitmill(
      ['run', '-', '-o', '-', '--force-input', '--column', 'logits', '--keep', 'id'],
      {
        input: first.stdoutBytes,
      },
    );
    expect(third.code, third.stderr).toBe(0);
    expect(readArrow(third.stdoutBytes).columns.get('probs')).toEqual(
      (await expectedColumns(DIGITS)).columns.get('probs'),
    );
  });

  test('--format stream into a file', async () => {
    const output = path.join(temporaryFolder(), 'out.arrows');
    expect((await logitmill(['run', DIGITS, '-o', output, '--format', 'stream'])).code).toBe(0);
    expect(fs.readFileSync(output).readUInt32LE(0)).toBe(0xffffffff);
    expect(readArrow(output).columns).toEqual((await expectedColumns(DIGITS)).columns);
  });

  test('nothing on standard input', async () => {
    const { code, stderr } = await logitmill(['run', '-', '-o', 'out.arrow'], {
      cwd: temporaryFolder(),
      input: '',
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/empty/);
  });

  test('a stream that stops half-way', async () => {
    const half = fs.readFileSync(STREAM).subarray(0, 500);
    const folder = temporaryFolder();
    const { code, stderr } = await logitmill(['run', '-', '-o', 'out.arrow'], { cwd: folder, input: half });
    expect(code, stderr).toBe(3);
    expect(filesBelow(folder)).toEqual([]);
  });

  test('a stream without its end marker is taken when that is said', async () => {
    const open = fs.readFileSync(STREAM).subarray(0, -8);
    const folder = temporaryFolder();
    const refused = await logitmill(['run', '-', '-o', 'out.arrow'], { cwd: folder, input: open });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^try: .*--allow-missing-eos/m);
    const taken = await logitmill(['run', '-', '-o', 'out.arrow', '--allow-missing-eos'], {
      cwd: folder,
      input: open,
    });
    expect(taken.code, taken.stderr).toBe(0);
    expect(readArrow(path.join(folder, 'out.arrow')).batches).toEqual([2, 2]);
  });

  test('invalid rows on a pipe: exit 4', async () => {
    const input = fs.readFileSync('data/golden/specials.arrow');
    const { code, stderr } = await logitmill(['run', '-', '-o', '-'], { input });
    expect(code).toBe(4);
    expect(stderr).toMatch(/row 1\b/);
  });
});
