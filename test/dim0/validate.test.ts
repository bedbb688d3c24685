// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { cut, type Matrix, matrix, writeMatrix } from './files.ts';
import { bits, results } from './results.ts';

async function validate(file: string, ...args: string[]) {
  const found = await logitmill(['validate', file, '--dim', '0', '--summary', '-', ...args]);
  return { ...found, summary: found.stdout === '' ? null : JSON.parse(found.stdout) };
}

/** What `run` makes of logits, as a matrix. */
async function probabilities(file: string, logits: Matrix, op = 'softmax'): Promise<Matrix> {
  const { values } = await results(file, logits, ['--op', op, '--columns', 'c*']);
  const found = Object.values(values)[0]!;
  return { ...logits, values: Float32Array.from(found, (value) => value ?? Number.NaN) };
}

describe('validate --dim 0', () => {
  test('what run has made is valid: the same sums, in every form, dtype, op, and compressed', async () => {
    const folder = temporaryFolder();
    const [input, output] = ['in', 'out'].map((name) => path.join(folder, name)) as [string, string];
    for (const [form, dtype, more] of [
      ['list', 'float32', ['--op', 'both']],
      ['wide', 'float16', ['--op', 'softmax']],
      ['wide', 'float64', ['--op', 'log_softmax']],
      ['list', 'float16', ['--op', 'both', '--compression', 'zstd']],
      ['wide', 'float32', ['--op', 'both', '--compression', 'lz4']],
    ] as const) {
      const rows = 9001;
      writeMatrix(input, matrix(rows, 7, 3, 20, dtype), form, cut(rows, 1, 1000, 4097, 33, 0, 2500));
      const args = ['run', input, '-o', output, '--overwrite', '--dim', '0', '--summary', '-', ...more];
      const made = await logitmill(args);
      expect(made.code, made.stderr).toBe(0);
      const { code, stderr, summary } = await validate(output);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('every column sums to 1');
      expect(summary).toMatchObject({
        status: 'ok',
        dtype,
        classes: rows,
        op: more[1] === 'log_softmax' ? 'log_softmax' : 'softmax',
        validation: { unit: 'column', rows_checked: 7, rows_valid: 7, row_sum_mismatches: 0 },
      });
      const sums = (validation: { column_sums: { sum: number }[] }): string =>
        bits(validation.column_sums.map(({ sum }) => sum));
      expect(sums(summary.validation)).toBe(sums(JSON.parse(made.stdout).validation));
      if (more[1] === 'both') expect(summary.columns[1]).toMatchObject({ op: 'log_softmax', classes: rows });
    }
  });

  test.each([
    'float16',
    'float32',
    'float64',
  ] as const)('both results of a column share its bitmap, and are read again: %s', async (dtype) => {
    const folder = temporaryFolder();
    const [input, output] = ['in', 'out'].map((name) => path.join(folder, name)) as [string, string];
    const logits: Matrix = {
      ...matrix(3000, 40, 5, 20, dtype),
      valid: (row, column) => (row + column) % 7 !== 0,
    };
    writeMatrix(input, logits, 'wide', cut(3000, 1000, 1));
    const args = ['run', input, '-o', output, '--dim', '0', '--op', 'both', '--columns', 'c*', '--quiet'];
    expect(await logitmill(args)).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr, summary } = await validate(output);
    expect(code, stderr).toBe(0);
    expect(summary.columns.map(({ op }: { op: string }) => op)).toEqual(['softmax', 'log_softmax']);
  });

  test('invalid columns are named; nulls are left out, whatever lies under them', async () => {
    const file = path.join(temporaryFolder(), 'in.arrow');
    for (const op of ['softmax', 'log_softmax']) {
      const logits: Matrix = {
        ...matrix(6000, 6, 5),
        valid: (row, column) => column !== 2 && (row + column) % 5 !== 0,
      };
      writeMatrix(file, logits, 'wide', [6000]);
      const stored = await probabilities(file, logits, op);
      const write = (values: Matrix, form: 'list' | 'wide'): void =>
        writeMatrix(file, values, form, cut(6000, 999, 4000));
      write(stored, 'list');
      const sound = await validate(file, '--op', op);
      expect(sound.code, sound.stderr).toBe(0);
      expect(sound.summary.validation).toMatchObject({ rows_valid: 5, rows_null: 1, rows_invalid: 0 });

      const values = Float32Array.from(stored.values);
      values[6 * 5001] = Number.NaN;
      values[6 * 3001] = op === 'softmax' ? 0.5 : -0.5;
      values[6 * 1003 + 3] = op === 'softmax' ? 0.25 : -1;
      values[6 * 4 + 4] = Number.POSITIVE_INFINITY;
      write({ ...stored, values }, 'wide');
      const bad = await validate(file, '--columns', 'c*');
      expect(bad.code).toBe(4);
      expect(bad.stderr).toContain('column c0: nan');
      expect(bad.summary).toMatchObject({ status: 'invalid', op });
      expect(bad.summary.validation).toMatchObject({ rows_invalid: 3, rows_null: 1, rows_valid: 2 });
      expect(bad.summary.validation.first_invalid).toMatchObject([
        { row: 0, column: 'c0', reason: 'nan', sum: null },
        { row: 3, column: 'c3', reason: 'sum' },
        { row: 4, column: 'c4', reason: 'range' },
      ]);
    }
  });

  test('columns that sum to one in rows, no rows, no room', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'in.arrow');
    writeMatrix(file, matrix(100, 4), 'list', [100]);
    const rows = path.join(folder, 'rows.arrow');
    expect((await logitmill(['run', file, '-o', rows])).code).toBe(0);
    const wrong = await validate(rows);
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toContain('4 of 4 columns are invalid');
    writeMatrix(file, { rows: 0, columns: 3, values: new Float32Array(0) }, 'wide', [0]);
    expect((await validate(file)).summary.validation).toMatchObject({ rows_checked: 3, rows_valid: 3 });
    writeMatrix(file, matrix(2, 30_000), 'list', [2]);
    expect((await validate(file, '--memory', '4MiB')).stderr).toMatch(/30000 columns.*\n.*--memory \d+MiB/);
    fs.rmSync(file);
  });
});
