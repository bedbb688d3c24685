// Natural logarithms: in float64 lanes for log-sum-exp, in float32 lanes to check log(softmax) against log_softmax.
import { madd, madd64 } from '../common';

const TABLE64: usize = memory.data<f64>([
  0.6931471805599453,
  // 2 atanh(s) = 2 s (1 + s^2/3 + …); |s| <= 0.1716, the first term left out is below 2^-44 of the sum.
  0.06666666666666667, 0.07692307692307693, 0.09090909090909091, 0.1111111111111111, 0.14285714285714285, 0.2,
  0.3333333333333333,
  1.0, 2.0,
  4503599627371519.0, // 2^52 + 1023
]);
// @ts-ignore: decorator
@inline
function constant64(index: usize): v128 { return v128.load64_splat(TABLE64 + (index << 3)); }

/** log(1 + w) for w >= 0 in float64 lanes, relative error below 2^-43, tiny w included. */
export function log1p64(w: v128): v128 {
  const one = constant64(8);
  const u = f64x2.add(one, w);
  // u = 2^e f with f in [sqrt(1/2), sqrt(2))
  const biased = i64x2.shr_u(i64x2.add(u, i64x2.splat(0x3ff0000000000000 - 0x3fe6a09e667f3bcd)), 52);
  const e = i64x2.sub(biased, i64x2.splat(1023));
  const f = f64x2.sub(i64x2.sub(u, i64x2.shl(e, 52)), one);
  // Where e = 0, w itself is f without the rounding of 1 + w.
  const t = v128.bitselect(w, f, i64x2.eq(e, i64x2.splat(0)));
  const s = f64x2.div(t, f64x2.add(t, constant64(9)));
  const z = f64x2.mul(s, s);
  let p = madd64(constant64(1), z, constant64(2));
  p = madd64(p, z, constant64(3));
  p = madd64(p, z, constant64(4));
  p = madd64(p, z, constant64(5));
  p = madd64(p, z, constant64(6));
  p = madd64(p, z, constant64(7));
  p = f64x2.mul(p, z);
  const s2 = f64x2.add(s, s);
  const exponent = f64x2.sub(v128.or(biased, f64x2.splat(4503599627370496.0)), constant64(10));
  return madd64(exponent, constant64(0), madd64(s2, p, s2));
}

const TABLE: usize = memory.data<f32>([
  0.693359375, -2.1219444e-4, 1.0,
  // Minimax coefficients of f^8 … f^2 in log(1 + f) = f + …; the largest error on [sqrt(1/2) - 1, sqrt(2) - 1] is 3.7e-8.
  -0.10035194456577301, 0.16335831582546234, -0.1732587218284607, 0.19888247549533844, -0.24961474537849426,
  0.33335262537002563, -0.500005841255188,
]);
// @ts-ignore: decorator
@inline
function constant(index: usize): v128 { return v128.load32_splat(TABLE + (index << 2)); }

/** log p of positive normal numbers in float32 lanes, to about an ulp or 1e-7, whichever is more. */
// @ts-ignore: decorator
@inline
export function logarithm(p: v128): v128 {
  const e = i32x4.shr_s(i32x4.sub(p, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(p, i32x4.shl(e, 23)), constant(2));
  const exponent = f32x4.convert_i32x4_s(e);
  let q = madd(constant(3), f, constant(4));
  q = madd(q, f, constant(5));
  q = madd(q, f, constant(6));
  q = madd(q, f, constant(7));
  q = madd(q, f, constant(8));
  q = madd(q, f, constant(9));
  q = madd(q, f32x4.mul(f, f), madd(exponent, constant(1), f));
  return madd(exponent, constant(0), q);
}
