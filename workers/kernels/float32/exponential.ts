// e^(x - max) in float32 lanes, scaled by 2^24. README.md derives the error bound.
//
// x - max is not formed in one float32: rounding it costs |x - max| times half an ulp. Instead x is reduced by itself,
//   n = rint((x - max) log2 e) + k,   r = (x - n ln2) - (max - k ln2),   k = rint(max log2 e),
// where x minus n times ln2's high part is exact: a rounded difference chooses n, and nothing else. Beyond
// |max| = 256, every x within reach of the maximum lies within a factor of two of it, so that x - max is exact
// (Sterbenz); it then takes the place of x, and k = 0. The maximum itself always comes out as exactly 2^24.
import { demote, madd, madd64, promoteHigh, promoteLow } from '../common';

/** What the maximum's exponential comes out as; 2^-127 / SCALE = 2^-151 is the first that no sum rounds up to a subnormal. */
export const SCALE: f64 = 16777216.0;

// V8 recomputes f32x4.splat(constant) in every iteration of a loop, but not what was loaded from memory.
const TABLE: usize = memory.data<f32>([
  1.44269504088896, // log2(e)
  12582912.0, // 1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits
  -0.693359375, // -ln2, its first 9 bits: n times it is exact
  2.1219444e-4, // -ln2, the rest
  16777216.0, // SCALE: as an integer, the exponent bits of 2^24
  256.0,
  -104.66522216796875, // -151 ln2
  // Minimax coefficients of r^6 … r^2 in e^r = 1 + r + …, each rounded to float32 before the next was fitted;
  // the largest relative error on |r| <= 0.348 is 2^-28.2.
  0.0013819928281009197,
  0.00836887676268816,
  0.041668280959129333,
  0.1666651964187622,
  0.4999999403953552,
]);
// @ts-ignore: decorator
@inline
export function constant(index: usize): v128 { return v128.load32_splat(TABLE + (index << 2)); }
export const LOG2_E: usize = 0;
export const MAGIC: usize = 1;
export const LN2_HIGH: usize = 2;
export const LN2_LOW: usize = 3;
export const SCALE_BITS: usize = 4;
const NEAR: usize = 5;
const LOWEST: usize = 6;
export const C6: usize = 7;
export const C5: usize = 8;
export const C4: usize = 9;
export const C3: usize = 10;
export const C2: usize = 11;

// The frame of a row (lanes may belong to different rows): what is subtracted from x, the maximum that remains, the
// lowest argument, 1.5 * 2^23 - k, and k ln2 - maximum.

// @ts-ignore: decorator
@inline
export function originOf(max: v128): v128 { return v128.and(max, f32x4.ge(f32x4.abs(max), constant(NEAR))); }
// @ts-ignore: decorator
@inline
export function lowestOf(max: v128): v128 { return f32x4.add(max, constant(LOWEST)); }
// @ts-ignore: decorator
@inline
function exponentOf(max: v128): v128 { return f32x4.sub(madd(max, constant(LOG2_E), constant(MAGIC)), constant(MAGIC)); }
// @ts-ignore: decorator
@inline
export function magicOf(max: v128): v128 { return f32x4.sub(constant(MAGIC), exponentOf(max)); }
// @ts-ignore: decorator
@inline
export function restOf(max: v128): v128 {
  const k = exponentOf(max);
  return f32x4.neg(madd(k, constant(LN2_LOW), madd(k, constant(LN2_HIGH), max)));
}

/** e^(x - max) 2^24; NaN for NaN, 0 from max - 104.7 downwards. */
// @ts-ignore: decorator
@inline
export function exponential(
  x: v128, origin: v128, max: v128, lowest: v128, magicK: v128, rest: v128,
  log2e: v128, magic: v128, ln2High: v128, ln2Low: v128, scale: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const y = f32x4.pmax(f32x4.sub(x, origin), lowest);
  const j = madd(f32x4.sub(y, max), log2e, magic);
  const n = f32x4.sub(j, magicK);
  const r = f32x4.add(madd(n, ln2High, y), madd(n, ln2Low, rest));
  return power(r, i32x4.add(i32x4.shl(j, 23), scale), c6, c5, c4, c3, c2);
}

/** s e^r. */
// @ts-ignore: decorator
@inline
function power(r: v128, s: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  let p = madd(madd(madd(madd(c6, r, c5), r, c4), r, c3), r, c2);
  p = madd(p, f32x4.mul(r, r), r);
  return madd(s, p, s);
}

const TABLE64: usize = memory.data<f64>([
  1.4426950408889634, // log2(e)
  6755399441055744.0, // 1.5 * 2^52
  -0.6931471805599453, // -ln2
  -104.66522426455174, // -151 ln2
]);
// @ts-ignore: decorator
@inline
function constant64(index: usize): v128 { return v128.load64_splat(TABLE64 + (index << 3)); }

/**
 * e^((x - max) / temperature) 2^24. The quotient stays in float64 up to the reduced argument, whose rounding to
 * float32 costs at most 2^-26.
 */
// @ts-ignore: decorator
@inline
export function exponentialAt(
  x: v128, maxLow: v128, maxHigh: v128, inverse: v128,
  scale: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const lowest = constant64(3), magic = constant64(1);
  const low = f64x2.pmax(f64x2.mul(f64x2.sub(promoteLow(x), maxLow), inverse), lowest);
  const high = f64x2.pmax(f64x2.mul(f64x2.sub(promoteHigh(x), maxHigh), inverse), lowest);
  const jLow = madd64(low, constant64(0), magic), jHigh = madd64(high, constant64(0), magic);
  const r = demote(
    madd64(f64x2.sub(jLow, magic), constant64(2), low),
    madd64(f64x2.sub(jHigh, magic), constant64(2), high),
  );
  const j = i8x16.shuffle(jLow, jHigh, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  return power(r, i32x4.add(i32x4.shl(j, 23), scale), c6, c5, c4, c3, c2);
}
