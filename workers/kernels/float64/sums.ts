// Sums kept as a pair: a running sum that starts at a number no summand exceeds, and the sum of what was lost.
// Starting there makes each loss a Fast2Sum. The start is taken away again at the end, exactly.
import { madd64 } from '../common';
import { nmadd64, productError, sumError, swapLanes, upperHalf } from './arithmetic';

const CONSTANTS: usize = memory.data<u64>([
  0xfffffffff8000000, 0x2ff0000000000000, 0x3ff0000000000000, 0x4ff0000000000000,
]);
/** Selects the upper half of a double. */
// @ts-ignore: decorator
@inline
export function halfMask(): v128 { return v128.load64_splat(CONSTANTS); }
/** 2^-256 */
// @ts-ignore: decorator
@inline
export function unscale(): v128 { return v128.load64_splat(CONSTANTS, 8); }
/** 1: where sums of probabilities start. */
// @ts-ignore: decorator
@inline
export function one(): v128 { return v128.load64_splat(CONSTANTS, 16); }
/** 2^256: where sums of scaled exponentials start. */
// @ts-ignore: decorator
@inline
export function scale(): v128 { return v128.load64_splat(CONSTANTS, 24); }

/** What next = sum + summand loses. */
// @ts-ignore: decorator
@inline
export function loss(sum: v128, summand: v128, next: v128): v128 {
  return f64x2.sub(summand, f64x2.sub(next, sum));
}
/**
 * What next = sum + fl(power (1 + growth)) loses against the product before its rounding. next - sum is exact, and so
 * is power less that, because the two lie close together.
 */
// @ts-ignore: decorator
@inline
export function lossOf(sum: v128, power: v128, growth: v128, next: v128): v128 {
  return madd64(power, growth, loss(sum, power, next));
}

/** The running sum without its start, plus what was lost: rounded … */
// @ts-ignore: decorator
@inline
export function totalHigh(sum: v128, lost: v128, start: v128): v128 { return f64x2.add(f64x2.sub(sum, start), lost); }
/** … and the rest. */
// @ts-ignore: decorator
@inline
export function totalLow(sum: v128, lost: v128, start: v128): v128 {
  const rest = f64x2.sub(sum, start);
  return sumError(rest, lost, f64x2.add(rest, lost));
}

/** The two lanes of a pair (high, low) added up, in both lanes. */
// @ts-ignore: decorator
@inline
export function acrossHigh(high: v128, low: v128): v128 {
  const other = swapLanes(high), sum = f64x2.add(high, other);
  return f64x2.add(sum, f64x2.add(sumError(high, other, sum), f64x2.add(low, swapLanes(low))));
}
// @ts-ignore: decorator
@inline
export function acrossLow(high: v128, low: v128): v128 {
  const other = swapLanes(high), sum = f64x2.add(high, other);
  const lost = f64x2.add(sumError(high, other, sum), f64x2.add(low, swapLanes(low)));
  return sumError(sum, lost, f64x2.add(sum, lost));
}

// 1 / sum in two parts. Fused: the nearest double, and the rest. Not fused: a double's upper half, so that products
// with another upper half are exact, and the rest; both times 2^256, so that no product is subnormal.
// @ts-ignore: decorator
@inline
export function inverseHigh(sum: v128): v128 {
  const rounded = f64x2.div(one(), sum);
  if (ASC_FEATURE_RELAXED_SIMD) return rounded;
  return f64x2.mul(upperHalf(rounded), scale());
}
// @ts-ignore: decorator
@inline
export function inverseLow(sum: v128, sumLow: v128): v128 {
  const rounded = f64x2.div(one(), sum), product = f64x2.mul(rounded, sum);
  // 1 - rounded * (sum + sumLow), times 1 / sum
  const left = f64x2.sub(f64x2.sub(one(), product), productError(rounded, sum, product));
  const low = f64x2.mul(nmadd64(rounded, sumLow, left), rounded);
  if (ASC_FEATURE_RELAXED_SIMD) return low;
  return f64x2.mul(f64x2.add(f64x2.sub(rounded, upperHalf(rounded)), low), scale());
}

/** exponential / sum, rounded once. */
// @ts-ignore: decorator
@inline
export function scaled(exponential: v128, inverseHigh: v128, inverseLow: v128, unscale: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return madd64(exponential, inverseHigh, f64x2.mul(exponential, inverseLow));
  const upper = v128.and(exponential, mask), lower = f64x2.sub(exponential, upper);
  const small = f64x2.add(f64x2.mul(lower, inverseHigh), f64x2.mul(exponential, inverseLow));
  return f64x2.mul(f64x2.add(f64x2.mul(upper, inverseHigh), small), unscale);
}

/** The same where the exponential has a rest. */
// @ts-ignore: decorator
@inline
export function scaledPair(
  exponential: v128, rest: v128, inverseHigh: v128, inverseLow: v128, unscale: v128, mask: v128,
): v128 {
  if (ASC_FEATURE_RELAXED_SIMD)
    return madd64(exponential, inverseHigh, madd64(rest, inverseHigh, f64x2.mul(exponential, inverseLow)));
  const upper = v128.and(exponential, mask), lower = f64x2.add(f64x2.sub(exponential, upper), rest);
  const small = f64x2.add(f64x2.mul(lower, inverseHigh), f64x2.mul(exponential, inverseLow));
  return f64x2.mul(f64x2.add(f64x2.mul(upper, inverseHigh), small), unscale);
}
