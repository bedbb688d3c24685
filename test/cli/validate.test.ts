import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from './run.ts';

const golden = (file: string): string => path.resolve('data/golden', file);

async function made(input: string, ...args: string[]): Promise<string> {
  const output = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', path.resolve(input), '-o', output, ...args]);
  expect(code, stderr).toBe(0);
  return output;
}

async function validated(...args: string[]) {
  const finished = await logitmill(['validate', ...args, '--summary', '-']);
  return { ...finished, summary: finished.stdout === '' ? undefined : JSON.parse(finished.stdout) };
}

/** Overwrites the bytes of the first place in the file where `values` stand. */
function tamper(file: string, values: ArrayBufferView, position: number, replacement: ArrayBufferView): void {
  const bytes = fs.readFileSync(file);
  const at = bytes.indexOf(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  expect(at).toBeGreaterThan(0);
  Buffer.from(replacement.buffer, replacement.byteOffset, replacement.byteLength).copy(bytes, at + position);
  fs.writeFileSync(file, bytes);
}

describe('validate', () => {
  const ours: [string, string[]][] = [
    ['data/digits.arrow', []],
    ['data/digits.arrow', ['--op', 'log_softmax']],
    ['data/digits.arrow', ['--op', 'both']],
    ['data/digits-wide.arrow', []],
    ['data/digits-wide.arrow', ['--op', 'log_softmax']],
    ['data/digits-wide.arrow', ['--op', 'both']],
    ['data/digits-wide.arrow', ['--layout', 'list']],
    ['data/golden/batches.arrow', []],
    ['data/golden/no-rows.arrow', []],
  ];
  test.each(ours)('what we made of %s %j is valid', async (input, args) => {
    const output = await made(input, ...args);
    const { code, stderr, summary } = await validated(output);
    expect(code, stderr).toBe(0);
    expect(summary.status).toBe('ok');
    expect(summary.validation.rows_invalid).toBe(0);
    expect(summary.validation.rows_checked).toBe(
      input.includes('digits') ? 1797 : input.includes('batches') ? 40 : 0,
    );
  });

  test("anybody's file, whatever the column is called", async () => {
    const { code, stderr, summary } = await validated(
      golden('probabilities-of-others.arrow'),
      '--column',
      'scores',
    );
    expect(code, stderr).toBe(0);
    expect(summary.validation).toMatchObject({ rows_checked: 3, rows_valid: 3 });
  });

  test('logits are no probabilities', async () => {
    const { code, stderr, summary } = await validated(path.resolve('data/digits.arrow'), '--op', 'softmax');
    expect(code).toBe(4);
    expect(summary.status).toBe('invalid');
    expect(summary.validation.rows_invalid).toBe(1797);
    expect(summary.validation.first_invalid).toHaveLength(20);
    expect(stderr).toMatch(/1,?797/);
  });

  test('a changed probability is found: row, sum and reason', async () => {
    const output = await made('data/golden/one-class.arrow');
    // Three rows of one class: 1, 1, 1.
    tamper(output, Float32Array.of(1, 1, 1), 4, Float32Array.of(0.75));
    const { code, stderr, summary } = await validated(output);
    expect(code).toBe(4);
    expect(summary.validation).toMatchObject({
      rows_invalid: 1,
      worst_row: 1,
      max_deviation: 0.25,
      first_invalid: [{ row: 1, sum: 0.75, reason: 'sum' }],
    });
    expect(stderr).toMatch(/row 1\b.*0\.75/);
  });

  test('a changed NaN is found', async () => {
    const output = await made('data/golden/one-class.arrow');
    tamper(output, Float32Array.of(1, 1, 1), 8, Float32Array.of(Number.NaN));
    const { code, summary } = await validated(output);
    expect(code).toBe(4);
    expect(summary.validation.first_invalid).toEqual([{ row: 2, sum: null, reason: 'nan' }]);
  });

  test('a row_sum that is not that of its row is found', async () => {
    const output = await made('data/golden/one-class.arrow');
    tamper(output, Float64Array.of(1, 1, 1), 0, Float64Array.of(1.0000000000000002));
    const { code, stderr } = await validated(output);
    expect(code).toBe(4);
    expect(stderr).toMatch(/row_sum/);
    expect(stderr).toMatch(/row 0\b/);
  });

  test('a tolerance of our own', async () => {
    const output = await made('data/golden/one-class.arrow');
    tamper(output, Float32Array.of(1, 1, 1), 4, Float32Array.of(0.75));
    tamper(output, Float64Array.of(1, 1, 1), 8, Float64Array.of(0.75));
    expect((await validated(output, '--tolerance', '0.1')).code).toBe(4);
    expect((await validated(output, '--tolerance', '0.3')).code).toBe(0);
  });

  test('several files: the worst exit code', async () => {
    const good = await made('data/golden/one-class.arrow');
    const { code } = await logitmill(['validate', good, golden('specials.arrow'), '--op', 'softmax']);
    expect(code).toBe(4);
    const missing = await logitmill(['validate', good, 'nowhere.arrow']);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toMatch(/nowhere\.arrow/);
  });

  test('hostile files are refused as by run', async () => {
    for (const file of ['cut-in-batch.arrow', 'buffer-length-huge.arrow', 'big-endian.arrow']) {
      const { code, stderr } = await logitmill(['validate', path.resolve('data/hostile', file)]);
      expect(code, stderr).toBe(3);
      expect(stderr).toContain(file);
    }
  });

  test('the file is left as it is', async () => {
    const output = await made('data/digits.arrow');
    const before = fs.readFileSync(output);
    await validated(output);
    expect(fs.readFileSync(output).equals(before)).toBe(true);
    expect(fs.readdirSync(path.dirname(output))).toEqual(['out.arrow']);
  });
});
