// dim 0: e^(x - reference) in float32 lanes, scaled by 2^24, where the reference of a column is any of its logits. Like
// exponential.ts, x is reduced by itself, and the reference's own reduction is subtracted in two parts,
//   n = rint((x - reference) log2 e) + k,   r = (x - n ln2) - (reference - k ln2),   k = rint(reference log2 e),
// so that the reference itself always comes out as exactly 2^24.
import { madd } from '../common';
import { grown, powerOf } from './exponential';

// The frame of a column. `max` is what remains of the reference when the origin is subtracted, `k` its exponent; ln2's high
// part has 9 bits here in both builds.

/** Below this, a number is as good as -inf: its n is k - 151. */
// @ts-ignore: decorator
@inline
export function floorOf(max: v128, lowest: v128): v128 { return f32x4.add(max, lowest); }
/** k - max log2 e: rint(y log2 e + this) is n. */
// @ts-ignore: decorator
@inline
export function shiftOf(max: v128, k: v128, log2e: v128): v128 { return f32x4.sub(k, f32x4.mul(max, log2e)); }
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

// @ts-ignore: decorator
@inline
function roundedOf(y: v128, log2e: v128, shift: v128, magic: v128): v128 { return f32x4.add(madd(y, log2e, shift), magic); }
// @ts-ignore: decorator
@inline
function highOf(y: v128, n: v128, restHigh: v128, ln2High: v128): v128 { return f32x4.add(y, madd(n, ln2High, restHigh)); }
// @ts-ignore: decorator
@inline
function lowOf(n: v128, restLow: v128, ln2Low: v128): v128 { return madd(n, ln2Low, restLow); }
/** e^(high + low) - 1 - high; `low` is so small that rounding high + low does not matter. */
// @ts-ignore: decorator
@inline
function beyond(high: v128, low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128): v128 {
  const r = f32x4.add(high, low), q = f32x4.mul(r, r);
  const p = madd(madd(c6, q, madd(c5, r, c4)), q, madd(c3, r, c2));
  return madd(p, q, low);
}
/** e^(y - max) 2^24; NaN for NaN. y is at least `floorOf`. */
// @ts-ignore: decorator
@inline
export function exponential(
  y: v128, shift: v128, magic: v128, restHigh: v128, restLow: v128, log2e: v128, ln2High: v128, ln2Low: v128, c6: v128,
  c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = roundedOf(y, log2e, shift, magic), n = f32x4.sub(j, magic), high = highOf(y, n, restHigh, ln2High);
  return grown(powerOf(j), high, beyond(high, lowOf(n, restLow, ln2Low), c6, c5, c4, c3, c2));
}

