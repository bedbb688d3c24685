import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { assemble, buildFile, fixedSizeList } from '../arrow/build.ts';
import { exactSigmoid, FLOAT16, FLOAT32, FLOAT64, type Format, ulps } from '../kernels/exact.ts';
import { random } from '../kernels/harness.ts';
import { readArrow } from './arrow.ts';
import { logitmill, temporaryFolder } from './run.ts';

const FORMATS: Readonly<Record<string, [Format, number]>> = {
  float16: [FLOAT16, 0.501],
  float32: [FLOAT32, 2],
  float64: [FLOAT64, 2],
};

/** Every logit's result, however deep the lists. */
function expectSigmoids(logits: unknown, results: unknown, [format, most]: [Format, number], t = 1): void {
  if (Array.isArray(logits)) {
    expect((results as unknown[]).length).toBe(logits.length);
    logits.forEach((one, index) => {
      expectSigmoids(one, (results as unknown[])[index], [format, most], t);
    });
    return;
  }
  const [logit, result] = [logits as number, results as number];
  if (Number.isNaN(logit)) expect(result).toBeNaN();
  else
    expect(ulps(result, exactSigmoid(logit, t), format), `of ${logit}: ${result}`).toBeLessThanOrEqual(most);
}

/** Runs the op over a file; returns its columns, its summary and what `validate` says of it. */
async function run(input: string, ...args: string[]) {
  const output = path.join(temporaryFolder(), 'out.arrow');
  const { code, stdout, stderr } = await logitmill([
    ...['run', input, '-o', output, '--op', 'sigmoid', '--summary', '-'],
    ...args,
  ]);
  const summary = JSON.parse(stdout);
  if (code !== 0)
    return { code, stderr, summary, columns: new Map<string, unknown[]>(), output, checked: code };
  const checked = await logitmill(['validate', output]);
  return { code, stderr, summary, output, columns: readArrow(output).columns, checked: checked.code };
}

const FORMS: [file: string, column: string, dtype: string, ...args: string[]][] = [
  ['data/digits.arrow', 'logits', 'float32'],
  ['data/golden/batches.arrow', 'logits', 'float32'],
  ['data/golden/ragged.arrow', 'logits', 'float32'],
  ['data/golden/ragged-large.arrow', 'logits', 'float32'],
  ['data/golden/float16-ragged.arrow', 'logits', 'float16'],
  ['data/golden/tensor-3d.arrow', 'logits', 'float32'],
  ['data/golden/tensor-4d.arrow', 'logits', 'float32', '--temperature', '0.5'],
  ['data/golden/float64.arrow', 'logits', 'float64', '--temperature', '3'],
];

describe('--op sigmoid', () => {
  test.each(FORMS)('%s: each logit by itself', async (file, column, dtype, ...args) => {
    const { code, stderr, summary, columns, checked } = await run(file, ...args);
    expect(code, stderr).toBe(0);
    expect(summary).toMatchObject({
      op: 'sigmoid',
      status: 'ok',
      validation: { unit: 'row', rows_invalid: 0 },
    });
    expect(stderr).toContain('every value lies within [0, 1]');
    expect([...columns.keys()].some((name) => name === 'row_sum')).toBe(false);
    const input = readArrow(file).columns;
    const logits = input.get(column) ?? [...input.values()].find((values) => Array.isArray(values[0]));
    const temperature = Number(args[1] ?? 1);
    columns.get('probs')!.forEach((row, index) => {
      if (row !== null) expectSigmoids(logits![index], row, FORMATS[dtype]!, temperature);
    });
    expect(checked).toBe(0);
  });

  test('wide tables and text: the same numbers', async () => {
    const list = await run('data/digits.arrow');
    const wide = await run('data/digits-wide.arrow');
    const text = await run('data/digits.csv', '--columns', 'logit_0..logit_9');
    const asList = await run('data/digits-wide.arrow', '--layout', 'list');
    const probs = list.columns.get('probs') as number[][];
    expect(asList.columns.get('probs')).toEqual(probs);
    for (const { columns, checked } of [wide, text]) {
      for (let index = 0; index < 10; index++)
        expect(columns.get(`probs_logit_${index}`)).toEqual(probs.map((row) => row[index]));
      expect([...columns.keys()]).not.toContain('row_sum');
      expect(checked).toBe(0);
    }
  });

  test('--dim makes no difference, but has to be one that is there', async () => {
    const file = 'data/golden/tensor-3d.arrow';
    const [one, ...others] = await Promise.all(
      ['-1', '0', '1', '2', '-3'].map((dim) => run(file, '--dim', dim)),
    );
    for (const other of others) expect(other.columns.get('probs')).toEqual(one!.columns.get('probs'));
    expect((await run('data/golden/ragged.arrow', '--dim', '0')).code).toBe(0);
    const { code, stderr } = await run(file, '--dim', '3');
    expect(code).toBe(2);
    expect(stderr).toContain('it goes from -3 to 2');
  });

  test('compressed, as a stream, out of a pipe, in small memory: the same bits', async () => {
    const next = random(5);
    const length = 300_001;
    const values = Float32Array.from({ length: 3 * length }, () => (next() - 0.5) * 60);
    const schema = { fields: [fixedSizeList('logits', length)], metadata: [] };
    const batch = assemble(3, [3, 0, 3 * length, 0], [null, null, values]);
    const input = path.join(temporaryFolder(), 'in.arrow');
    fs.writeFileSync(input, buildFile({ schema, batches: [batch] }));
    const plain = await run(input, '--memory', '256MiB');
    const probs = plain.columns.get('probs') as number[][];
    expectSigmoids(
      Array.from(values.subarray(length, length + 500)),
      probs[1]!.slice(0, 500),
      FORMATS.float32!,
    );
    const small = await run(input, '--memory', '1MiB', '--threads', '1');
    expect(fs.readFileSync(small.output).equals(fs.readFileSync(plain.output))).toBe(true);
    expect((await logitmill(['validate', small.output, '--memory', '1MiB', '--threads', '1'])).code).toBe(0);
    const digits = await run('data/digits.arrow');
    const folder = temporaryFolder();
    const [logits, packed] = ['logits', 'packed'].map((name) => path.join(folder, `${name}.arrow`));
    const keeping = ['--op', 'softmax', '--keep-logits', '--compression'];
    expect((await logitmill(['run', 'data/digits.arrow', '-o', logits!, ...keeping, 'lz4'])).code).toBe(0);
    const inflated = await run(logits!, '--column', 'logits', '--keep', 'none', '--force-input');
    expect(inflated.columns.get('probs'), inflated.stderr).toEqual(digits.columns.get('probs'));
    const zstd = ['--op', 'sigmoid', '--compression', 'zstd'];
    expect((await logitmill(['run', 'data/digits.arrow', '-o', packed!, ...zstd])).code).toBe(0);
    expect((await logitmill(['validate', packed!])).code).toBe(0);
    const text = zlib.gzipSync(fs.readFileSync('data/digits.csv'));
    const piped = await logitmill(
      ['run', '-', '-o', '-', '--op', 'sigmoid', '--columns', 'logit_0..logit_9'],
      { input: text },
    );
    expect(piped.code, piped.stderr).toBe(0);
    const firsts = (digits.columns.get('probs') as number[][]).map((row) => row[0]);
    expect(readArrow(piped.stdoutBytes).columns.get('probs_logit_0')).toEqual(firsts);
  });

  test('NaN makes a row invalid, infinities do not; nulls are null, or no with --mask-nulls', async () => {
    const csv = path.join(temporaryFolder(), 'in.csv');
    fs.writeFileSync(csv, 'a,b\n0,inf\n-inf,-inf\nnan,1\n,2\n');
    const failed = await run(csv);
    expect(failed.code).toBe(4);
    expect(failed.summary.validation).toMatchObject({
      rows_invalid: 1,
      rows_null: 1,
      first_invalid: [{ row: 2, reason: 'nan' }],
    });
    const kept = await run(csv, '--on-invalid', 'keep');
    expect(kept.columns.get('probs_a')).toEqual([0.5, 0, Number.NaN, null]);
    expect(kept.columns.get('probs_b')).toEqual([1, 0, Math.fround(1 / (1 + Math.exp(-1))), null]);
    expect(kept.checked).toBe(4);
    expect(kept.columns.has('row_sum')).toBe(false);
    const nulled = await run(csv, '--on-invalid', 'null');
    expect(nulled.columns.get('probs_b')).toEqual([1, 0, null, null]);
    const masked = await run(csv, '--on-invalid', 'keep', '--mask-nulls');
    expect(masked.columns.get('probs_a')).toEqual([0.5, 0, Number.NaN, 0]);
  });

  test('what --on-invalid fail has left goes on as --on-invalid says: kept rows are not null', async () => {
    const folder = temporaryFolder();
    const [csv, output] = [path.join(folder, 'in.csv'), path.join(folder, 'out.arrow')];
    fs.writeFileSync(csv, 'a,b\n0.0,1.5\nnan,1.5\n,2.5\n');
    const args = ['run', csv, '-o', output, '--op', 'sigmoid'];
    expect((await logitmill(args)).code).toBe(4);
    expect((await logitmill([...args, '--on-invalid', 'keep'])).code).toBe(0);
    expect(readArrow(output).columns.get('probs_a')).toEqual([0.5, Number.NaN, null]);
    fs.rmSync(output);
    expect((await logitmill(args)).code).toBe(4);
    expect((await logitmill([...args, '--on-invalid', 'null'])).code).toBe(0);
    expect(readArrow(output).columns.get('probs_a')).toEqual([0.5, null, null]);
  });

  test('validate finds what lies outside [0, 1]', async () => {
    const folder = temporaryFolder();
    const schema = { fields: [fixedSizeList('probs', 2)], metadata: [] };
    const values = Float32Array.of(0.25, 0.5, 1, 1, 0.5, 1.5, -0.25, 0);
    const file = path.join(folder, 'in.arrow');
    fs.writeFileSync(file, buildFile({ schema, batches: [assemble(4, [4, 0, 8, 0], [null, null, values])] }));
    const { code, stdout } = await logitmill(['validate', file, '--op', 'sigmoid', '--summary', '-']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout).columns[0].validation).toMatchObject({
      rows_invalid: 2,
      first_invalid: [
        { row: 2, sum: null, reason: 'range' },
        { row: 3, sum: null, reason: 'range' },
      ],
    });
  });
});
