// e^x in float32 lanes, scaled by about 2^(24 - k), k = rint(max log2 e): ../README.md derives the error bound.
//
// x is reduced by itself, x = n ln2 + r, because rounding x - max to a float32 would cost |x - max| times half an ulp of
// the result. A factor that all of a row's exponentials share falls out of its quotients, and is chosen so that the
// maximum's own exponential, between 2^23.5 and 2^24.5, is a float32: rows of equal logits come to 1 / n, sure winners to
// 1. Beyond |max| = 256, every x within reach of the maximum lies within a factor of two of it, so that x - max is exact
// (Sterbenz); it then takes the place of x, and k = 0.
import { demote, madd, madd64, promoteHigh, promoteLow } from '../common';

/** 2^24. 2^-151 of it, which no sum makes a subnormal of, has exponent bits 0. */
export const SCALE: f64 = 16777216.0;

// Loaded from memory into a local before a loop; V8 recomputes f32x4.splat(constant) in every iteration.
const TABLE: usize = memory.data<f32>([
  1.44269504088896, // log2(e)
  12583063.0, // 1.5 * 2^23 + 151: adding it rounds to an integer n, and n + 151 then stands in the low bits
  -0.693359375, // -ln2, its first 9 bits: n times it is exact
  2.1219444e-4, // -ln2, the rest
  // Minimax coefficients of r^6 … r^2 in e^r = 1 + r + …, each rounded to float32 before the next was fitted;
  // the largest relative error on |r| <= 0.348 is 2^-28.2.
  0.0013819928281009197,
  0.00836887676268816,
  0.041668280959129333,
  0.1666651964187622,
  0.4999999403953552,
  256.0,
  -104.66522216796875, // -151 ln2
  384.0, // 1.5 * 2^8
  71.0,
  -0.69314718246459961, // -ln2, its first 24 bits
  1.9046542e-9, // -ln2, the rest
  2.12192535400390625e-4, // ln2High less ln2Nine: again 9 bits
]);
// @ts-ignore: decorator
@inline
function constant(index: usize): v128 { return v128.load32_splat(TABLE + (index << 2)); }
// @ts-ignore: decorator
@inline
export function log2e(): v128 { return constant(0); }
// @ts-ignore: decorator
@inline
export function magic(): v128 { return constant(1); }
/** -ln2 in two parts, of which the first has 9 bits. */
// @ts-ignore: decorator
@inline
export function ln2Nine(): v128 { return constant(2); }
// @ts-ignore: decorator
@inline
export function ln2Rest(): v128 { return constant(3); }
/** -ln2 in two parts, of which the first has 24 bits. `highOf` is exact, with fused multiply-add in one step. */
// @ts-ignore: decorator
@inline
export function ln2High(): v128 { return constant(ASC_FEATURE_RELAXED_SIMD ? 13 : 2); }
// @ts-ignore: decorator
@inline
export function ln2Low(): v128 { return constant(14); }
/** What the first part has beside nine bits. */
// @ts-ignore: decorator
@inline
function ln2Middle(): v128 { return constant(15); }
// @ts-ignore: decorator
@inline
export function c6(): v128 { return constant(4); }
// @ts-ignore: decorator
@inline
export function c5(): v128 { return constant(5); }
// @ts-ignore: decorator
@inline
export function c4(): v128 { return constant(6); }
// @ts-ignore: decorator
@inline
export function c3(): v128 { return constant(7); }
// @ts-ignore: decorator
@inline
export function c2(): v128 { return constant(8); }
/** From here on, a largest number is far from 0. */
// @ts-ignore: decorator
@inline
export function near(): v128 { return constant(9); }
/** Adding it to a number below 64 rounds to a multiple of 2^-15. */
// @ts-ignore: decorator
@inline
export function coarse(): v128 { return constant(11); }
/** The lowest argument: anything below is as good as -inf. */
// @ts-ignore: decorator
@inline
export function lowest(): v128 { return constant(10); }
/** The highest argument whose scaled exponential is still finite: no stored log-probability comes near it. */
// @ts-ignore: decorator
@inline
export function highest(): v128 { return constant(12); }

// What a row's exponentials depend on (lanes may belong to different rows). `max` is what remains of the largest when
// the origin is subtracted, `k` its exponent.

/** What is subtracted from x: the largest where it is far from 0, else nothing. */
// @ts-ignore: decorator
@inline
export function originOf(largest: v128, near: v128): v128 { return v128.and(largest, f32x4.ge(f32x4.abs(largest), near)); }
// @ts-ignore: decorator
@inline
export function isNear(largest: f32): bool { return Math.abs(<f64>largest) < 256; }
// @ts-ignore: decorator
@inline
export function exponentOf(max: v128, log2e: v128, magic: v128): v128 { return f32x4.sub(madd(max, log2e, magic), magic); }
/** What is added to round to an integer n, so that the low bits hold n - k + 151: the exponent bits of 2^(n - k + 24). */
// @ts-ignore: decorator
@inline
export function magicOf(k: v128, magic: v128): v128 { return f32x4.sub(magic, k); }
/** What keeps the second part of n ln2 small, as a factor for the whole row. */
// @ts-ignore: decorator
@inline
export function restOf(k: v128, ln2Low: v128): v128 { return f32x4.neg(f32x4.mul(k, ln2Low)); }
/** (k - 151) ln2: anything below is as good as -inf, and its n is k - 151. */
// @ts-ignore: decorator
@inline
export function floorOf(k: v128, lowest: v128): v128 { return f32x4.sub(lowest, f32x4.mul(k, constant(2))); }

// e^y 2^(24 - k) = s (1 + high + beyond), where s is a power of two; NaN for NaN. y is x - origin, and at least
// `floorOf` (`reachable`); both are left out where a whole row has neither an origin nor anything below. For stored
// log-probabilities, k is 0.

// @ts-ignore: decorator
@inline
export function reachable(x: v128, origin: v128, floor: v128): v128 { return f32x4.pmax(f32x4.sub(x, origin), floor); }
/** n in the way of `magicOf`. */
// @ts-ignore: decorator
@inline
export function roundedOf(y: v128, log2e: v128, magic: v128): v128 { return madd(y, log2e, magic); }
/** s, of what `roundedOf` returns. */
// @ts-ignore: decorator
@inline
export function powerOf(j: v128): v128 { return i32x4.shl(j, 23); }
/**
 * Exact. Without fused multiply-add, so are both products; where n is not 0, |y| > 1/3, and all numbers here are multiples
 * of 2^-25, as which no difference below 1/2 needs rounding.
 */
// @ts-ignore: decorator
@inline
export function highOf(y: v128, n: v128, ln2High: v128): v128 {
  const high = madd(n, ln2High, y);
  return ASC_FEATURE_RELAXED_SIMD ? high : f32x4.add(high, f32x4.mul(n, ln2Middle()));
}
/** Below 2^-20. `rest` is the row's. */
// @ts-ignore: decorator
@inline
export function lowOf(n: v128, rest: v128, ln2Low: v128): v128 { return madd(n, ln2Low, rest); }
/** For stored log-probabilities. */
// @ts-ignore: decorator
@inline
export function lowOfLog(n: v128, ln2Low: v128): v128 { return f32x4.mul(n, ln2Low); }
/** e^(high + low) - 1 - high, for so small a low that its square does not count. */
// @ts-ignore: decorator
@inline
export function beyond(high: v128, low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  const q = f32x4.mul(high, high), p = madd(madd(c6, q, madd(c5, high, c4)), q, madd(c3, high, c2));
  if (ASC_FEATURE_RELAXED_SIMD) return madd(p, q, madd(low, madd(q, c2, high), low));
  const more = f32x4.mul(p, q);
  return f32x4.add(more, madd(low, f32x4.add(high, more), low));
}
/** The exponential, rounded. The larger part of its growth is added last. */
// @ts-ignore: decorator
@inline
export function grown(s: v128, high: v128, beyond: v128): v128 { return madd(s, f32x4.add(high, beyond), s); }
/** What rounding took from it: s high is exact, s - e is (Sterbenz), and their sum is small. Sums need it. */
// @ts-ignore: decorator
@inline
export function lostOf(s: v128, e: v128, high: v128, beyond: v128): v128 { return madd(s, beyond, madd(s, high, f32x4.sub(s, e))); }

const TABLE64: usize = memory.data<f64>([
  1.4426950408889634, // log2(e)
  6755399441055895.0, // 1.5 * 2^52 + 151
  -0.6931471805599453, // -ln2
  -104.66522426455174, // -151 ln2
]);
// @ts-ignore: decorator
@inline
function constant64(index: usize): v128 { return v128.load64_splat(TABLE64 + (index << 3)); }

// The argument (x - max) inverse, `inverse` being 1 / temperature, stays in float64 until it is reduced: two pairs of
// lanes, of which the second function makes `high` and `low` of the others.

// @ts-ignore: decorator
@inline
export function argumentOf(x: v128, max: v128, inverse: v128): v128 {
  return f64x2.pmax(f64x2.mul(f64x2.sub(x, max), inverse), constant64(3));
}
// @ts-ignore: decorator
@inline
export function roundedOf64(argument: v128): v128 { return madd64(argument, constant64(0), constant64(1)); }
// @ts-ignore: decorator
@inline
export function reducedOf64(argument: v128, rounded: v128): v128 {
  return madd64(f64x2.sub(rounded, constant64(1)), constant64(2), argument);
}
/** What is left of two pairs beside their `high` float32. */
// @ts-ignore: decorator
@inline
export function lowOf64(first: v128, second: v128, high: v128): v128 {
  return demote(f64x2.sub(first, promoteLow(high)), f64x2.sub(second, promoteHigh(high)));
}
/** The low words of two pairs. */
// @ts-ignore: decorator
@inline
export function wordsOf(first: v128, second: v128): v128 {
  return i8x16.shuffle(first, second, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** All of it, where what rounding took is not needed. */
// @ts-ignore: decorator
@inline
export function exponentialAt(
  x: v128, maxLow: v128, maxHigh: v128, inverse: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const a = argumentOf(promoteLow(x), maxLow, inverse), b = argumentOf(promoteHigh(x), maxHigh, inverse);
  const ja = roundedOf64(a), jb = roundedOf64(b), ra = reducedOf64(a, ja), rb = reducedOf64(b, jb), high = demote(ra, rb);
  return grown(powerOf(wordsOf(ja, jb)), high, beyond(high, lowOf64(ra, rb, high), c6, c5, c4, c3, c2));
}
