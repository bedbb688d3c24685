import { describe, expect, test } from 'vitest';
import { OP_CODES, type SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { exactSigmoid, FLOAT16, FLOAT32, FLOAT64, type Format, ulps } from '../kernels/exact.ts';
import { BUILDS, KernelMemory, random } from '../kernels/harness.ts';
import { type Elements, float16, float32, float64 } from '../kernels/rows.ts';

/** Every result within this of the exact one, in units of its last place; LOGITMILL_SHOW=1 prints the worst. */
const MOST = { float16: 0.501, float32: 1.75, float64: 1.65 };
const DTYPES: [keyof typeof MOST, Elements, Format][] = [
  ['float16', float16, FLOAT16],
  ['float32', float32, FLOAT32],
  ['float64', float64, FLOAT64],
];
const SPREADS = [1e-300, 1e-20, 1e-3, 0.1, 1, 5, 20, 40, 80, 210, 1500, 1e5];
const SPECIAL = [
  0, -0, 1e-310, -1e-310, 709.7, -709.7, -745.1, -745.2, -103.97, -103.98, -87.4, -16.6, -17.4, 36.8, 16.7,
];
const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: NEG, MAX_VALUE: MOST_OF_ALL } = Number;

const memory = new KernelMemory(16);

describe.each(DTYPES)('sigmoid of %s', (dtype, elements, format) => {
  const { size } = elements;

  function run(kernels: SoftmaxKernels, values: readonly number[]): { logits: number[]; results: number[] } {
    memory.release();
    const [source, sums] = [memory.take(values.length * size), memory.take(8)];
    const read = (): number[] => values.map((_, index) => elements.get(memory, source + index * size));
    values.forEach((value, index) => {
      elements.set(memory, source + index * size, value);
    });
    const logits = read();
    kernels.compute_rows(OP_CODES.sigmoid, source, source, 0, 1, values.length, sums);
    return { logits, results: read() };
  }

  test.each(BUILDS)('against integer arithmetic, near 0 and far from it, %s', (build) => {
    const kernels = memory.load<SoftmaxKernels>(dtype, build);
    const next = random(3);
    let worst = { ulps: 0, logit: 0, temperature: 1 };
    for (const temperature of [1, 0.3, 7, 1e-3, 1e6]) {
      kernels.set_temperature(temperature);
      for (const spread of SPREADS) {
        const values = Array.from({ length: 203 }, () => (next() - 0.5) * spread * temperature);
        const { logits, results } = run(kernels, [...values, ...SPECIAL.map((x) => x * temperature)]);
        logits.forEach((logit, index) => {
          const off = ulps(results[index]!, exactSigmoid(logit, temperature), format);
          if (off > worst.ulps) worst = { ulps: off, logit, temperature };
        });
      }
    }
    if (process.env.LOGITMILL_SHOW) console.log(dtype, build, worst);
    expect(worst.ulps, JSON.stringify(worst)).toBeLessThanOrEqual(MOST[dtype]);
  });

  test.each(BUILDS)('rises with the logit, and is 1/2 at 0, %s', (build) => {
    const kernels = memory.load<SoftmaxKernels>(dtype, build);
    kernels.set_temperature(1);
    const ladder = Array.from({ length: 4001 }, (_, index) => (index - 2000) / 16);
    const { results } = run(kernels, ladder);
    expect(results[2000]).toBe(0.5);
    for (let index = 1; index < results.length; index++)
      expect(results[index]!).toBeGreaterThanOrEqual(results[index - 1]!);
  });

  test.each(BUILDS)('infinities are certain, NaN is nothing but itself, %s', (build) => {
    const kernels = memory.load<SoftmaxKernels>(dtype, build);
    for (const temperature of [1, 0.5]) {
      kernels.set_temperature(temperature);
      expect(run(kernels, [NEG, INF, NAN, 0, -MOST_OF_ALL, MOST_OF_ALL]).results).toEqual([
        0,
        1,
        NAN,
        0.5,
        0,
        1,
      ]);
    }
  });

  test.each(BUILDS)('what is stored is looked at: NaN, and what lies outside [0, 1], %s', (build) => {
    const kernels = memory.load<SoftmaxKernels>(dtype, build);
    const reasonOf = (row: readonly number[]): number[] => {
      memory.release();
      const stride = 8 * size;
      const [source, columns] = [memory.take(row.length * size), memory.take(row.length * stride)];
      const [offsets, sums] = [memory.take(8), memory.take(8)];
      row.forEach((value, index) => {
        elements.set(memory, source + index * size, value);
        elements.set(memory, columns + index * stride, value);
      });
      memory.view.setInt32(offsets, 0, true);
      memory.view.setInt32(offsets + 4, row.length, true);
      const found = (): number =>
        memory.doubles(sums, 1)[0] === 1 ? 0 : Number(memory.words(sums, 1)[0]! & 7n);
      kernels.sum_rows(2, source, 1, row.length, sums);
      const reasons = [found()];
      kernels.sum_columns(2, columns, stride, 1, row.length, sums);
      reasons.push(found());
      kernels.sum_ragged(2, source, offsets, 4, 1, sums);
      reasons.push(found());
      kernels.stored_begin(2);
      for (let at = 0; at < row.length; at += 16)
        kernels.stored_piece(source + at * size, Math.min(16, row.length - at));
      kernels.stored_end(sums);
      return [...reasons, found()];
    };
    for (const count of [0, 1, 3, 4, 9, 40]) {
      const sound = Array.from({ length: count }, (_, index) => [0, 1, 0.5, -0, 0.25][index % 5]!);
      expect(reasonOf(sound)).toEqual([0, 0, 0, 0]);
      for (const at of [0, count - 1].filter((index) => index >= 0 && index < count)) {
        for (const value of [1.001, -0.001, INF, NEG, 2, -1])
          expect(reasonOf(sound.with(at, value))).toEqual([4, 4, 4, 4]);
        expect(reasonOf(sound.with(at, NAN))).toEqual([1, 1, 1, 1]);
        expect(reasonOf([...sound.with(at, NAN), 7])).toEqual([1, 1, 1, 1]);
        expect(reasonOf([7, ...sound.with(at, NAN)])).toEqual([1, 1, 1, 1]);
      }
    }
  });
});
