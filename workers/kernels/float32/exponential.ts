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

/**
 * e^(y - max) 2^24; NaN for NaN. y is x - origin, and at least `floorOf` (`reachable`); both are left out
 * where a whole row has neither an origin nor anything below.
 */
// @ts-ignore: decorator
@inline
export function exponential(
  y: v128, shift: v128, magic: v128, restHigh: v128, restLow: v128, log2e: v128, ln2High: v128, ln2Low: v128, c6: v128,
  c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = f32x4.add(madd(y, log2e, shift), magic);
  const s = i32x4.shl(j, 23);
  const n = f32x4.sub(j, magic);
  const high = f32x4.add(y, madd(n, ln2High, restHigh)), low = madd(n, ln2Low, restLow);
  return madd(s, expm1(high, low, c6, c5, c4, c3, c2), s);
}
// @ts-ignore: decorator
@inline
export function reachable(x: v128, origin: v128, floor: v128): v128 { return f32x4.pmax(f32x4.sub(x, origin), floor); }

/** e^(high + low) - 1. The larger part is added last, so that rounding high + low does not matter. */
// @ts-ignore: decorator
@inline
function expm1(high: v128, low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  return f32x4.add(high, beyond(high, low, c6, c5, c4, c3, c2));
}
/** e^(high + low) - 1 - high. */
// @ts-ignore: decorator
@inline
function beyond(high: v128, low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  const r = f32x4.add(high, low), q = f32x4.mul(r, r);
  const p = madd(madd(c6, q, madd(c5, r, c4)), q, madd(c3, r, c2));
  return madd(p, q, low);
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

/** e^((x - max) inverse) 2^24, `inverse` being 1 / temperature; the argument stays in float64 until it is reduced. */
// @ts-ignore: decorator
@inline
export function exponentialAt(
  x: v128, maxLow: v128, maxHigh: v128, inverse: v128,
  c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const floor = constant64(3), magic = constant64(1);
  const dLow = f64x2.pmax(f64x2.mul(f64x2.sub(promoteLow(x), maxLow), inverse), floor);
  const dHigh = f64x2.pmax(f64x2.mul(f64x2.sub(promoteHigh(x), maxHigh), inverse), floor);
  const jLow = madd64(dLow, constant64(0), magic), jHigh = madd64(dHigh, constant64(0), magic);
  const rLow = madd64(f64x2.sub(jLow, magic), constant64(2), dLow);
  const rHigh = madd64(f64x2.sub(jHigh, magic), constant64(2), dHigh);
  const high = demote(rLow, rHigh);
  const low = demote(f64x2.sub(rLow, promoteLow(high)), f64x2.sub(rHigh, promoteHigh(high)));
  const j = i8x16.shuffle(jLow, jHigh, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  const s = i32x4.shl(j, 23);
  return madd(s, expm1(high, low, c6, c5, c4, c3, c2), s);
}

// The exponential of a stored log-probability, to more than a float32 holds: s + s (high + u), and beside it, what
// rounding both additions loses; 2^-27 of it stays unknown (README.md).

/** n in the way of `magic`. */
// @ts-ignore: decorator
@inline
export function roundedOfLog(lp: v128, log2e: v128, magic: v128): v128 { return madd(lp, log2e, magic); }
/** s = 2^n 2^24. */
// @ts-ignore: decorator
@inline
export function powerOfLog(j: v128): v128 { return i32x4.shl(j, 23); }
// @ts-ignore: decorator
@inline
export function highOfLog(lp: v128, n: v128, ln2High: v128): v128 { return madd(n, ln2High, lp); }
// @ts-ignore: decorator
@inline
export function restOfLog(high: v128, n: v128, ln2Low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  return beyond(high, f32x4.mul(n, ln2Low), c6, c5, c4, c3, c2);
}
/** What s + s e and e = high + u are too large or too small by, e being rounded and `sum` s + s e rounded. */
// @ts-ignore: decorator
@inline
export function lostOfLog(s: v128, sum: v128, e: v128, high: v128, u: v128): v128 {
  return madd(s, f32x4.sub(u, f32x4.sub(e, high)), madd(s, e, f32x4.sub(s, sum)));
}
