// Natural logarithms of sums s >= 1 given as pairs (high, low), as pairs with a relative error below 2^-58, however
// close to 1 the sum is.
import { madd64 } from '../common';
import { fastSumError, sumError } from './arithmetic';
import { halfMask } from './sums';
import { LOG2_HIGH, LOG2_LOW, LOGARITHMS } from './tables';

// s = 2^k z with z in [1, 2); the upper seven bits of z's fraction choose c of nine bits with |z c - 1| < 2^-7, and
//   log s = k ln2 - log c + log(1 + r),   r = z c - 1.
// The high parts of ln2 and -log c are multiples of 2^-42, so that their sum is exact. For z below 1 + 2^-7, c is 1:
// then, with k = 0, r = s - 1 is all that counts and nothing is lost.

// V8 recomputes splats of constants in every turn of a loop, but not what was loaded from memory.
const TABLE: usize = memory.data<f64>([
  1.0, 6755399441055744.0, LOG2_HIGH, LOG2_LOW, -1.0 / 2, 1.0 / 3, -1.0 / 4, 1.0 / 5, -1.0 / 6, 1.0 / 7, -1.0 / 8, 1.0 / 9,
]);
const OFFSET: usize = memory.data<u64>([1023]);
// @ts-ignore: decorator
@inline
function constant(index: usize): v128 { return v128.load64_splat(TABLE + (index << 3)); }
const ONE: usize = 0;
const MAGIC: usize = 1;
const STEP_HIGH: usize = 2;
const STEP_LOW: usize = 3;

// @ts-ignore: decorator
@inline
function exponent(high: v128): v128 { return i64x2.sub(i64x2.shr_u(high, 52), v128.load64_splat(OFFSET)); }
/** The exponent as a double: added to 2^52 + 2^51 as an integer, and taken away again. */
// @ts-ignore: decorator
@inline
function exponentOf(high: v128): v128 {
  return f64x2.sub(i64x2.add(exponent(high), constant(MAGIC)), constant(MAGIC));
}
// @ts-ignore: decorator
@inline
function entryOf(high: v128, lane: u8): usize {
  const bits = lane == 0 ? i64x2.extract_lane(high, 0) : i64x2.extract_lane(high, 1);
  return LOGARITHMS + <usize>((bits >>> 40) & 0xfe0);
}
/** k ln2 - log c: the high part, exact. */
// @ts-ignore: decorator
@inline
function baseHigh(high: v128, a: usize, b: usize): v128 {
  const c = v128.load64_lane(b, v128.load64_zero(a, 8), 1, 8);
  return f64x2.add(f64x2.mul(exponentOf(high), constant(STEP_HIGH)), c);
}
// @ts-ignore: decorator
@inline
function baseLow(high: v128, a: usize, b: usize): v128 {
  const c = v128.load64_lane(b, v128.load64_zero(a, 16), 1, 16);
  return madd64(exponentOf(high), constant(STEP_LOW), c);
}

/** log(1 + r) - r for |r| < 2^-7. */
// @ts-ignore: decorator
@inline
function curve(r: v128): v128 {
  let p = madd64(constant(11), r, constant(10));
  p = madd64(p, r, constant(9));
  p = madd64(p, r, constant(8));
  p = madd64(p, r, constant(7));
  p = madd64(p, r, constant(6));
  p = madd64(p, r, constant(5));
  p = madd64(p, r, constant(4));
  return f64x2.mul(p, f64x2.mul(r, r));
}

/** log(high + low): the rounded logarithm to about 45 bits to `to`, the rest to `restTo`. */
// @ts-ignore: decorator
@inline
export function logarithmTo(to: usize, restTo: usize, high: v128, low: v128): void {
  const a = entryOf(high, 0), b = entryOf(high, 1);
  const shift = i64x2.shl(exponent(high), 52);
  const z = i64x2.sub(high, shift);
  // The low part may be 0: it is multiplied by 2^-k.
  const zLow = f64x2.mul(low, i64x2.sub(constant(ONE), shift));
  const c = v128.load64_lane(b, v128.load64_zero(a), 1);
  const upper = v128.and(z, halfMask());
  const first = f64x2.sub(f64x2.mul(upper, c), constant(ONE));
  const second = f64x2.mul(f64x2.sub(z, upper), c);
  const r = f64x2.add(first, second);
  const rest = f64x2.add(sumError(first, second, r), f64x2.mul(zLow, c));
  const base = baseHigh(high, a, b);
  // The derivative of log(1 + r), to the first order, for the rest.
  const small = f64x2.add(f64x2.add(curve(r), f64x2.sub(rest, f64x2.mul(rest, r))), baseLow(high, a, b));
  const log = f64x2.add(base, r);
  v128.store(to, log);
  v128.store(restTo, f64x2.add(small, fastSumError(base, r, log)));
}

/** log(1 + t), t = high + low < 2^-7, however small, likewise. */
// @ts-ignore: decorator
@inline
export function logarithm1pTo(to: usize, restTo: usize, high: v128, low: v128): void {
  v128.store(to, high);
  v128.store(restTo, f64x2.add(curve(high), low));
}
