// What checks log(softmax) against log_softmax, wherever results lie one behind the other.
import { loadTail32, madd } from '../common';

const TABLE: usize = memory.data<f32>([
  0.693359375, -2.1219444e-4, 1.0,
  // Minimax coefficients of f^8 … f^2 in log(1 + f) = f + …; the largest error on [sqrt(1/2) - 1, sqrt(2) - 1] is 3.7e-8.
  -0.10035194456577301, 0.16335831582546234, -0.1732587218284607, 0.19888247549533844, -0.24961474537849426,
  0.33335262537002563, -0.500005841255188,
]);
const SQRT_HALF: usize = memory.data<u32>([0x3f3504f3]);
// Loaded into locals before the loop, as in exponential.ts.
// @ts-ignore: decorator
@inline
function constant(index: usize): v128 { return v128.load32_splat(TABLE + (index << 2)); }

/** The largest |log p - lp| in lanes, over the p of `count` that are not below `normal`. */
export function differenceOf(probabilities: usize, logs: usize, count: usize, normal: v128): v128 {
  const sqrtHalf = v128.load32_splat(SQRT_HALF), ln2 = constant(0), ln2Rest = constant(1), one = constant(2), c8 = constant(3),
    c7 = constant(4), c6 = constant(5), c5 = constant(6), c4 = constant(7), c3 = constant(8), c2 = constant(9);
  const length = count << 2, whole = length & ~15, tail = count & 3;
  let difference = f32x4.splat(0), at: usize = 0;
  for (; at < whole; at += 16)
    difference = f32x4.pmax(difference, differenceOfLogs(
      v128.load(probabilities + at), v128.load(logs + at), normal, sqrtHalf, ln2, ln2Rest, one, c8, c7, c6, c5, c4, c3, c2,
    ));
  if (tail) {
    const zero = f32x4.splat(0);
    difference = f32x4.pmax(difference, differenceOfLogs(
      loadTail32(probabilities + at, tail, zero), loadTail32(logs + at, tail, zero), normal, sqrtHalf, ln2, ln2Rest, one, c8, c7,
      c6, c5, c4, c3, c2,
    ));
  }
  return difference;
}

/** |log p - lp| where p is not below `normal`, else 0; log p to about an ulp or 1e-7, whichever is more. */
// @ts-ignore: decorator
@inline
function differenceOfLogs(
  p: v128, lp: v128, normal: v128, sqrtHalf: v128, ln2: v128, ln2Rest: v128, one: v128, c8: v128, c7: v128, c6: v128, c5: v128,
  c4: v128, c3: v128, c2: v128,
): v128 {
  const e = i32x4.shr_s(i32x4.sub(p, sqrtHalf), 23), f = f32x4.sub(i32x4.sub(p, i32x4.shl(e, 23)), one), exponent = f32x4.convert_i32x4_s(e);
  // Two halves of the polynomial, so that they need not wait for each other.
  const f2 = f32x4.mul(f, f), upper = madd(madd(c8, f, c7), f2, madd(c6, f, c5)), lower = madd(madd(c4, f, c3), f, c2);
  const q = madd(madd(upper, f32x4.mul(f2, f), lower), f2, madd(exponent, ln2Rest, f));
  return v128.and(f32x4.abs(f32x4.sub(madd(exponent, ln2, q), lp)), f32x4.ge(p, normal));
}
