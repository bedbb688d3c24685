// e^(x - max) in float32 lanes, scaled by 2^24. ../README.md derives the error bound.
//
// x - max is not formed in one float32: rounding it costs |x - max| times half an ulp. Instead x is reduced by itself,
//   n = rint((x - max) log2 e) + k,   r = (x - n ln2) - (max - k ln2),   k = rint(max log2 e),
// where x minus n times ln2's high part is exact: a rounded difference chooses n, and nothing else. Beyond
// |max| = 256, every x within reach of the maximum lies within a factor of two of it, so that x - max is exact
// (Sterbenz); it then takes the place of x, and k = 0. The maximum itself always comes out as exactly 2^24.
import { demote, madd, madd64, promoteHigh, promoteLow } from '../common';

/** What the maximum's exponential comes out as. 2^-151 of it, which no sum makes a subnormal of, has exponent bits 0. */
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
// @ts-ignore: decorator
@inline
export function ln2High(): v128 { return constant(2); }
// @ts-ignore: decorator
@inline
export function ln2Low(): v128 { return constant(3); }
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

// The frame of a row, from its largest number (lanes may belong to different rows). `max` is what remains of the
// largest when the origin is subtracted, `k` its exponent.

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
/** Below this, a number is as good as -inf: its n is k - 151. */
// @ts-ignore: decorator
@inline
export function floorOf(max: v128, lowest: v128): v128 { return f32x4.add(max, lowest); }
/** k - max log2 e: rint(y log2 e + this) is n. */
// @ts-ignore: decorator
@inline
export function shiftOf(max: v128, k: v128, log2e: v128): v128 { return f32x4.sub(k, f32x4.mul(max, log2e)); }
/** What is added to round to an integer n, so that the low bits hold n - k + 151: the exponent bits of 2^(n - k + 24). */
// @ts-ignore: decorator
@inline
export function magicOf(k: v128, magic: v128): v128 { return f32x4.sub(magic, k); }
/** k ln2 - max to a multiple of 2^-15: beside a multiple of ln2's high part, it does not round. `coarse` is 384. */
// @ts-ignore: decorator
@inline
export function restHighOf(max: v128, k: v128, ln2High: v128, ln2Low: v128, coarse: v128): v128 {
  return f32x4.sub(coarse, f32x4.add(madd(k, ln2Low, madd(k, ln2High, max)), coarse));
}
/** What is left of k ln2 - max. */
// @ts-ignore: decorator
@inline
export function restLowOf(max: v128, k: v128, restHigh: v128, ln2High: v128, ln2Low: v128): v128 {
  return f32x4.neg(madd(k, ln2Low, f32x4.add(madd(k, ln2High, max), restHigh)));
}

// e^(y - max) 2^24 = s (1 + high + beyond), where s is a power of two; NaN for NaN. y is x - origin, and at least
// `floorOf` (`reachable`); both are left out where a whole row has neither an origin nor anything below.

// @ts-ignore: decorator
@inline
export function reachable(x: v128, origin: v128, floor: v128): v128 { return f32x4.pmax(f32x4.sub(x, origin), floor); }
/** n in the way of `magicOf`. */
// @ts-ignore: decorator
@inline
export function roundedOf(y: v128, log2e: v128, shift: v128, magic: v128): v128 { return f32x4.add(madd(y, log2e, shift), magic); }
/** s, of what `roundedOf` or `roundedOfLog` returns. */
// @ts-ignore: decorator
@inline
export function powerOf(j: v128): v128 { return i32x4.shl(j, 23); }
// @ts-ignore: decorator
@inline
export function highOf(y: v128, n: v128, restHigh: v128, ln2High: v128): v128 { return f32x4.add(y, madd(n, ln2High, restHigh)); }
// @ts-ignore: decorator
@inline
export function lowOf(n: v128, restLow: v128, ln2Low: v128): v128 { return madd(n, ln2Low, restLow); }
/** e^(high + low) - 1 - high; `low` is so small that rounding high + low does not matter. */
// @ts-ignore: decorator
@inline
export function beyond(high: v128, low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  const r = f32x4.add(high, low), q = f32x4.mul(r, r);
  const p = madd(madd(c6, q, madd(c5, r, c4)), q, madd(c3, r, c2));
  return madd(p, q, low);
}
/** The exponential, rounded. The larger part of its growth is added last. */
// @ts-ignore: decorator
@inline
export function grown(s: v128, high: v128, beyond: v128): v128 { return madd(s, f32x4.add(high, beyond), s); }
/** What rounding took from it: s high is exact, s - e is (Sterbenz), and their sum is small. Sums need it. */
// @ts-ignore: decorator
@inline
export function lostOf(s: v128, e: v128, high: v128, beyond: v128): v128 { return madd(s, beyond, madd(s, high, f32x4.sub(s, e))); }

/** All of it, where what rounding took is not needed. */
// @ts-ignore: decorator
@inline
export function exponential(
  y: v128, shift: v128, magic: v128, restHigh: v128, restLow: v128, log2e: v128, ln2High: v128, ln2Low: v128, c6: v128,
  c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = roundedOf(y, log2e, shift, magic), n = f32x4.sub(j, magic), high = highOf(y, n, restHigh, ln2High);
  return grown(powerOf(j), high, beyond(high, lowOf(n, restLow, ln2Low), c6, c5, c4, c3, c2));
}

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

// The exponential of a stored log-probability: the maximum is 0.

// @ts-ignore: decorator
@inline
export function roundedOfLog(lp: v128, log2e: v128, magic: v128): v128 { return madd(lp, log2e, magic); }
// @ts-ignore: decorator
@inline
export function highOfLog(lp: v128, n: v128, ln2High: v128): v128 { return madd(n, ln2High, lp); }
// @ts-ignore: decorator
@inline
export function lowOfLog(n: v128, ln2Low: v128): v128 { return f32x4.mul(n, ln2Low); }
