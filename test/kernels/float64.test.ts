import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OP_CODES, type SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { distance, exactLogarithm, exactSoftmax, exactSum, exactWinner, FLOAT64, ulps } from './exact.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { expectRagged } from './ragged.ts';
import { float64, type Layout, runAll } from './rows.ts';
import { expectSpecialRows, expectTableOfValues } from './special.ts';

const LAYOUTS: readonly Layout[] = ['rows', 'columns'];
const memory = new KernelMemory(96);
const kernels = BUILDS.map((build) => ({ build, module: memory.load<SoftmaxKernels>('float64', build) }));

/** In ulp: the bounds that workers/kernels/README.md derives. */
const PROMISE = { softmax: 1.62, logSoftmax: 0.58, nearlySure: 0.83 };

/** Runs every build and layout over `rows`; the worst errors, in ulp but for the row sums and `both`'s difference. */
function worstErrors(rows: readonly ArrayLike<number>[], temperature: number) {
  const exact = rows.map((row) => exactSoftmax(row, temperature));
  const worst = {
    softmax: 0,
    logSoftmax: 0,
    tiny: 0,
    rowSum: 0,
    sumOfStored: 0,
    sumOfExponentials: 0,
    difference: 0,
  };
  for (const { module } of kernels) {
    module.set_temperature(temperature);
    for (const layout of LAYOUTS) {
      const result = runAll(memory, module, float64, layout, rows);
      let difference = 0;
      rows.forEach((row, i) => {
        const { probabilities, logarithms } = exact[i]!;
        for (let j = 0; j < row.length; j++) {
          const p = result.probabilities[i]![j]!;
          const y = result.logarithms[i]![j]!;
          worst.softmax = Math.max(worst.softmax, ulps(p, probabilities![j]!, FLOAT64));
          const log = logarithms![j]!;
          if (log === null) expect(y).toBe(Number.NEGATIVE_INFINITY);
          // Next to the subnormal numbers there is no room for the pair's lower half.
          else if (Math.abs(y) < 2 ** -960) worst.tiny = Math.max(worst.tiny, ulps(y, log, FLOAT64));
          else worst.logSoftmax = Math.max(worst.logSoftmax, ulps(y, log, FLOAT64));
          if (p >= 2 ** -1022 && row.length <= 8)
            difference = Math.max(difference, Math.abs(distance(exactLogarithm(p), y)));
        }
        worst.rowSum = Math.max(worst.rowSum, Math.abs(result.sums[i]! - 1));
        worst.sumOfStored = Math.max(
          worst.sumOfStored,
          ulps(result.sums[i]!, exactSum(result.probabilities[i]!), FLOAT64),
        );
        const exponentials = result.logarithms[i]!.map((y) => Math.exp(y));
        const error = Math.abs(distance(exactSum(exponentials), result.logSums[i]!));
        // Math.exp may be an ulp off.
        worst.sumOfExponentials = Math.max(worst.sumOfExponentials, error * 2 ** 52);
      });
      if (rows[0]!.length <= 8)
        expect(Math.abs(result.difference - difference)).toBeLessThanOrEqual(2 ** -57);
      worst.difference = Math.max(worst.difference, result.difference);
    }
    module.set_temperature(1);
  }
  return worst;
}

function expectExact(rows: readonly ArrayLike<number>[], temperature = 1) {
  const worst = worstErrors(rows, temperature);
  expect(worst.softmax).toBeLessThanOrEqual(PROMISE.softmax);
  expect(worst.logSoftmax).toBeLessThanOrEqual(PROMISE.logSoftmax);
  expect(worst.tiny).toBeLessThanOrEqual(1.03);
  expect(worst.rowSum).toBeLessThanOrEqual(2 ** -50);
  expect(worst.sumOfStored).toBeLessThanOrEqual(0.51);
  expect(worst.sumOfExponentials).toBeLessThanOrEqual(1.6);
  expect(worst.difference).toBeLessThanOrEqual(2 ** -43);
}

/** The winners, at `place`, in rows, ragged rows, columns and alone in columns. */
function expectWinners(rows: readonly ArrayLike<number>[], place: number) {
  const classes = rows[0]!.length;
  const exact = rows.map((row) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < classes; i++) if (i !== place) counts.set(row[i]!, (counts.get(row[i]!) ?? 0) + 1);
    return exactWinner([...counts.keys()], [...counts.values()]);
  });
  const count = rows.length;
  for (const { module } of kernels)
    for (const form of ['rows', 'ragged', 'columns', 'column'] as const) {
      const used = form === 'column' ? rows.slice(0, 1) : rows;
      memory.release();
      const sums = memory.take(count * 8);
      const offsets = memory.take((count + 1) * 8);
      const base = memory.take(count * classes * 8);
      const values = memory.doubles(base, used.length * classes);
      const across = form === 'rows' || form === 'ragged';
      const at = (row: number, i: number) => (across ? row * classes + i : i * used.length + row);
      used.forEach((row, k) => {
        for (let i = 0; i < classes; i++) values[at(k, i)] = row[i]!;
        memory.view.setBigInt64(offsets + k * 8, BigInt(k * classes), true);
      });
      memory.view.setBigInt64(offsets + used.length * 8, BigInt(used.length * classes), true);
      const op = OP_CODES.log_softmax;
      const stride = used.length * 8;
      if (form === 'rows') module.compute_rows(op, base, base, 0, used.length, classes, sums);
      else if (form === 'ragged') module.compute_ragged(op, base, base, 0, offsets, 8, used.length, sums);
      else module.compute_columns(op, base, stride, base, stride, 0, 0, used.length, classes, sums);
      used.forEach((_, k) => {
        expect(ulps(values[at(k, place)]!, exact[k]!, FLOAT64)).toBeLessThanOrEqual(PROMISE.nearlySure);
      });
    }
}

const SPREADS = [1e-6, 1, 20, 85, 745, 3000, 1e5, 1e12];
const OFFSETS = [0, 1e-3, 3, 1700, -2047, 2e4, -1e9, 0];

describe(`float64: softmax within ${PROMISE.softmax} ulp, log_softmax within ${PROMISE.logSoftmax} ulp of the exact result`, () => {
  const next = random(1);
  const row = (classes: number, spread: number, offset = 0) =>
    Array.from({ length: classes }, () => (next() - 0.5) * spread + offset);

  test('every width to 128, and 257, 1000', () => {
    for (const classes of [...Array.from({ length: 128 }, (_, i) => i + 1), 257, 1000])
      expectExact(
        SPREADS.slice(0, classes > 128 ? 4 : 8).map((spread, k) =>
          row(classes, spread, OFFSETS[(k + classes) % 8]),
        ),
      );
  });

  test('any spread, from the least to the largest differences there are', () => {
    for (let exponent = -1074; exponent <= 1023; exponent += 19)
      expectExact(
        [3, 5, 9].map(() => row(7, 2 ** exponent, next() < 0.5 ? 0 : (next() - 0.5) * 2 ** exponent)),
      );
    expectExact([
      [Number.MAX_VALUE, -Number.MAX_VALUE, 0],
      [Number.MAX_VALUE, Number.MAX_VALUE * (1 - 2 ** -53), 1],
      [-Number.MAX_VALUE, -Number.MAX_VALUE, -Number.MAX_VALUE],
      [Number.MIN_VALUE, 0, -Number.MIN_VALUE],
      [0, -0, -0],
    ]);
  });

  test('results that are subnormal, and the last before 0', () => {
    expectExact(
      Array.from({ length: 60 }, (_, k) => [0, -708 - k * 0.7, -745.2 + (k - 30) * 0.03, -744.4 - k * 1e-3]),
    );
    expectExact(Array.from({ length: 20 }, () => row(33, 1490)));
  });

  test('sure winners: the log-probability of the winner is tiny, and right', () => {
    expectExact(Array.from({ length: 740 }, (_, k) => [k, 0, -k / 3, 0.5]));
    for (const classes of [2, 15, 63, 64, 65, 300])
      expectExact([18, 19.3, 19.4, 19.5, 22, 40, 100, 700].map((gap) => [gap + 1, ...row(classes - 1, 2)]));
  });

  test('nearly sure winners, in all ops', () =>
    expectExact([18.2, 19.3, 15].map((gap) => [gap + Math.log(5000), ...row(5000, 1)])));

  // Equal others: what rounding takes from their sum all goes the same way.
  test('nearly sure winners of so many classes that their sum by itself loses digits', () => {
    for (const classes of [1000, 4095, 4096, 5001, 32_000, 128_256])
      for (const values of [1, 3]) {
        const rows = [23, 19.4, 19.3, 18.2, 18, 15, 12.3, 10, 8, 5].map((gap) => {
          const others = Array.from({ length: values }, (_, k) => -gap - Math.log(classes) - k / 7);
          return Array.from({ length: classes }, (_, i) => (i === classes >> 1 ? 0 : others[i % values]!));
        });
        expectWinners(rows, classes >> 1);
      }
  }, 60_000);

  test('nearly sure winners of millions of classes', () => {
    for (const [classes, gap] of [
      [4_000_000, 18],
      [6_000_001, 4.4],
    ] as const)
      expectWinners(
        [Float64Array.from({ length: classes }, (_, i) => (i === 77 ? 0 : -gap - Math.log(classes)))],
        77,
      );
  }, 120_000);

  // The polynomial is at its worst in the only other exponential, and the result just below a power of two.
  test('log-probabilities that are off by most', () =>
    expectExact([
      [0, 3.1473142237241056, 0, 0],
      [0, 5.616438817920169, 0, -1000],
      [0, 4.844553213028334, 0, -1000],
    ]));

  test('a temperature divides the differences, exactly', () => {
    for (const temperature of [2, 0.5, 0.7, 3, 1e-3, 1e4, 1e-300, 1e300, 5e-324, Number.MAX_VALUE])
      for (const classes of [5, 70])
        expectExact(
          [2, 1, 30].map((spread) => row(classes, Math.min(spread * temperature, 1e308), spread)),
          temperature,
        );
    expectExact([[Number.MAX_VALUE, -Number.MAX_VALUE, 0]], 1e307);
  }, 60_000);

  test('ties and -inf', () => {
    for (const classes of [2, 3, 16, 64, 65, 100])
      expectExact(
        [1, 2, 3, 4].map((k) =>
          Array.from({ length: classes }, (_, j) =>
            j % k === 0 ? 1e8 : j % 2 ? Number.NEGATIVE_INFINITY : 1e8 - k,
          ),
        ),
      );
  });

  test('any rows at all', () => {
    const double = fc.double({ noNaN: true }).filter((x) => x !== Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(double, { minLength: 9, maxLength: 40 }),
        (classes, values) => {
          const rows = [];
          for (let i = 0; i + classes <= values.length; i += classes) rows.push(values.slice(i, i + classes));
          expectExact(rows.filter((r) => Math.max(...r) > Number.NEGATIVE_INFINITY));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe.each(kernels)('float64, $build build', ({ module }) => {
  test('values that the contract names', () => expectTableOfValues(memory, module, float64));

  test('rows without a softmax', () => expectSpecialRows(memory, module, float64));

  test('ragged rows', () => expectRagged(memory, module, float64));

  test('the bits of a row do not depend on the rows beside it, nor on where it lies', () => {
    const next = random(7);
    // More rows than a band has, and more classes than a tile has vectors.
    for (const classes of [1, 2, 3, 7, 63, 64, 101, 1026])
      for (const layout of LAYOUTS) {
        const rows = Array.from({ length: classes < 8 ? 131 : 9 }, (_, i) =>
          Array.from({ length: classes }, () => (i === 4 ? Number.NaN : (next() - 0.5) * 10 ** (i % 9))),
        );
        const whole = runAll(memory, module, float64, layout, rows);
        for (const [from, to] of [
          [0, 1],
          [1, 2],
          [1, 4],
          [3, 9],
          [4, 5],
          [63, 66],
          [60, 131],
        ] as const) {
          if (to > rows.length) continue;
          const part = runAll(memory, module, float64, layout, rows.slice(from, to));
          expect(part.probabilities).toEqual(whole.probabilities.slice(from, to));
          expect(part.logarithms).toEqual(whole.logarithms.slice(from, to));
          expect(part.sumBits).toEqual(whole.sumBits.slice(from, to));
          expect(part.logSums).toEqual(whole.logSums.slice(from, to));
        }
      }
  });

  test('sums of stored values that no kernel has made', () => {
    const address = memory.take(80);
    const sums = memory.take(16);
    const sumsOf = (values: number[]) => {
      memory.doubles(address, values.length).set(values);
      return ([0, 1] as const).map((ofLogs) => {
        module.sum_rows(ofLogs, address, 1, values.length, sums);
        return memory.doubles(sums, 1)[0]!;
      });
    };
    for (const values of [
      [0.25, 5, 1e3],
      [3, -2, -1e300, 0.5],
      [1e-20, 1e-30],
      [709.7, 2],
      [-3, 0, 1e-9],
    ]) {
      const [sum, sumExp] = sumsOf(values) as [number, number];
      const plain = values.reduce((a, b) => a + b);
      const plainExp = values.reduce((a, b) => a + Math.exp(b), 0);
      expect(Math.abs(sum - plain)).toBeLessThanOrEqual(Math.abs(plain) * 1e-15);
      if (plainExp === Infinity) expect(sumExp).toBe(Infinity);
      else expect(Math.abs(sumExp - plainExp)).toBeLessThanOrEqual(plainExp * 1e-15);
    }
    const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
    expect(sumsOf([0.5, inf])).toEqual([inf, inf]);
    expect(sumsOf([0.5, -inf])).toEqual([-inf, Math.exp(0.5)]);
    expect(sumsOf([inf, nan])).toEqual([nan, nan]);
    expect(sumsOf([inf, -inf])).toEqual([nan, inf]);
  });

  test('no rows, no classes', () => {
    expect(runAll(memory, module, float64, 'rows', []).sums).toEqual([]);
    for (const layout of LAYOUTS)
      expect(runAll(memory, module, float64, layout, [[], [], []]).sums).toEqual([0, 0, 0]);
  });
});
