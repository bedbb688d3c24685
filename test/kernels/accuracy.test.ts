import { describe, expect, test } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { exactSoftmax, exactSum, FLOAT64, ulps } from './exact.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { compensatedSum, referenceRow, ulps32 } from './reference.ts';
import { type Elements, float32, float64, type Layout, runAll } from './rows.ts';

/**
 * The worst errors of each op, build and layout over widths and spreads. A few widths by default;
 *   LOGITMILL_SHOW=1 npx vitest run test/kernels/accuracy.test.ts
 * takes every width to 70, those around the edges of tiles, blocks and the scratch to 128,257, and all spreads, and
 * prints the figures that workers/kernels/README.md quotes. A few minutes.
 */
const LONG = Boolean(process.env.LOGITMILL_SHOW);
const UP_TO_70 = Array.from({ length: 70 }, (_, index) => index + 1);
const EDGES = [127, 128, 129, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 1025, 4095, 4096, 4097];
const WIDEST = [32_000, 128_255, 128_256, 128_257];
const VOCABULARY = 128_256;

/** Half the distance from the lowest to the highest logit; from 1e38 on, max - min overflows a float32. */
const SPREADS = LONG ? [1e-6, 1e-3, 1, 5, 20, 40, 52, 80, 104, 1e3, 1e10, 1e38, 3.4e38] : [1, 20, 80, 3.4e38];
const SPREADS64 = LONG ? [1e-6, 1, 20, 85, 370, 745, 1e5, 1e100, 1.7e308] : [1, 370];
/** Where the highest may lie: about 0, and on both sides of the branches in exponential.ts. */
const OFFSETS = [0, 3, -40, 255.9, -256.1, 700, 2047.9, -2048.1, 1e8];

interface Measure {
  dtype: 'float32' | 'float64';
  elements: Elements;
  spreads: readonly number[];
  widths: readonly number[];
  /** Rows of each width and spread: whole vectors of them and what is left over, or one. */
  rowsOf(width: number): number;
  round(value: number): number;
  /** Distances in ulp from the exact results of a row: of a probability, and of a log-probability. */
  reference(row: readonly number[]): {
    probability(index: number, value: number): number;
    logarithm(index: number, value: number): number;
  };
  /** |sum - sum of the stored values|, exact. */
  sumError(values: readonly number[], sum: number): number;
  promise: { ulps: number; logUlps: number; sum: number; stored: number; storedLogs: number };
}

const MEASURES: Measure[] = [
  {
    dtype: 'float32',
    elements: float32,
    spreads: SPREADS,
    widths: LONG ? [...UP_TO_70, ...EDGES, ...WIDEST] : [5, 64, 65, 1025, VOCABULARY],
    rowsOf: (width) => (width < 5000 ? 7 : LONG ? 5 : 1),
    round: Math.fround,
    reference: (row) => {
      const { probabilities, logProbabilities } = referenceRow(row);
      return {
        probability: (index, value) => ulps32(value, probabilities[index]!),
        logarithm: (index, value) => ulps32(value, logProbabilities[index]!),
      };
    },
    sumError: (values, sum) => Math.abs(compensatedSum(values) - sum),
    promise: { ulps: 2, logUlps: 2, sum: 2 ** -23, stored: 2 ** -40, storedLogs: 2 ** -26 },
  },
  {
    dtype: 'float64',
    elements: float64,
    spreads: SPREADS64,
    widths: LONG ? [...UP_TO_70, ...EDGES, 32_000, VOCABULARY] : [5, 63, 64, 257],
    rowsOf: (width) => (width < 300 ? 5 : 1),
    round: (value) => value,
    reference: (row) => {
      const { probabilities, logarithms } = exactSoftmax(row);
      return {
        probability: (index, value) => ulps(value, probabilities![index]!, FLOAT64),
        logarithm: (index, value) => ulps(value, logarithms![index]!, FLOAT64),
      };
    },
    sumError: (values, sum) => ulps(sum, exactSum(values), FLOAT64) * 2 ** -52,
    promise: { ulps: 1.62, logUlps: 0.58, sum: 2 ** -50, stored: 2 ** -52, storedLogs: 2 ** -51 },
  },
];

const LAYOUTS: readonly Layout[] = ['rows', 'columns'];
const memory = new KernelMemory(128);

describe.each(MEASURES)('$dtype', (measure) => {
  const variants = BUILDS.flatMap((build) => {
    const kernels = memory.load<SoftmaxKernels>(measure.dtype, build);
    return LAYOUTS.map((layout) => ({ build, layout, kernels }));
  });

  test('worst errors over widths and spreads', { timeout: LONG ? 3_600_000 : 60_000 }, () => {
    const next = random(1);
    const worst = variants.map(() => ({
      softmax: 0,
      logSoftmax: 0,
      rowSum: 0,
      rowSumOfVocabulary: 0,
      sumOfStored: 0,
      sumOfStoredLogs: 0,
    }));
    for (const width of measure.widths)
      for (const spread of measure.spreads) {
        const rows = Array.from({ length: measure.rowsOf(width) }, () => {
          const offset = spread > 1e9 ? 0 : OFFSETS[Math.floor(next() * OFFSETS.length)]!;
          return Array.from({ length: width }, () => measure.round((next() * 2 - 1) * spread + offset));
        });
        const references = rows.map((row) => measure.reference(row));
        variants.forEach(({ layout, kernels }, index) => {
          const result = runAll(memory, kernels, measure.elements, layout, rows);
          const most = worst[index]!;
          references.forEach((reference, i) => {
            const [p, lp] = [result.probabilities[i]!, result.logarithms[i]!];
            for (let j = 0; j < width; j++) {
              most.softmax = Math.max(most.softmax, reference.probability(j, p[j]!));
              most.logSoftmax = Math.max(most.logSoftmax, reference.logarithm(j, lp[j]!));
            }
            const deviation = Math.abs(result.sums[i]! - 1);
            most.rowSum = Math.max(most.rowSum, deviation);
            if (width === VOCABULARY) most.rowSumOfVocabulary = Math.max(most.rowSumOfVocabulary, deviation);
            most.sumOfStored = Math.max(most.sumOfStored, measure.sumError(p, result.sums[i]!));
            const exponentials = lp.map((value) => Math.exp(value));
            const sumError = Math.abs(compensatedSum(exponentials) - result.logSums[i]!);
            most.sumOfStoredLogs = Math.max(most.sumOfStoredLogs, sumError);
          });
        });
      }
    const { promise } = measure;
    if (LONG)
      variants.forEach(({ build, layout }, index) => {
        console.log(measure.dtype, build, layout, worst[index]);
      });
    for (const most of worst) {
      expect(most.softmax).toBeLessThanOrEqual(promise.ulps);
      expect(most.logSoftmax).toBeLessThanOrEqual(promise.logUlps);
      expect(most.rowSum).toBeLessThanOrEqual(promise.sum);
      expect(most.sumOfStored).toBeLessThanOrEqual(promise.stored);
      expect(most.sumOfStoredLogs).toBeLessThanOrEqual(promise.storedLogs);
    }
  });
});
