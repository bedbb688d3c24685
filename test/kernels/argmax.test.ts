import { describe, expect, test } from 'vitest';
import type { DerivedKernels } from '../../src/kernels/derived.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { type Elements, float16, float32, float64 } from './rows.ts';

const memory = new KernelMemory(16);
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;
const DTYPES: [string, Elements][] = [
  ['float16', float16],
  ['float32', float32],
  ['float64', float64],
];

/** The first of the largest; -1 where there is no softmax. */
function reference(row: readonly number[]): number {
  const largest = row.reduce((most, x) => (Number.isNaN(x) ? x : Math.max(most, x)), NEG);
  return Number.isFinite(largest) ? row.indexOf(largest) : -1;
}

/** Small whole numbers are often equal. */
function matrix(seed: number, rows: number, classes: number, values: number): number[][] {
  const next = random(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: classes }, () => Math.floor(next() * values) - values / 2),
  );
}

const withAt = (row: readonly number[], index: number, value: number): number[] => row.with(index, value);

function rowsOf(classes: number): number[][] {
  const rows = [
    ...matrix(classes, 9, classes, 4),
    ...matrix(classes + 1, 9, classes, 1000),
    Array(classes).fill(-3),
    Array(classes).fill(NEG),
    Array(classes).fill(INF),
    Array.from({ length: classes }, (_, index) => (index % 2 ? 0 : -0)),
    Array.from({ length: classes }, (_, index) => -index - 1),
  ];
  for (const at of [0, classes >> 1, classes - 1].filter((index) => index < classes && index >= 0)) {
    for (const value of [NAN, INF, NEG, 60_000, -60_000]) rows.push(withAt(rows[9]!, at, value));
    rows.push(withAt(Array(classes).fill(NEG), at, -7));
    rows.push(withAt(withAt(rows[9]!, at, INF), 0, NAN));
  }
  return rows;
}

describe.each(DTYPES)('argmax of %s', (_, elements) => {
  const { size } = elements;
  const place = (values: readonly number[]): number => {
    const address = memory.take(values.length * size + 64);
    values.forEach((value, index) => {
      elements.set(memory, address + index * size, value);
    });
    return address;
  };
  const results = (address: number, count: number): number[] => [
    ...new Int32Array(memory.memory.buffer, address, count),
  ];

  test.each(BUILDS)('rows, columns, ragged rows and pieces, %s', (build) => {
    const kernels = memory.load<DerivedKernels>('derived', build);
    for (const classes of [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 1000]) {
      memory.release();
      const rows = rowsOf(classes);
      const expected = rows.map(reference);
      const out = memory.take(rows.length * 4 + 4);
      const run = (compute: () => void): number[] => {
        memory.bytes(out, rows.length * 4 + 4).fill(0xa5);
        compute();
        expect(results(out, rows.length + 1).at(-1)).toBe(0xa5a5a5a5 | 0);
        return results(out, rows.length);
      };
      const source = place(rows.flat());
      expect(run(() => kernels.argmax_rows(size, source, rows.length, classes, out))).toEqual(expected);
      const columns = place(
        Array.from({ length: classes }, (_, index) => rows.map((row) => row[index]!)).flat(),
      );
      const stride = rows.length * size;
      expect(run(() => kernels.argmax_columns(size, columns, stride, rows.length, classes, out))).toEqual(
        expected,
      );
      for (const offsetBytes of [4, 8]) {
        const offsets = memory.take((rows.length + 1) * offsetBytes);
        for (let row = 0; row <= rows.length; row++) {
          if (offsetBytes === 4) memory.view.setInt32(offsets + row * 4, 5 + row * classes, true);
          else memory.view.setBigInt64(offsets + row * 8, BigInt(2 ** 33 + row * classes), true);
        }
        expect(
          run(() => kernels.argmax_ragged(size, source, offsets, offsetBytes, rows.length, out)),
        ).toEqual(expected);
      }
      for (const unit of [7, 64, 640]) {
        const inPieces = (): void =>
          rows.forEach((_, row) => {
            kernels.argmax_begin();
            for (let at = 0; at < classes; at += unit)
              kernels.argmax_piece(size, source + (row * classes + at) * size, Math.min(unit, classes - at));
            kernels.argmax_end(out + row * 4);
          });
        expect(run(inPieces)).toEqual(expected);
      }
    }
  });
});
