import { describe, expect, test } from 'vitest';
import { PIECE_UNIT } from '../../src/kernels/long-row.ts';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { OP_CODES } from '../../src/kernels/softmax.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { type Elements, float16, float32, float64 } from './rows.ts';

const memory = new KernelMemory(64);
const DTYPES: ['float16' | 'float32' | 'float64', Elements][] = [
  ['float16', float16],
  ['float32', float32],
  ['float64', float64],
];
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG } = Number;
const rnd = random(31);
const spread = (classes: number, by: number, offset = 0) =>
  Array.from({ length: classes }, () => (rnd() - 0.5) * by + offset);
const withAt = (row: number[], place: number, value: number) => row.with(place, value);

/** What can happen to a row, in widths around the edges of pieces, vectors and blocks. */
const ROWS: [string, number[]][] = [
  ['one piece alone', spread(100, 20)],
  ...[1, 2, 3, 4, 5, 7, 8, 255, 256, 257].map((more): [string, number[]] => [
    `${more} beyond two pieces`,
    spread(2 * PIECE_UNIT + more, 30),
  ]),
  ['exact pieces', spread(3 * PIECE_UNIT, 10)],
  ['subnormal results', spread(5000, 230)],
  ['far from 0', spread(5001, 1, 3000)],
  ['a tie in two pieces', withAt(withAt(spread(9000, 10), 5, 77), 8990, 77)],
  ['a sure winner in the last piece', withAt(spread(9001, 1), 9000, 60)],
  ['a nearly sure winner', withAt(spread(9001, 1), 4001, 27.7)],
  ['a very sure winner', withAt(spread(9001, 1), 4000, 700)],
  ['some -inf', spread(7001, 20).map((x, i) => (i % 3 ? x : NEG))],
  ['a piece of -inf', spread(7001, 20).map((x, i) => (i < PIECE_UNIT ? NEG : x))],
  ['NaN in the last piece', withAt(spread(7001, 20), 7000, NAN)],
  ['NaN before +inf', withAt(withAt(spread(7001, 20), 7000, INF), 3, NAN)],
  ['+inf', withAt(spread(7001, 20), 5000, INF)],
  ['-inf alone', Array(7001).fill(NEG)],
];

/** The row by the kernels for whole rows, and in pieces of `unit` elements: values and sums as bytes. */
function compare(kernels: SoftmaxKernels, elements: Elements, row: number[], unit: number): void {
  memory.release();
  const { size } = elements;
  const bytes = row.length * size;
  const [source, work, probs, logs, otherProbs, otherLogs] = Array.from({ length: 6 }, () =>
    memory.take(bytes + 64),
  ) as [number, number, number, number, number, number];
  const [sums, otherSums] = [memory.take(8), memory.take(8)];
  row.forEach((x, i) => {
    elements.set(memory, source + i * size, x);
  });
  const copyOf = (address: number, length = bytes) => Buffer.from(memory.bytes(address, length).slice());
  const eachPiece = (from: number, step: (address: number, count: number, at: number) => void) => {
    for (let i = 0; i < row.length; i += unit)
      step(from + i * size, Math.min(unit, row.length - i), i * size);
  };
  for (const op of ['softmax', 'log_softmax', 'both'] as const) {
    const difference = kernels.compute_rows(OP_CODES[op], source, probs, logs, 1, row.length, sums);

    memory.bytes(otherProbs, bytes + 64).fill(0xa5);
    memory.bytes(otherLogs, bytes + 64).fill(0xa5);
    memory.bytes(work, bytes).set(memory.bytes(source, bytes));
    kernels.row_begin(OP_CODES[op], row.length);
    eachPiece(source, (address, count) => kernels.row_extremes(address, count));
    if (kernels.row_has_results()) {
      eachPiece(work, (address, count) => kernels.row_exponentials(address, count));
      if (kernels.row_needs_others())
        eachPiece(source, (address, count) => kernels.row_others(address, count));
    }
    let largest = 0;
    // In place, as the product has it.
    memory.bytes(otherProbs, bytes).set(memory.bytes(source, bytes));
    eachPiece(otherProbs, (address, count, at) => {
      largest = Math.max(largest, kernels.row_results(address, address, otherLogs + at, count));
    });
    kernels.row_end(otherSums);
    expect(copyOf(otherProbs).equals(copyOf(probs))).toBe(true);
    if (op === 'both') expect(copyOf(otherLogs).equals(copyOf(logs))).toBe(true);
    expect(memory.words(otherSums, 1)[0]).toBe(memory.words(sums, 1)[0]);
    expect(largest).toBe(difference);
    for (const area of [otherProbs, otherLogs])
      expect(memory.bytes(area + bytes, 64).every((byte) => byte === 0xa5)).toBe(true);

    const ofLogs = op === 'log_softmax';
    kernels.sum_rows(ofLogs ? 1 : 0, probs, 1, row.length, sums);
    kernels.stored_begin(ofLogs ? 1 : 0);
    eachPiece(probs, (address, count) => kernels.stored_piece(address, count));
    kernels.stored_end(otherSums);
    expect(memory.words(otherSums, 1)[0]).toBe(memory.words(sums, 1)[0]);
  }
}

const rowsOf = (dtype: string): number[][] =>
  ROWS.map(([, row]) => (dtype === 'float16' ? row.map((x) => halfToNumber(exactToHalf(x))) : row));

describe.each(DTYPES)('%s rows in pieces have the bits of whole ones', (dtype, elements) => {
  const rows = rowsOf(dtype);

  test.each(BUILDS)('%s', (build) => {
    const kernels = memory.load<SoftmaxKernels>(dtype, build);
    for (const temperature of [1, 0.7]) {
      kernels.set_temperature(temperature);
      for (const row of rows)
        for (const unit of [PIECE_UNIT, 2 * PIECE_UNIT]) compare(kernels, elements, row, unit);
    }
  });

  test('one kernel does row after row', () => {
    const kernels = memory.load<SoftmaxKernels>(dtype, 'relaxed');
    for (const row of [...rows].reverse()) compare(kernels, elements, row, PIECE_UNIT);
  });

  test('sums of values that no kernel has made', () => {
    const kernels = memory.load<SoftmaxKernels>(dtype, 'relaxed');
    const row = spread(5001, 3);
    for (const values of [
      row,
      withAt(row, 4990, NAN),
      withAt(row, 3, INF),
      withAt(row, 2500, NEG),
      row.map((x) => x - 9),
    ]) {
      memory.release();
      const [source, sums] = [memory.take(5001 * 8 + 64), memory.take(16)];
      values.forEach((x, i) => {
        elements.set(memory, source + i * elements.size, x);
      });
      for (const ofLogs of [0, 1] as const) {
        kernels.sum_rows(ofLogs ? 1 : 0, source, 1, 5001, sums);
        kernels.stored_begin(ofLogs);
        for (let i = 0; i < 5001; i += PIECE_UNIT)
          kernels.stored_piece(source + i * elements.size, Math.min(PIECE_UNIT, 5001 - i));
        kernels.stored_end(sums + 8);
        expect(memory.words(sums, 2)[1]).toBe(memory.words(sums, 2)[0]);
      }
    }
  });
});
