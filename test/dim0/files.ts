import fs from 'node:fs';
import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
} from 'apache-arrow';
import { exactToHalf, halfToNumber } from '../kernels/half.ts';

/** A matrix of logits, row-major; where `valid` says false, null. */
export interface Matrix {
  rows: number;
  columns: number;
  /** Halves are kept as float32. */
  values: Float32Array | Float64Array;
  isHalf?: boolean;
  valid?: (row: number, column: number) => boolean;
  /** Rows that are null as a whole, in a list. */
  validRow?: (row: number) => boolean;
}

export function matrix(
  rows: number,
  columns: number,
  seed = 1,
  spread = 20,
  dtype: 'float16' | 'float32' | 'float64' = 'float32',
): Matrix {
  const values = dtype === 'float64' ? new Float64Array(rows * columns) : new Float32Array(rows * columns);
  const isHalf = dtype === 'float16';
  let state = seed;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const value = (state / 2 ** 32) * spread;
    values[i] = isHalf ? halfToNumber(exactToHalf(value)) : value;
  }
  return { rows, columns, values, isHalf };
}

/** Bits for `count` entries, and how many are unset; no bitmap when none is. */
function bitmap(
  count: number,
  isSet: (index: number) => boolean,
): { nullBitmap?: Uint8Array; nullCount: number } {
  const nullBitmap = new Uint8Array(Math.ceil(count / 64) * 8);
  let nullCount = 0;
  for (let index = 0; index < count; index++) {
    if (isSet(index)) nullBitmap[index >> 3]! |= 1 << (index & 7);
    else nullCount++;
  }
  return nullCount === 0 ? { nullCount } : { nullBitmap, nullCount };
}

/** Writes the rows as one list column, or one column a class, in batches of the given sizes. */
export function writeMatrix(
  path: string,
  matrix: Matrix,
  form: 'list' | 'wide',
  batches: readonly number[],
): void {
  const { columns, isHalf, valid = () => true, validRow = () => true } = matrix;
  const values = isHalf ? Uint16Array.from(matrix.values, exactToHalf) : matrix.values;
  const type = isHalf ? new Float16() : values instanceof Float32Array ? new Float32() : new Float64();
  const names = Array.from({ length: columns }, (_, column) => `c${column}`);
  const item = new Field('item', type, true);
  const fields =
    form === 'list'
      ? [new Field('logits', new FixedSizeList(columns, item), true)]
      : names.map((name) => new Field(name, type, true));
  const schema = new Schema(fields);
  let first = 0;
  const parts = batches.map((rows) => {
    const from = first;
    first += rows;
    const own = values.slice(from * columns, (from + rows) * columns);
    const children =
      form === 'list'
        ? [
            makeData({
              type: new FixedSizeList(columns, item),
              length: rows,
              ...bitmap(rows, (row) => validRow(from + row)),
              child: makeData({
                type,
                length: rows * columns,
                data: own as never,
                ...bitmap(rows * columns, (at) => valid(from + Math.floor(at / columns), at % columns)),
              }),
            }),
          ]
        : names.map((_, column) =>
            makeData({
              type,
              length: rows,
              data: own.filter((_value, at) => at % columns === column) as never,
              ...bitmap(rows, (row) => valid(from + row, column)),
            }),
          );
    const data = makeData({
      type: new Struct(fields),
      length: rows,
      nullCount: 0,
      children: children as never,
    });
    return new RecordBatch(schema, data);
  });
  if (first !== matrix.rows) throw new Error('the batches do not add up');
  const writer = new RecordBatchFileWriter();
  writer.reset(undefined, schema);
  for (const part of parts) writer.write(part);
  writer.finish();
  fs.writeFileSync(path, writer.toUint8Array(true));
}

/** Sizes of batches that make up so many rows. */
export function cut(rows: number, ...sizes: number[]): number[] {
  const batches: number[] = [];
  for (let left = rows, i = 0; left > 0; i++) {
    batches.push(Math.min(left, sizes[i % sizes.length]!));
    left -= batches.at(-1)!;
  }
  return batches;
}

/** The same as text, with a header; every number as it reads back. Extra columns stand before and behind. */
export function writeCsv(path: string, matrix: Matrix, extra?: { label: (row: number) => string }): void {
  const { rows, columns, values, valid = () => true } = matrix;
  const names = Array.from({ length: columns }, (_, column) => `c${column}`);
  const lines = [(extra ? ['label', ...names] : names).join()];
  for (let row = 0; row < rows; row++) {
    const cells = names.map((_, column) =>
      valid(row, column) ? String(values[row * columns + column]) : '',
    );
    lines.push((extra ? [extra.label(row), ...cells] : cells).join());
  }
  fs.writeFileSync(path, `${lines.join('\n')}\n`);
}
