import { describe, expect, test } from 'vitest';
import { type ColumnDtype, ColumnRunner } from './columns.ts';
import { distance, exactSoftmax, exactSum, FLOAT16, FLOAT32, FLOAT64, ulps } from './exact.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';

const memory = new KernelMemory(64);
const CASES = (['float16', 'float32', 'float64'] as const).flatMap((dtype) =>
  BUILDS.map((build) => ({ dtype, build, runner: new ColumnRunner(memory, dtype, build) })),
);

const ROUNDED = {
  // Within its finite numbers.
  float16: (x: number): number => halfToNumber(exactToHalf(Math.max(-65504, Math.min(65504, x)))),
  float32: Math.fround,
  float64: (x: number): number => x,
};

/** Half a unit in the last place, and what float32 adds to that. */
const HALF = 0.501;

/** Bounds in units in the last place; of sums of exp of log-probabilities, in absolute terms. */
const FORMATS = {
  float16: { format: FLOAT16, p: HALF, log: HALF, logSum: 2 ** -27 },
  float32: { format: FLOAT32, p: 2, log: 1.6, logSum: 2 ** -27 },
  float64: { format: FLOAT64, p: 1.53, log: 0.58, logSum: 2 ** -46 },
};

/** How far a sum of so many results may be from 1. */
function mostOff(dtype: ColumnDtype, rows: number): number {
  if (dtype !== 'float16') return dtype === 'float32' ? 2 ** -22 : 2 ** -50;
  // Half an ulp of each, of which those below 2^-14 have one of 2^-24.
  return 1.002 * 2 ** -11 + rows * 2 ** -25;
}

function matrix(seed: number, count: number, spread: number, offset: number, dtype: ColumnDtype): number[] {
  const next = random(seed);
  const rounded = ROUNDED[dtype];
  return Array.from({ length: count }, () => rounded((next() - 0.5) * spread + offset));
}

const column = (values: ArrayLike<number>, columns: number, index: number): number[] =>
  Array.from({ length: values.length / columns }, (_, row) => values[row * columns + index]!);

describe.each(CASES)('dim 0, $dtype, $build', ({ dtype, runner }) => {
  const { format, ...bound } = FORMATS[dtype];
  const rounded = ROUNDED[dtype];

  /** Compares every result with exact arithmetic. */
  function expectExact(logits: number[], columns: number, temperature = 1): void {
    const rows = logits.length / columns;
    const result = runner.run(logits, rows, columns, temperature, { blockRows: 16, callRows: 5 });
    expect(result.outside).toBe(0);
    for (let index = 0; index < columns; index++) {
      const exact = exactSoftmax(column(logits, columns, index), temperature);
      const probabilities = column(result.probabilities, columns, index);
      const logarithms = column(result.logarithms, columns, index);
      for (const [row, p] of probabilities.entries()) {
        expect(ulps(p, exact.probabilities![row]!, format), `p ${row}`).toBeLessThanOrEqual(bound.p);
        const log = exact.logarithms![row]!;
        // Next to the subnormal numbers there is no room for the pair's lower half.
        const most = dtype === 'float64' && Math.abs(logarithms[row]!) < 2 ** -960 ? 1.03 : bound.log;
        if (log === null) expect(logarithms[row]).toBe(Number.NEGATIVE_INFINITY);
        else
          expect(ulps(logarithms[row]!, log, format), `log ${row} ${logarithms[row]}`).toBeLessThanOrEqual(
            most,
          );
      }
      expect(Math.abs(distance(exactSum(probabilities), result.sums[index]!))).toBeLessThanOrEqual(2 ** -50);
      expect(Math.abs(result.sums[index]! - 1)).toBeLessThanOrEqual(mostOff(dtype, rows));
    }
    const logSums = result.logSums.map((_, index) =>
      column(result.logarithms, columns, index).reduce((sum, y) => sum + Math.exp(y), 0),
    );
    for (const [index, sum] of result.logSums.entries())
      expect(Math.abs(sum - logSums[index]!)).toBeLessThanOrEqual(bound.logSum);
    expect(result.addedUp).toEqual([result.sums, result.logSums]);
    expect(result.reasons).toEqual(result.reasons.map(() => 0));
  }

  test('every spread, near 0 and far from it', () => {
    for (const [at, spread] of [1e-6, 1, 20, 85, 160, 3000, 1e12].entries())
      for (const offset of [0, 3, -300, 2e4, 1e8]) expectExact(matrix(at, 37 * 3, spread, offset, dtype), 3);
  });

  test('every number of columns around the tiles, and rows around the blocks', () => {
    for (const columns of [1, 2, 3, 4, 5, 7, 15, 16, 17, 33])
      for (const rows of [1, 2, 17, 35]) expectExact(matrix(rows, rows * columns, 30, 1, dtype), columns);
  });

  test('logits that rise become the reference again and again; and those that fall', () => {
    const steps = [1, 34, 36, 60, 80, 299, 301, 5000];
    for (const step of steps) {
      const rising = Array.from({ length: 40 * 3 }, (_, i) =>
        rounded(Math.floor(i / 3) * step + (i % 3) / 3),
      );
      expectExact(rising, 3);
      expectExact([...rising].reverse(), 3);
    }
  });

  test('the sure winner keeps its tiny log-probability, wherever it stands', () => {
    for (const row of [0, 1, 15, 16, 33]) {
      const logits: number[] = Array.from({ length: 34 * 2 }, (_, i) => (i % 2 === 0 ? 0 : -60));
      logits[row * 2] = 20;
      logits[row * 2 + 1] = 15;
      expectExact(logits, 2);
    }
  });

  test('temperatures', () => {
    for (const temperature of [0.1, 0.7, 2, 1000])
      for (const spread of [0.5, 40]) expectExact(matrix(9, 50 * 6, spread, 5, dtype), 6, temperature);
    const result = runner.run(matrix(2, 60, 10, 0, dtype), 20, 3, 1e-9);
    expect(Array.from(result.sums)).toEqual([1, 1, 1]);
  });

  test('some -inf, equal logits, zeros of both signs', () => {
    const infinite = Number.NEGATIVE_INFINITY;
    expectExact(
      [infinite, 1, infinite, -0, 3, infinite, 0, infinite, 2, 5, infinite, infinite]
        .flatMap((x) => [x, x])
        .slice(0, 24)
        .map((x, i) => (i === 1 ? 7 : x)),
      2,
    );
    expectExact(new Array(1000).fill(rounded(1e8)), 2);
  });

  test('nan, +inf and all -inf spoil their column alone', () => {
    const columns = 19;
    const rows = 70;
    const plain = matrix(4, rows * columns, 10, 0, dtype);
    const expected = runner.run(plain, rows, columns);
    const cases: [value: number, reason: number][] = [
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 2],
    ];
    for (const [value, reason] of cases) {
      for (const at of [0, 3, 4, 16, 18]) {
        for (const row of [0, 1, 63, 64, 69]) {
          const logits = [...plain];
          logits[row * columns + at] = value;
          const result = runner.run(logits, rows, columns);
          expect(result.reasons.map((found) => found)).toEqual(
            result.reasons.map((_, i) => (i === at ? reason : 0)),
          );
          for (let index = 0; index < columns; index++) {
            const [p, y] = [
              column(result.probabilities, columns, index),
              column(result.logarithms, columns, index),
            ];
            if (index === at) expect([...p, ...y].every(Number.isNaN)).toBe(true);
            else expect(p).toEqual(column(expected.probabilities, columns, index));
          }
        }
      }
    }
    const both = [...plain];
    both[5] = Number.POSITIVE_INFINITY;
    both[columns * 3 + 5] = Number.POSITIVE_INFINITY;
    both[columns * 6 + 7] = Number.POSITIVE_INFINITY;
    both[columns * 5 + 7] = Number.NaN;
    for (let row = 0; row < rows; row++) both[row * columns + 9] = Number.NEGATIVE_INFINITY;
    const mixed = runner.run(both, rows, columns, 1, { blockRows: 16 });
    expect(mixed.reasons).toEqual(mixed.reasons.map((_, i) => (i === 5 ? 2 : i === 7 ? 1 : i === 9 ? 3 : 0)));
    expect(column(mixed.probabilities, columns, 9).every(Number.isNaN)).toBe(true);
  });

  test('the same bits however rows are cut into calls, in rows and in columns, whoever stands beside', () => {
    for (const [temperature, spread] of [
      [1, 20],
      [1, 400],
      [0.3, 60],
    ] as const) {
      const [rows, columns] = [150, 21];
      const logits = matrix(5, rows * columns, spread, 2, dtype);
      const whole = runner.run(logits, rows, columns, temperature, { blockRows: 64 });
      for (const inColumns of [false, true]) {
        for (const callRows of [1, 3, 50]) {
          const cut = runner.run(logits, rows, columns, temperature, { blockRows: 64, callRows, inColumns });
          expect(Buffer.compare(cut.bits, whole.bits)).toBe(0);
          expect(Buffer.compare(cut.sumBits, whole.sumBits)).toBe(0);
          expect(cut.outside).toBe(0);
        }
      }
      for (const index of [0, 7, 20]) {
        const alone = runner.run(column(logits, columns, index), rows, 1, temperature, { blockRows: 64 });
        expect(Array.from(alone.probabilities)).toEqual(column(whole.probabilities, columns, index));
        expect(Array.from(alone.logarithms)).toEqual(column(whole.logarithms, columns, index));
        expect(alone.sums[0]).toBe(whole.sums[index]);
      }
    }
  });

  test('op both: the difference is the largest |log p - log-probability|', () => {
    const result = runner.run(matrix(6, 300, 20, 0, dtype), 100, 3);
    let largest = 0;
    for (let i = 0; i < 300; i++)
      if (result.probabilities[i]! >= 2 ** (1 - format.greatest))
        largest = Math.max(largest, Math.abs(Math.log(result.probabilities[i]!) - result.logarithms[i]!));
    const off = dtype === 'float64' ? 4e-15 : 2e-6;
    expect(result.difference).toBeLessThanOrEqual(largest + off);
    expect(result.difference).toBeGreaterThanOrEqual(largest - off);
    expect(result.difference).toBeGreaterThan(0);
  });
});
