// Pass 3: the stored exponentials times 1 / sum, rounded once; and the logits minus log-sum-exp.
import { demote, madd, promoteHigh, promoteLow } from '../common';

// 1 / sum has more bits than a float32. Fused: e * high + e * low, where the first product is not rounded.
// Not fused: both factors are cut in two, so that the largest of the four products is exact.
// @ts-ignore: decorator
@inline
export function inverseHigh(low: v128, high: v128): v128 { return demote(low, high); }
// @ts-ignore: decorator
@inline
export function inverseLow(low: v128, high: v128, rounded: v128): v128 {
  return demote(f64x2.sub(low, promoteLow(rounded)), f64x2.sub(high, promoteHigh(rounded)));
}
/** The upper 12 of 24 bits. */
// @ts-ignore: decorator
@inline
export function upperHalf(v: v128): v128 { return v128.and(v, i32x4.splat(0xfffff000)); }

/** e / sum. `first` and `second` are 1 / sum in two parts: the float32 next to it (its upper half, unfused) and the rest. */
// @ts-ignore: decorator
@inline
export function scaled(e: v128, first: v128, second: v128, rounded: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return madd(e, first, f32x4.mul(e, second));
  const upper = v128.and(e, mask);
  const lower = f32x4.sub(e, upper);
  return f32x4.add(f32x4.mul(upper, first), f32x4.add(f32x4.mul(upper, second), f32x4.mul(lower, rounded)));
}

/** (x - max) * inverse - l in float64, rounded once. */
// @ts-ignore: decorator
@inline
export function logProbability(
  x: v128, maxLow: v128, maxHigh: v128, inverse: v128, lLow: v128, lHigh: v128, at: bool,
): v128 {
  let low = f64x2.sub(promoteLow(x), maxLow), high = f64x2.sub(promoteHigh(x), maxHigh);
  if (at) {
    low = f64x2.mul(low, inverse);
    high = f64x2.mul(high, inverse);
  }
  return demote(f64x2.sub(low, lLow), f64x2.sub(high, lHigh));
}
