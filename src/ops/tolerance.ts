import type { Dtype } from '../options/types.ts';

/** Distance from 1 to the next number, and the smallest subnormal, of each dtype. */
const EPSILON: Readonly<Record<Dtype, number>> = { float16: 2 ** -10, float32: 2 ** -23, float64: 2 ** -52 };
const SMALLEST: Readonly<Record<Dtype, number>> = {
  float16: 2 ** -24,
  float32: 2 ** -149,
  float64: 2 ** -1074,
};

/** As many as a large vocabulary has. */
const RAGGED_CLASSES = 2 ** 17;

/**
 * How far from 1 the sum of a sound row may be: 4 eps (1 + ln n) + n tiny / 2.
 *
 * A stored probability is off by at most 2 ulp, relatively 2 eps; a stored log-probability l by 2 eps |l|, and the
 * mean of |l| under the probabilities is their entropy, at most ln n. Where probabilities are subnormal (float16
 * from 16,384 classes on) each rounding costs up to tiny / 2. Twice that leaves room for careful other tools.
 * Where rows differ in length (`classes` null), n is RAGGED_CLASSES.
 */
export function defaultTolerance(dtype: Dtype, classes: number | null): number {
  const n = Math.max(1, classes ?? RAGGED_CLASSES);
  return 4 * EPSILON[dtype] * (1 + Math.log(n)) + (n * SMALLEST[dtype]) / 2;
}
