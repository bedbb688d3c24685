// From exponentials and log-sum-exp to the results that are stored.
import { demote, madd, promoteHigh, promoteLow } from '../common';

// Read from memory for the reason given in exponential.ts.
const TABLE: usize = memory.data<u32>([
  0xfffff000,
  (127 - 64) << 23, // 1 / LIFT
  (127 - 126 + 64) << 23, // 2^-126 2^64: what is added to it is rounded to a multiple of 2^-149 2^64
  1 << 23, // 2^-126
  0x7f7fffff, // the largest finite number
]);
// @ts-ignore: decorator
@inline
export function smallestNormalNumber(): v128 { return v128.load32_splat(TABLE, 12); }
// @ts-ignore: decorator
@inline
export function largestFinite(): v128 { return v128.load32_splat(TABLE, 16); }

// 1 / sum needs more bits than a float32 has. With fused multiply-add, e * first + e * second rounds once. Without it
// both factors are cut in two, so that the largest of the four products is exact.

/** Leaves the upper 12 of a number's 24 bits. */
// @ts-ignore: decorator
@inline
export function halfMask(): v128 { return v128.load32_splat(TABLE); }
// @ts-ignore: decorator
@inline
export function firstOf(rounded: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return rounded;
  return v128.and(rounded, halfMask());
}
/** 1 / sum (two pairs of float64) less its first part. */
// @ts-ignore: decorator
@inline
export function secondOf(low: v128, high: v128, first: v128): v128 {
  return demote(f64x2.sub(low, promoteLow(first)), f64x2.sub(high, promoteHigh(first)));
}

/** e / sum, where `rounded` is 1 / sum in float32, and `mask` is `halfMask`. */
// @ts-ignore: decorator
@inline
export function probability(e: v128, first: v128, second: v128, rounded: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return madd(e, first, f32x4.mul(e, second));
  const upper = v128.and(e, mask);
  const lower = f32x4.sub(e, upper);
  return f32x4.add(f32x4.mul(upper, first), f32x4.add(f32x4.mul(upper, second), f32x4.mul(lower, rounded)));
}

/** (e + taken) / sum, where `taken` is what rounding took from e. */
// @ts-ignore: decorator
@inline
export function probabilityOfBoth(e: v128, taken: v128, first: v128, second: v128, rounded: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return madd(e, first, madd(e, second, f32x4.mul(taken, first)));
  const upper = v128.and(e, mask);
  const lower = f32x4.add(f32x4.sub(e, upper), taken);
  return f32x4.add(f32x4.mul(upper, first), f32x4.add(f32x4.mul(upper, second), f32x4.mul(lower, rounded)));
}

// Many processors take a hundred times as long for a product that is subnormal. Where a row may have some, 1 / sum
// is taken times 2^64, and those that are subnormal are brought down by integer arithmetic.
export const LIFT: f64 = 18446744073709551616.0;
// @ts-ignore: decorator
@inline
export function unlift(): v128 { return v128.load32_splat(TABLE, 4); }
// @ts-ignore: decorator
@inline
export function smallestNormal(): v128 { return v128.load32_splat(TABLE, 8); }

/** p 2^64 to p: exact for normal numbers, rounded for subnormal ones. `unlift` is 2^-64. */
// @ts-ignore: decorator
@inline
export function lowered(p: v128, unlift: v128, smallestNormal: v128): v128 {
  return v128.bitselect(
    i32x4.sub(f32x4.add(p, smallestNormal), smallestNormal),
    f32x4.mul(f32x4.pmax(p, smallestNormal), unlift),
    f32x4.lt(p, smallestNormal),
  );
}

/**
 * Below this, (smallest - largest) / temperature may lead to subnormal probabilities, or to subnormal products on the
 * way: the second part of 1 / sum is at least 2^-53 of it, so that from p = 2^-73 on there are none. Rows that are
 * lifted together with deeper ones come out the same.
 */
// @ts-ignore: decorator
@inline
export function deepBound(classes: usize): f32 { return <f32>(<f64>(32 - clz(<u32>classes)) * 0.6931471805599453 - 50.5); }
/** Above this, smallest - largest needs no lower bound. */
export const SHALLOW: f32 = -104.0;

// log-sum-exp = largest + l as two float32: the nearest, and the rest to a float32's relative precision, however
// small l is beside largest.

// @ts-ignore: decorator
@inline
export function logSumHigh(largest: v128, lLow: v128, lHigh: v128): v128 {
  return demote(f64x2.add(promoteLow(largest), lLow), f64x2.add(promoteHigh(largest), lHigh));
}
// @ts-ignore: decorator
@inline
export function logSumLow(largest: v128, lLow: v128, lHigh: v128, high: v128): v128 {
  // largest - high is exact, or far below l's last place.
  return demote(
    f64x2.add(f64x2.sub(promoteLow(largest), promoteLow(high)), lLow),
    f64x2.add(f64x2.sub(promoteHigh(largest), promoteHigh(high)), lHigh),
  );
}

/** x - (high + low), rounded once: the error of x - high is exact (TwoSum). -inf for -inf; NaN leads to anything. */
// @ts-ignore: decorator
@inline
export function logProbability(x: v128, high: v128, low: v128, largestFinite: v128): v128 {
  const z = f32x4.sub(x, high);
  const a = f32x4.add(z, high);
  const error = f32x4.sub(f32x4.sub(x, a), f32x4.add(high, f32x4.sub(z, a)));
  // pmin(a, NaN) is a: where z is -inf, the error is NaN, and anything finite in its place leaves -inf.
  return f32x4.add(z, f32x4.pmin(largestFinite, f32x4.sub(error, low)));
}

/** (x - largest) - l in float64, rounded once. A sure winner's is 0, not -0. */
// @ts-ignore: decorator
@inline
export function logProbabilityOfFew(x: v128, largestLow: v128, largestHigh: v128, lLow: v128, lHigh: v128): v128 {
  const low = f64x2.sub(f64x2.sub(promoteLow(x), largestLow), lLow),
    high = f64x2.sub(f64x2.sub(promoteHigh(x), largestHigh), lHigh);
  return f32x4.add(demote(low, high), f32x4.splat(0));
}

/** ((x - largest) inverse) - l in float64, rounded once. */
// @ts-ignore: decorator
@inline
export function logProbabilityAt(
  x: v128, largestLow: v128, largestHigh: v128, inverse: v128, lLow: v128, lHigh: v128,
): v128 {
  return demote(
    f64x2.sub(f64x2.mul(f64x2.sub(promoteLow(x), largestLow), inverse), lLow),
    f64x2.sub(f64x2.mul(f64x2.sub(promoteHigh(x), largestHigh), inverse), lHigh),
  );
}
