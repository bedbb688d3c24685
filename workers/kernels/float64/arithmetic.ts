// float64 pairs that carry their own rounding errors.
import { madd64 } from '../common';

/** c - a * b, rounded like madd64. */
// @ts-ignore: decorator
@inline
export function nmadd64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
}

/** The upper 26 bits of 53: products of two such halves are exact. */
// @ts-ignore: decorator
@inline
export function upperHalf(a: v128): v128 {
  return v128.and(a, i64x2.splat(0xfffffffff8000000));
}

/** The exact rounding error of sum = a + b (Knuth's TwoSum). */
// @ts-ignore: decorator
@inline
export function sumError(a: v128, b: v128, sum: v128): v128 {
  const part = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, part)), f64x2.sub(b, part));
}

/** The same for |a| >= |b|, or a = 0 (Dekker's Fast2Sum). */
// @ts-ignore: decorator
@inline
export function fastSumError(a: v128, b: v128, sum: v128): v128 {
  return f64x2.sub(b, f64x2.sub(sum, a));
}

/** The exact rounding error of difference = a - b. */
// @ts-ignore: decorator
@inline
export function differenceError(a: v128, b: v128, difference: v128): v128 {
  const part = f64x2.sub(difference, a);
  return f64x2.sub(f64x2.sub(a, f64x2.sub(difference, part)), f64x2.add(b, part));
}

/** The rounding error of product = a * b: exact when fused, else exact but for the last bit of the product of the lower halves. */
// @ts-ignore: decorator
@inline
export function productError(a: v128, b: v128, product: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, f64x2.neg(product));
  const aHigh = upperHalf(a), bHigh = upperHalf(b);
  const aLow = f64x2.sub(a, aHigh), bLow = f64x2.sub(b, bHigh);
  const rest = madd64(aHigh, bLow, f64x2.sub(f64x2.mul(aHigh, bHigh), product));
  return madd64(aLow, bLow, madd64(aLow, bHigh, rest));
}

// @ts-ignore: decorator
@inline
export function swapLanes(a: v128): v128 {
  return v128.shuffle<u64>(a, a, 1, 0);
}
