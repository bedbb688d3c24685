// e^(x - max) in float64 lanes, scaled by 2^256, in two factors whose product is known beyond its rounding.
// ../README.md derives the error bound.
//
// With k = rint(max * 256 / ln2) and n = rint((x - max) * 256 / ln2),
//   x - max = n ln2/256 + r,   r = (x - (n + k) h) - (max - k h) - n l,   ln2/256 = h + l,
// where h has 33 bits, so that (n + k) h and both differences with it are exact: a rounded x - max chooses n, and
// nothing else. Beyond |max| = 2048 every x within reach of the maximum lies within a factor of two of it, so that
// x - max is exact (Sterbenz); it takes the place of x, 0 that of max, and k = 0. For x = max, r is exactly 0.
// Then e^(x - max) = 2^(n / 256) e^r, the former from a table, the latter a polynomial of degree 4.
import { madd64 } from '../common';
import { differenceError, nmadd64, productError } from './arithmetic';
import { EXPONENTIALS, STEPS_PER_UNIT, STEP_HIGH, STEP_LOW } from './tables';

/** What the maximum's exponential comes out as, 2^256: it keeps all of them normal, down to e^-800. */
export const SCALE: f64 = 1.157920892373162e77;

// V8 recomputes f64x2.splat(constant) in every iteration of a loop, but not what was loaded from memory.
const TABLE: usize = memory.data<f64>([
  STEPS_PER_UNIT,
  6755399441055744.0, // 1.5 * 2^52: adding it rounds to an integer, which then stands in the low bits
  STEP_HIGH,
  STEP_LOW,
  // Minimax coefficients of r^2, r^3, r^4 in e^r = 1 + r + …; the largest error on |r| <= ln2/512 is 2^-57.5.
  0.49999999999999756,
  0.16666667995380188,
  0.04166667054301686,
  2048.0,
  800.0,
  -800.0,
  0.0,
  Infinity,
  -Infinity,
  2.2250738585072014e-308,
]);
// @ts-ignore: decorator
@inline
export function constant(index: usize): v128 { return v128.load64_splat(TABLE + (index << 3)); }
export const STEPS: usize = 0;
export const MAGIC: usize = 1;
export const HIGH: usize = 2;
export const LOW: usize = 3;
export const C2: usize = 4;
export const C3: usize = 5;
export const C4: usize = 6;
/** Below it, logits are not far from 0. */
export const NEAR: usize = 7;
const REACH: usize = 8;
export const LOWEST: usize = 9;
export const ZERO: usize = 10;
export const INFINITE: usize = 11;
export const MINUS_INFINITE: usize = 12;
/** The smallest normal number. */
export const NORMAL: usize = 13;

const MASK: usize = memory.data<u64>([0xff0]);
/** Selects the offset of a table entry. */
// @ts-ignore: decorator
@inline
export function indexMask(): v128 { return v128.load64_splat(MASK); }

// The frame of a row (lanes may belong to different rows): what is subtracted from x, the maximum that remains, the
// lowest argument, 1.5 * 2^52 - k, and max - k h. e^-800 is too small even for 2^78 of them to count beside the
// maximum, or as a result.
// @ts-ignore: decorator
@inline
export function originOf(max: v128): v128 { return v128.and(max, f64x2.ge(f64x2.abs(max), constant(NEAR))); }
// @ts-ignore: decorator
@inline
export function lowestOf(max: v128): v128 { return f64x2.sub(max, constant(REACH)); }
// @ts-ignore: decorator
@inline
function stepsOf(max: v128): v128 { return f64x2.sub(madd64(max, constant(STEPS), constant(MAGIC)), constant(MAGIC)); }
// @ts-ignore: decorator
@inline
export function magicOf(max: v128): v128 { return f64x2.sub(constant(MAGIC), stepsOf(max)); }
// @ts-ignore: decorator
@inline
export function restOf(max: v128): v128 { return nmadd64(stepsOf(max), constant(HIGH), max); }

/** 1.5 * 2^52 + n. NaN for NaN, and so are `reduced` and what follows. */
// @ts-ignore: decorator
@inline
export function step(x: v128, origin: v128, max: v128, lowest: v128, steps: v128, magic: v128): v128 {
  return stepNear(f64x2.sub(x, origin), max, lowest, steps, magic);
}

/** The same where nothing is subtracted from x. */
// @ts-ignore: decorator
@inline
export function stepNear(x: v128, max: v128, lowest: v128, steps: v128, magic: v128): v128 {
  return madd64(f64x2.sub(f64x2.pmax(x, lowest), max), steps, magic);
}

/** r */
// @ts-ignore: decorator
@inline
export function reduced(
  x: v128, origin: v128, lowest: v128, step: v128, magicK: v128, rest: v128, magic: v128, high: v128, low: v128,
): v128 {
  return reducedNear(f64x2.sub(x, origin), lowest, step, magicK, rest, magic, high, low);
}
// @ts-ignore: decorator
@inline
export function reducedNear(
  x: v128, lowest: v128, step: v128, magicK: v128, rest: v128, magic: v128, high: v128, low: v128,
): v128 {
  const r = f64x2.sub(nmadd64(f64x2.sub(step, magicK), high, f64x2.pmax(x, lowest)), rest);
  return nmadd64(f64x2.sub(step, magic), low, r);
}

// With a temperature T, x in the above is not a logit but (x - max) / T, formed as a pair of float64: `quotient` and
// its error; the frame is that of max = 0. temperature.ts explains `prescale`; `t` and `tRest` are the two parts of
// 1 / (T prescale), `scaledMax` is max prescale.
// @ts-ignore: decorator
@inline
export function quotient(x: v128, scaledMax: v128, prescale: v128, t: v128): v128 {
  return f64x2.mul(f64x2.sub(f64x2.mul(x, prescale), scaledMax), t);
}
/** Anything, even NaN, where the quotient is infinite. */
// @ts-ignore: decorator
@inline
export function quotientError(x: v128, scaledMax: v128, prescale: v128, t: v128, tRest: v128, quotient: v128): v128 {
  const scaledX = f64x2.mul(x, prescale), difference = f64x2.sub(scaledX, scaledMax);
  const left = f64x2.mul(differenceError(scaledX, scaledMax, difference), t);
  return f64x2.add(productError(difference, t, quotient), madd64(difference, tRest, left));
}
/** r for a quotient. */
// @ts-ignore: decorator
@inline
export function reducedQuotient(
  quotient: v128, error: v128, lowest: v128, step: v128, magic: v128, high: v128, low: v128,
): v128 {
  const n = f64x2.sub(step, magic), r = nmadd64(n, high, f64x2.pmax(quotient, lowest));
  return nmadd64(n, low, f64x2.add(r, v128.and(error, f64x2.gt(quotient, lowest))));
}

/** r for a difference that is one double, in the frame of max = 0. */
// @ts-ignore: decorator
@inline
export function reducedAlone(x: v128, lowest: v128, step: v128, magic: v128, high: v128, low: v128): v128 {
  const n = f64x2.sub(step, magic);
  return nmadd64(n, low, nmadd64(n, high, f64x2.pmax(x, lowest)));
}

// @ts-ignore: decorator
@inline
export function tableIndex(step: v128, mask: v128): v128 { return v128.and(i64x2.shl(step, 4), mask); }
/** A lane's table entry: the tail of 2^(j / 256), and its bits. */
// @ts-ignore: decorator
@inline
export function entry(index: v128, lane: u8): v128 {
  return v128.load(lane == 0 ? i32x4.extract_lane(index, 0) : i32x4.extract_lane(index, 2), EXPONENTIALS);
}

/** 2^256 2^(n / 256), rounded. */
// @ts-ignore: decorator
@inline
export function power(a: v128, b: v128, step: v128): v128 {
  return i64x2.add(v128.shuffle<u64>(a, b, 1, 3), i64x2.shl(step, 44));
}
/** e^r, times what the rounding of the power of two took from it, less 1. */
// @ts-ignore: decorator
@inline
export function growth(a: v128, b: v128, r: v128, c2: v128, c3: v128, c4: v128): v128 {
  const p = madd64(madd64(c4, r, c3), r, c2);
  return madd64(p, f64x2.mul(r, r), f64x2.add(r, v128.shuffle<u64>(a, b, 0, 2)));
}
/** power (1 + growth), rounded. */
// @ts-ignore: decorator
@inline
export function grown(power: v128, growth: v128): v128 { return madd64(power, growth, power); }
/** What the rounding of `grown` left. */
// @ts-ignore: decorator
@inline
export function remainder(power: v128, growth: v128, grown: v128): v128 {
  return madd64(power, growth, f64x2.sub(power, grown));
}

/** The second results of `exponentialOf`: power and growth. */
export let lastPower: v128 = f64x2.splat(0);
export let lastGrowth: v128 = f64x2.splat(0);

/** All of the above for one pair, off the main loops. */
export function exponentialOf(x: v128, m: v128, divide: bool, prescale: v128, t: v128, tRest: v128): v128 {
  const magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW);
  let j: v128, r: v128;
  if (divide) {
    const zero = f64x2.splat(0), lowest = constant(LOWEST), scaledMax = f64x2.mul(m, prescale), q = quotient(x, scaledMax, prescale, t);
    j = step(q, zero, zero, lowest, constant(STEPS), magic);
    r = reducedQuotient(q, quotientError(x, scaledMax, prescale, t, tRest, q), lowest, j, magic, high, low);
  } else {
    const origin = originOf(m), max = f64x2.sub(m, origin), lowest = lowestOf(max);
    j = step(x, origin, max, lowest, constant(STEPS), magic);
    r = reduced(x, origin, lowest, j, magicOf(max), restOf(max), magic, high, low);
  }
  const index = tableIndex(j, indexMask()), a = entry(index, 0), b = entry(index, 1);
  lastPower = power(a, b, j);
  lastGrowth = growth(a, b, r, constant(C2), constant(C3), constant(C4));
  return grown(lastPower, lastGrowth);
}
