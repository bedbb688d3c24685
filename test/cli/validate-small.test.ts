import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Field } from '../../src/arrow/types.ts';
import { assemble, buildFile, field, float32 } from '../arrow/build.ts';
import { random } from '../kernels/harness.ts';
import { logitmill, temporaryFolder } from './run.ts';

const ROWS = 9000;
const CLASSES = 4;
const rnd = random(12);
const { NaN: NAN } = Number;

/** Probabilities, some of them wrong; some rows null; some stored sums wrong. */
const VALUES = Float32Array.from({ length: ROWS * CLASSES }, (_, i) => {
  const row = Math.floor(i / CLASSES);
  const value = [0.5, 0.25, 0.125, 0.125][i % CLASSES]!;
  return row % 1301 === 7 ? NAN : row % 997 === 3 && i % CLASSES === 1 ? value + 0.25 + rnd() / 8 : value;
});
const SUMS = Float64Array.from({ length: ROWS }, (_, row) => {
  const sum = VALUES.slice(row * CLASSES, (row + 1) * CLASSES).reduce((all, value) => all + value, 0);
  return row % 1999 === 5 ? sum + 0.5 : sum;
});
const isNull = (row: number): boolean => row % 23 === 11;

const bitmap = (first: number, rows: number): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(rows / 8));
  for (let row = 0; row < rows; row++) if (!isNull(first + row)) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
};
const nulls = (first: number, rows: number): number =>
  Array.from({ length: rows }, (_, row) => isNull(first + row)).filter(Boolean).length;
const id: Field = field('id', { id: 'int', bitWidth: 32, signed: true });
const rowSum: Field = field('row_sum', { id: 'float', bitWidth: 64 });
const item: Field = field('item', float32);

interface Form {
  fields: Field[];
  batch(first: number, rows: number): ReturnType<typeof assemble>;
}

/** As buffers of the batch that has `rows` rows from `first` on. */
const FORMS: Record<string, Form> = {
  list: {
    fields: [id, field('probs', { id: 'fixedSizeList', listSize: CLASSES }, { children: [item] }), rowSum],
    batch: (first, rows) =>
      assemble(
        rows,
        [rows, 0, rows, nulls(first, rows), rows * CLASSES, 0, rows, 0],
        [
          null,
          new Int32Array(rows),
          bitmap(first, rows),
          null,
          VALUES.slice(first * CLASSES, (first + rows) * CLASSES),
          null,
          SUMS.slice(first, first + rows),
        ],
      ),
  },
  ragged: {
    fields: [field('probs', { id: 'list' }, { children: [item] }), rowSum],
    batch: (first, rows) =>
      assemble(
        rows,
        [rows, nulls(first, rows), rows * CLASSES, 0, rows, 0],
        [
          bitmap(first, rows),
          Int32Array.from({ length: rows + 1 }, (_, row) => row * CLASSES),
          null,
          VALUES.slice(first * CLASSES, (first + rows) * CLASSES),
          null,
          SUMS.slice(first, first + rows),
        ],
      ),
  },
  wide: {
    fields: [...Array.from({ length: CLASSES }, (_, j) => field(`probs_${j}`, float32)), rowSum],
    batch: (first, rows) =>
      assemble(
        rows,
        [...Array.from({ length: CLASSES }, () => [rows, nulls(first, rows)]).flat(), rows, 0],
        [
          ...Array.from({ length: CLASSES }, (_, j) => [
            bitmap(first, rows),
            Float32Array.from({ length: rows }, (_, row) => VALUES[(first + row) * CLASSES + j]!),
          ]).flat(),
          null,
          SUMS.slice(first, first + rows),
        ],
      ),
  },
};

test.each(Object.entries(FORMS))('small batches say what one large batch says: %s', async (_name, form) => {
  const folder = temporaryFolder();
  const found = await Promise.all(
    [[ROWS], [1, 2, 0, 3], [250, 1, 7]].map(async (sizes, index) => {
      const file = path.join(folder, `${index}.arrow`);
      const batches = [];
      for (let first = 0, at = 0; first < ROWS; at++) {
        const rows = Math.min(sizes[at % sizes.length]!, ROWS - first);
        batches.push(form.batch(first, rows));
        first += rows;
      }
      fs.writeFileSync(file, buildFile({ schema: { fields: form.fields, metadata: [] }, batches }));
      const args = ['--memory', index === 1 ? '1MiB' : '64MiB', '--summary', '-'];
      const { code, stdout, stderr } = await logitmill(['validate', file, ...args]);
      expect(code, stderr).toBe(4);
      return JSON.parse(stdout).validation;
    }),
  );
  expect(found[0]).toMatchObject({
    rows_checked: ROWS,
    rows_null: nulls(0, ROWS),
    row_sum_mismatches: Array.from({ length: ROWS }, (_, row) => row).filter(
      (row) => row % 1999 === 5 && !isNull(row) && row % 997 !== 3,
    ).length,
  });
  const reasons = new Set(found[0].first_invalid.map(({ reason }: { reason: string }) => reason));
  expect(reasons).toEqual(new Set(['nan', 'sum', 'row_sum']));
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
});

test('log-probabilities in variable-length lists are known by their signs, in small batches too', async () => {
  const file = path.join(temporaryFolder(), 'in.arrow');
  const batch = assemble(
    2,
    [2, 0, 3, 0],
    [null, Int32Array.of(0, 2, 3), null, Float32Array.of(Math.log(0.25), Math.log(0.75), 0)],
  );
  const scores = field('scores', { id: 'list' }, { children: [item] });
  fs.writeFileSync(file, buildFile({ schema: { fields: [scores], metadata: [] }, batches: [batch, batch] }));
  const { code, stdout, stderr } = await logitmill(['validate', file, '--summary', '-']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ op: 'log_softmax', validation: { rows_valid: 4 } });
});
