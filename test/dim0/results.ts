import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { Precision, tableFromIPC } from 'apache-arrow';
import { expect } from 'vitest';
import { logitmill } from '../cli/run.ts';
import { halfToNumber } from '../kernels/half.ts';
import { referenceRow, ulps16, ulps32 } from '../kernels/reference.ts';
import type { Matrix } from './files.ts';

/** Runs, expects success, and returns results row-major with nulls, and the summary. */
export async function results(
  file: string,
  { rows, columns }: Matrix,
  args: readonly string[] = [],
): Promise<{ values: Record<string, (number | null)[]>; summary: Summary; stderr: string }> {
  const output = `${file}.${Math.random().toString(36).slice(2)}.out`;
  const { code, stdout, stderr } = await logitmill([
    'run',
    file,
    '-o',
    output,
    '--dim',
    '0',
    '--summary',
    '-',
    ...args,
  ]);
  expect(code, stderr).toBe(0);
  const values = valuesIn(fs.readFileSync(output), { rows, columns });
  fs.rmSync(output);
  return { values, summary: JSON.parse(stdout), stderr };
}

/** Results row-major with nulls, of lists or of wide tables. */
export function valuesIn(
  file: Uint8Array,
  { rows, columns }: Pick<Matrix, 'rows' | 'columns'>,
): Record<string, (number | null)[]> {
  const table = tableFromIPC(file);
  expect(table.numRows).toBe(rows);
  const values: Record<string, (number | null)[]> = {};
  for (const field of table.schema.fields) {
    const name = field.name.startsWith('log_probs') ? 'log_probs' : 'probs';
    values[name] ??= new Array(rows * columns).fill(null);
    const isList = Boolean(field.type.children?.length);
    const isHalf = (isList ? field.type.children[0].type : field.type).precision === Precision.HALF;
    let row = 0;
    for (const data of table.getChild(field.name)!.data) {
      const leaf = isList ? data.children[0]! : data;
      const perRow = isList ? columns : 1;
      const index = isList ? 0 : Number(/\d+$/.exec(field.name)![0]);
      for (let at = 0; at < data.length * perRow; at++) {
        const isValid = leaf.getValid(at) && data.getValid(Math.floor(at / perRow));
        const to = (row + Math.floor(at / perRow)) * columns + index + (at % perRow);
        if (isValid) values[name][to] = isHalf ? halfToNumber(leaf.values[at]) : leaf.values[at];
      }
      row += data.length;
    }
  }
  return values;
}

export interface Summary {
  status: string;
  classes: number;
  validation: {
    unit: string;
    rows_checked: number;
    rows_valid: number;
    rows_invalid: number;
    rows_null: number;
    tolerance: number;
    max_deviation: number;
    worst_row: number | null;
    first_invalid: { row: number; column?: string; reason: string; sum: number | null }[];
    column_sums: { row: number; column?: string; sum: number | null }[];
  };
  error?: { code: string; message: string };
}

/** The reference, from the elements of each column that are not null. */
export function expected({ rows, columns, values, valid, validRow }: Matrix, temperature = 1) {
  const probs = new Array<number | null>(rows * columns).fill(null);
  const logs = [...probs];
  for (let column = 0; column < columns; column++) {
    const own = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => (valid?.(row, column) ?? true) && (validRow?.(row) ?? true),
    );
    const reference = referenceRow(
      own.map((row) => values[row * columns + column]!),
      temperature,
    );
    for (const [index, row] of own.entries()) {
      probs[row * columns + column] = reference.probabilities[index]!;
      logs[row * columns + column] = reference.logProbabilities[index]!;
    }
  }
  return { probs, log_probs: logs };
}

/** @param isNear whether a result is, to what it should be; within 2 ulp of float32 unless said otherwise */
export function expectNear(
  actual: (number | null)[],
  wanted: (number | null)[],
  isNear = (value: number, exact: number): boolean => ulps32(value, exact) <= 2,
): void {
  expect(actual).toHaveLength(wanted.length);
  const isWrong = (value: number | null, index: number): boolean =>
    value === null ? actual[index] !== null : !isNear(actual[index] ?? Number.NaN, value);
  const wrong = wanted.findIndex(isWrong);
  if (wrong >= 0) expect.fail(`value ${wrong} is ${actual[wrong]}, and should be ${wanted[wrong]}`);
}

/** Results as a hash of their bits: no two forms of NaN are alike by chance. */
export const bits = (values: (number | null)[]): string =>
  createHash('sha256')
    .update(Float64Array.from(values, (value) => value ?? Number.NEGATIVE_INFINITY))
    .digest('hex');

/** Within what float32 leaves of half a unit in the last place. */
export const isNearHalf = (value: number, exact: number): boolean => ulps16(value, exact) <= 0.501;
