import { describe, expect, test } from 'vitest';
import type { SoftmaxKernels } from '../../src/kernels.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';
import { referenceRow, ulps32 } from './reference.ts';

/** Every width up to 70, and those around the kernels' blocks up to a large vocabulary. */
const WIDTHS = [
  ...Array.from({ length: 69 }, (_, index) => index + 2),
  ...[
    100, 127, 128, 129, 255, 257, 511, 513, 1000, 1023, 1025, 4095, 4097, 32_000, 128_255, 128_256, 128_257,
  ],
];
const SPREADS = [1e-6, 1, 5, 20, 40, 85, 160];

/** What the product promises; with LOGITMILL_SHOW=1 the test prints what was seen. */
const PROMISE = 2;
const SUM_PROMISE = 1e-7;
/** The exponentials that make up the row_sum of log_softmax alone are computed in float32 and a bit: docs/numbers.md. */
const LOG_SUM_PROMISE = 2e-8;

function logitsOf(width: number, spread: number, next: () => number): Float32Array {
  return Float32Array.from({ length: width }, () => (next() - 0.5) * 2 * spread);
}

interface Worst {
  probs: number;
  logs: number;
  sum: number;
  logSum: number;
}

function worstOf(
  kernels: SoftmaxKernels,
  memory: KernelMemory,
  width: number,
  spread: number,
  form: 'rows' | 'columns',
): Worst {
  const next = random(width * 1000 + SPREADS.indexOf(spread));
  const logits = logitsOf(width, spread, next);
  const reference = referenceRow(logits);
  memory.release();
  const [source, probs, logs, sums] = [width * 4, width * 4, width * 4, 8].map((bytes) => memory.take(bytes));
  memory.floats(source, width).set(logits);
  const worst: Worst = { probs: 0, logs: 0, sum: 0, logSum: 0 };
  const measure = (address: number, exact: Float64Array): number =>
    memory
      .floats(address, width)
      .reduce((most, value, index) => Math.max(most, ulps32(value, exact[index])), 0);
  const sumOf = (value: (index: number) => number): number => {
    let [sum, lost] = [0, 0];
    for (let index = 0; index < width; index++) {
      const term = value(index) - lost;
      const total = sum + term;
      lost = total - sum - term;
      sum = total;
    }
    return sum;
  };
  if (form === 'rows') kernels.softmax_rows(source, probs, 1, width, sums);
  else kernels.softmax_columns(source, 4, probs, 4, 1, width, sums);
  worst.probs = measure(probs, reference.probabilities);
  const stored = memory.floats(probs, width);
  worst.sum = Math.abs(memory.doubles(sums, 1)[0] - 1);
  expect(Math.abs(memory.doubles(sums, 1)[0] - sumOf((index) => stored[index]))).toBeLessThan(1e-13);
  if (form === 'rows') kernels.log_softmax_rows(source, logs, 1, width, sums);
  else kernels.log_softmax_columns(source, 4, logs, 4, 1, width, sums);
  worst.logs = measure(logs, reference.logProbabilities);
  const storedLogs = memory.floats(logs, width);
  worst.logSum = Math.abs(memory.doubles(sums, 1)[0] - sumOf((index) => Math.exp(storedLogs[index])));
  return worst;
}

describe.each(BUILDS)('float32 against float64 with compensated sums, %s', (build) => {
  for (const form of ['rows', 'columns'] as const) {
    test(`${form}: both ops within ${PROMISE} ulp at every width and spread`, () => {
      const memory = new KernelMemory();
      const kernels = memory.load<SoftmaxKernels>('float32', build);
      const worst = { probs: 0, logs: 0, sum: 0, logSum: 0 };
      for (const width of WIDTHS) {
        for (const spread of SPREADS) {
          const one = worstOf(kernels, memory, width, spread, form);
          for (const key of Object.keys(worst) as (keyof Worst)[])
            worst[key] = Math.max(worst[key], one[key]);
        }
      }
      if (process.env.LOGITMILL_SHOW) console.log(build, form, worst);
      expect(worst.probs).toBeLessThanOrEqual(PROMISE);
      expect(worst.logs).toBeLessThanOrEqual(PROMISE);
      expect(worst.sum).toBeLessThanOrEqual(SUM_PROMISE);
      expect(worst.logSum).toBeLessThanOrEqual(LOG_SUM_PROMISE);
    });
  }
});
