// Natural logarithms in float64 lanes, for log-sum-exp.
import { madd64 } from '../common';

const TABLE64: usize = memory.data<f64>([
  0.6931471805599453,
  // Minimax coefficients in 2 atanh(s) = 2 s (1 + s^2 (…)); for |s| <= 0.1716 the error is below 2^-44.6 of the sum.
  0.33333333337053583, 0.1999999808094251, 0.14286027974501142, 0.11089132280201118, 0.09778042751329977,
  1.0, 2.0,
  4503599627371519.0, // 2^52 + 1023
]);
const BITS64: usize = memory.data<u64>([
  0x3ff0000000000000 - 0x3fe6a09e667f3bcd, // 1 less sqrt(1/2)
  1023,
  0x4330000000000000, // 2^52
]);
// @ts-ignore: decorator
@inline
function bits64(index: usize): v128 { return v128.load64_splat(BITS64 + (index << 3)); }
// @ts-ignore: decorator
@inline
function constant64(index: usize): v128 { return v128.load64_splat(TABLE64 + (index << 3)); }

// log(1 + w) for w >= 0 in float64 lanes, relative error below 2^-44, tiny w included: 1 + w = 2^e (1 + t), with 1 + t in
// [sqrt(1/2), sqrt(2)). In two steps, which a loop of its own for each overlaps better.

/** e, as bits that `exponentOf64` reads. */
// @ts-ignore: decorator
@inline
export function biasedOf64(w: v128): v128 {
  return i64x2.shr_u(i64x2.add(f64x2.add(constant64(6), w), bits64(0)), 52);
}
// @ts-ignore: decorator
@inline
export function fractionOf64(w: v128, biased: v128): v128 {
  const one = constant64(6), e = i64x2.sub(biased, bits64(1));
  const f = f64x2.sub(i64x2.sub(f64x2.add(one, w), i64x2.shl(e, 52)), one);
  // Where e = 0, w itself is t without the rounding of 1 + w.
  return v128.bitselect(w, f, i64x2.eq(biased, bits64(1)));
}
// @ts-ignore: decorator
@inline
export function logarithm64(t: v128, biased: v128): v128 {
  const s = f64x2.div(t, f64x2.add(t, constant64(7)));
  const z = f64x2.mul(s, s), z2 = f64x2.mul(z, z);
  let p = madd64(constant64(5), z2, madd64(constant64(4), z, constant64(3)));
  p = madd64(p, z2, madd64(constant64(2), z, constant64(1)));
  const s2 = f64x2.add(s, s);
  const exponent = f64x2.sub(v128.or(biased, bits64(2)), constant64(8));
  return madd64(exponent, constant64(0), madd64(s2, f64x2.mul(p, z), s2));
}
// @ts-ignore: decorator
@inline
export function log1p64(w: v128): v128 {
  const biased = biasedOf64(w);
  return logarithm64(fractionOf64(w, biased), biased);
}

const FEW_TABLE: usize = memory.data<f64>([
  0.41421356237309503, 1.8284271247461901,
  // Minimax coefficients like those above, for |s| <= 0.2002; the error is below 2^-35.3 of the sum.
  0.33333331537231203, 0.20000432573114168, 0.14253446258780753, 0.12051105772002398,
]);
/** The constants of `logarithmOfFew`: its bounds, then the coefficients of s^2 … s^8. Loaded into locals, as in exponential.ts. */
// @ts-ignore: decorator
@inline
export function ofFew(index: usize): v128 { return v128.load64_splat(FEW_TABLE + (index << 3)); }
/** log 2 */
// @ts-ignore: decorator
@inline
export function log2(): v128 { return constant64(0); }

/**
 * log(1 + others / top) of few exponentials, `top` being the largest: the sum is at most three times as much as `top`, or
 * with `more` five times. With 2^e top = power, it is e log 2 + 2 atanh((sum - power) / (sum + power)).
 */
// @ts-ignore: decorator
@inline
export function logarithmOfFew(
  more: bool, others: v128, top: v128, log2: v128, first: v128, second: v128, c2: v128, c4: v128, c6: v128, c8: v128,
): v128 {
  let above = f64x2.gt(others, f64x2.mul(top, first)), beyond = v128.and(top, above), power = f64x2.add(top, beyond),
    exponent = v128.and(log2, above);
  if (more) {
    above = f64x2.gt(others, f64x2.mul(top, second));
    const step = v128.and(power, above);
    beyond = f64x2.add(beyond, step);
    power = f64x2.add(power, step);
    exponent = f64x2.add(exponent, v128.and(log2, above));
  }
  const s = f64x2.div(f64x2.sub(others, beyond), f64x2.add(f64x2.add(others, top), power));
  const z = f64x2.mul(s, s), p = madd64(madd64(c8, z, c6), f64x2.mul(z, z), madd64(c4, z, c2)), s2 = f64x2.add(s, s);
  return f64x2.add(exponent, madd64(s2, f64x2.mul(p, z), s2));
}
