import type { Dtype } from '../options/types.ts';
import type { Op } from './op.ts';

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
 * mean of |l| under the probabilities is their entropy, at most ln n. Where probabilities are subnormal each rounding
 * costs up to tiny / 2. Twice that leaves room for careful other tools.
 * Where rows differ in length (`classes` null), n is RAGGED_CLASSES.
 *
 * Halves are rounded once, from what is far more exact. Half an ulp of a stored probability p is at most p eps / 2 and
 * tiny / 2, and the p add up to 1; half an ulp of a log-probability l is at most |l| eps / 2. Twice that, but for the
 * subnormal, and what computing in float32 costs: so a sum that was itself kept in half precision is found out.
 */
export function defaultTolerance(dtype: Dtype, classes: number | null, sums: Op['sums'] = 'values'): number {
  const n = Math.max(1, classes ?? RAGGED_CLASSES);
  const subnormal = (n * SMALLEST[dtype]) / 2;
  if (dtype !== 'float16') return 4 * EPSILON[dtype] * (1 + Math.log(n)) + subnormal;
  const rounding = EPSILON.float16 * (sums === 'values' ? 1 : Math.log(n));
  return rounding + subnormal + 4 * EPSILON.float32 * (1 + Math.log(n));
}
