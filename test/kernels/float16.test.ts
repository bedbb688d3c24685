import { describe, expect, test } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { workBytes } from '../../src/memory/slabs.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { expectRagged } from './ragged.ts';
import { compensatedSum, referenceRow, ulps16 } from './reference.ts';
import { float16, type Layout, runAll } from './rows.ts';
import { expectSpecialRows, expectTableOfValues } from './special.ts';

const LAYOUTS: readonly Layout[] = ['rows', 'columns'];
const memory = new KernelMemory(64);
const kernels = BUILDS.map((build) => ({ build, module: memory.load<SoftmaxKernels>('float16', build) }));
const toHalf = (x: number): number => halfToNumber(exactToHalf(x));
const next = random(16);
const finite = (x: number): number => Math.min(65504, Math.max(-65504, x));
const row = (classes: number, spread: number, offset = 0): number[] =>
  Array.from({ length: classes }, () => toHalf(finite((next() - 0.5) * spread + offset)));

/** What the product promises, in ulp of a half; with LOGITMILL_SHOW=1 what was seen is printed. */
const PROMISE = 2;
const worst = { probs: 0, logs: 0, sum: 0, sumOfExponentials: 0, difference: 0 };

function expectExact(rows: readonly number[][], temperature = 1, layouts = LAYOUTS): void {
  const exact = rows.map((logits) => referenceRow(logits, temperature));
  for (const { module } of kernels) {
    module.set_temperature(temperature);
    for (const layout of layouts) {
      const result = runAll(memory, module, float16, layout, rows);
      let difference = 0;
      rows.forEach((_, i) => {
        const { probabilities, logProbabilities } = exact[i]!;
        const [p, lp] = [result.probabilities[i]!, result.logarithms[i]!];
        for (let j = 0; j < p.length; j++) {
          worst.probs = Math.max(worst.probs, ulps16(p[j]!, probabilities[j]!));
          worst.logs = Math.max(worst.logs, ulps16(lp[j]!, logProbabilities[j]!));
          if (p[j]! >= 2 ** -14) difference = Math.max(difference, Math.abs(Math.log(p[j]!) - lp[j]!));
        }
        expect(result.sums[i]).toBe(compensatedSum(p));
        const classes = p.length;
        worst.sum = Math.max(worst.sum, Math.abs(result.sums[i]! - 1) - classes * 2 ** -25);
        const exponentials = compensatedSum(lp.map((y) => Math.exp(y)));
        worst.sumOfExponentials = Math.max(
          worst.sumOfExponentials,
          Math.abs(result.logSums[i]! - exponentials),
        );
      });
      expect(Math.abs(result.difference - difference)).toBeLessThanOrEqual(2e-6);
      worst.difference = Math.max(worst.difference, result.difference);
    }
    module.set_temperature(1);
  }
  expect(worst.probs).toBeLessThanOrEqual(PROMISE);
  expect(worst.logs).toBeLessThanOrEqual(PROMISE);
  expect(worst.sum).toBeLessThanOrEqual(2 ** -11);
  expect(worst.sumOfExponentials).toBeLessThanOrEqual(1.2e-8);
}

const SPREADS = [1e-6, 1e-2, 1, 5, 20, 40, 85, 1e3, 131_008];
const OFFSETS = [0, 1e-3, 3, -40, 255.9, -256.1, 700, 1e4, 0];

describe('float16: softmax and log_softmax next to the exact result', () => {
  test('every width to 70, and around the edges of tiles', () => {
    const widths = [127, 128, 129, 255, 256, 257, 511, 513, 1000, 1023, 1025, 4095, 4097, 8191, 8193];
    for (const classes of [...Array.from({ length: 70 }, (_, i) => i + 1), ...widths])
      expectExact(SPREADS.map((spread, k) => row(classes, spread, OFFSETS[(k + classes) % 9])));
  });

  test('wide rows', () => {
    for (const [classes, spread] of [
      [32_000, 85],
      [32_769, 1e-2],
      [128_255, 1],
      [128_256, 20],
      [128_257, 40],
    ] as const)
      expectExact([row(classes, spread)], 1, classes < 100_000 ? LAYOUTS : ['rows']);
  }, 60_000);

  test('results that are subnormal halves, and the last before 0', () => {
    for (const classes of [4, 40, 400])
      expectExact(
        Array.from({ length: 40 }, (_, k) => [
          ...row(classes - 1, 0.2, -9 - k / 4),
          0,
          toHalf(-17.33 + k / 50),
        ]),
      );
    const { probabilities } = runAll(memory, kernels[0]!.module, float16, 'rows', [
      [0, -17],
      [0, -17.5],
    ]);
    expect(probabilities).toEqual([
      [1, 2 ** -24],
      [1, 0],
    ]);
  });

  test('logits that are subnormal, tiny or -0', () => {
    expectExact([[2 ** -24, -(2 ** -24), -0, 0, 1023 * 2 ** -24, 2 ** -14]]);
  });

  test('log-probabilities below the least half are -inf, and count as nothing', () => {
    const { logarithms, logSums } = runAll(memory, kernels[0]!.module, float16, 'rows', [[65504, -65504, 0]]);
    expect(logarithms).toEqual([[0, Number.NEGATIVE_INFINITY, -65504]]);
    expect(logSums).toEqual([1]);
  });

  test('sure winners and ties', () => {
    for (const classes of [2, 15, 64, 65, 300]) {
      expectExact([7, 9, 12, 17, 20, 40, 100].map((gap) => [gap + 1, ...row(classes - 1, 2)]));
      expectExact([Array(classes).fill(1e4), Array(classes).fill(-0)]);
    }
    const { logarithms } = runAll(memory, kernels[0]!.module, float16, 'rows', [[10, 0, 0, 0]]);
    expect(logarithms[0]![0]).toBe(toHalf(-Math.log1p(3 * Math.exp(-10))));
  });

  test('-inf among logits', () => {
    for (const classes of [2, 3, 16, 65, 300])
      expectExact([
        Array.from({ length: classes }, (_, j) => (j % 2 ? Number.NEGATIVE_INFINITY : toHalf(j / 3))),
      ]);
  });

  test('a temperature divides before any rounding', () => {
    for (const temperature of [2, 0.5, 0.7, 1e-3, 1e4, 1e-300, 1e300])
      for (const classes of [5, 70])
        expectExact(
          [2, 1, 30].map((spread) => row(classes, Math.min(spread * temperature, 6e4), spread)),
          temperature,
        );
  });

  test('every half is read as the number that it is', () => {
    const [source, sums] = [memory.take(2 ** 17), memory.take(2 ** 19)];
    memory.halves(source, 65_536).set(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
    for (const { module } of kernels) {
      module.sum_rows(0, source, 65_536, 1, sums);
      expect(
        memory.doubles(sums, 65_536).every((sum, bits) => sum === halfToNumber(bits) || Number.isNaN(sum)),
      ).toBe(true);
      expect(memory.doubles(sums, 65_536).filter(Number.isNaN).length).toBe(2046);
    }
  });

  test('what was seen', () => {
    if (process.env.LOGITMILL_SHOW) console.log('float16', worst);
    expect(worst.probs).toBeGreaterThan(0);
  });
});

describe.each(kernels)('float16, $build build', ({ module }) => {
  test('values that the contract names', () => expectTableOfValues(memory, module, float16));

  test('rows without a softmax', () => expectSpecialRows(memory, module, float16));

  test('ragged rows', () => expectRagged(memory, module, float16));

  test('no rows, no classes', () => {
    expect(runAll(memory, module, float16, 'rows', []).sums).toEqual([]);
    for (const layout of LAYOUTS)
      expect(runAll(memory, module, float16, layout, [[], [], []]).sums).toEqual([0, 0, 0]);
  });

  test('the bits of a row depend neither on the rows beside it nor on the area it is computed in', () => {
    const scratch = memory.take(2 ** 21);
    const rnd = random(7);
    for (const classes of [1, 2, 3, 7, 63, 64, 65, 101, 600])
      for (const layout of LAYOUTS) {
        const rows = Array.from({ length: 90 }, (_, i) =>
          Array.from({ length: classes }, () =>
            i % 41 === 4 ? Number.NaN : Math.round((rnd() - 0.5) * 2 ** 11) * 2 ** ((i % 12) - 10),
          ),
        );
        const whole = runAll(memory, module, float16, layout, rows);
        const compare = (from: number, to: number): void => {
          const part = runAll(memory, module, float16, layout, rows.slice(from, to));
          expect(part.probabilities).toEqual(whole.probabilities.slice(from, to));
          expect(part.logarithms).toEqual(whole.logarithms.slice(from, to));
          expect(part.sumBits).toEqual(whole.sumBits.slice(from, to));
          expect(part.logSums).toEqual(whole.logSums.slice(from, to));
        };
        for (const [from, to] of [
          [0, 1],
          [1, 4],
          [4, 5],
          [17, 90],
        ] as const)
          compare(from, to);
        module.set_work?.(scratch - 2 ** 21, workBytes(layout, classes, 2));
        compare(0, 90);
        module.set_work?.(scratch - 2 ** 21, 2 ** 21);
      }
  });

  test('up to 64 classes, rows and columns come to the same bits', () => {
    const rnd = random(8);
    for (let classes = 1; classes <= 64; classes++) {
      const rows = Array.from({ length: 19 }, (_, i) =>
        Array.from({ length: classes }, () => (rnd() - 0.5) * 4 ** (i % 6)),
      );
      const [byRows, byColumns] = LAYOUTS.map((layout) => runAll(memory, module, float16, layout, rows));
      expect(byColumns).toEqual(byRows);
    }
  });

  test('sums of stored values that no kernel has made', () => {
    const address = memory.take(1000);
    const sums = memory.take(16);
    const sumsOf = (values: number[]) => {
      values.forEach((x, i) => {
        float16.set(memory, address + i * 2, x);
      });
      return ([0, 1] as const).map((ofLogs) => {
        module.sum_rows(ofLogs, address, 1, values.length, sums);
        return memory.doubles(sums, 1)[0]!;
      });
    };
    const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
    expect(sumsOf([0.25, -5, 60])[0]).toBe(55.25);
    expect(sumsOf(Array(100).fill(65504))[0]).toBe(6_550_400);
    expect(sumsOf([0.5, inf])).toEqual([inf, inf]);
    expect(sumsOf([inf, nan])).toEqual([nan, nan]);
    expect(sumsOf([...Array(90).fill(-inf), 0])[1]).toBe(1);
  });
});
