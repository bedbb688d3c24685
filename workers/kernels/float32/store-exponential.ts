// One vector of exponentials in a loop: stored, and what rounding took from them returned. Four lanes (`whole`), or the
// first `count`. Everything else is explained in exponential.ts.
import { demote } from '../common';
import {
  argumentOf, beyond, grown, highOf, highOfLog, lostOf, lowOf, lowOf64, lowOfLog, powerOf, reducedOf64, roundedOf, roundedOf64,
  roundedOfLog, wordsOf,
} from './exponential';
import { put } from './lanes';

/** Of y, reachable; `magic` is the row's. */
// @ts-ignore: decorator
@inline
export function storeExponential(
  to: usize, whole: bool, count: usize, y: v128, shift: v128, magic: v128, restHigh: v128, restLow: v128,
  log2e: v128, ln2High: v128, ln2Low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = roundedOf(y, log2e, shift, magic), n = f32x4.sub(j, magic), s = powerOf(j);
  const high = highOf(y, n, restHigh, ln2High), rest = beyond(high, lowOf(n, restLow, ln2Low), c6, c5, c4, c3, c2);
  const e = grown(s, high, rest);
  put(to, whole, count, e);
  return lostOf(s, e, high, rest);
}

/** Of (x - max) inverse. */
// @ts-ignore: decorator
@inline
export function storeQuotientExponential(
  to: usize, whole: bool, count: usize, xLow: v128, xHigh: v128, maxLow: v128, maxHigh: v128, inverse: v128,
  c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const low = argumentOf(xLow, maxLow, inverse), high = argumentOf(xHigh, maxHigh, inverse);
  const jLow = roundedOf64(low), jHigh = roundedOf64(high), rLow = reducedOf64(low, jLow), rHigh = reducedOf64(high, jHigh);
  const r = demote(rLow, rHigh), s = powerOf(wordsOf(jLow, jHigh)), rest = beyond(r, lowOf64(rLow, rHigh, r), c6, c5, c4, c3, c2);
  const e = grown(s, r, rest);
  put(to, whole, count, e);
  return lostOf(s, e, r, rest);
}

/** Of a stored log-probability. */
// @ts-ignore: decorator
@inline
export function storeExponentialOfLog(
  to: usize, whole: bool, count: usize, lp: v128, log2e: v128, magic: v128, ln2High: v128, ln2Low: v128,
  c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = roundedOfLog(lp, log2e, magic), n = f32x4.sub(j, magic), s = powerOf(j);
  const high = highOfLog(lp, n, ln2High), rest = beyond(high, lowOfLog(n, ln2Low), c6, c5, c4, c3, c2), e = grown(s, high, rest);
  put(to, whole, count, e);
  return lostOf(s, e, high, rest);
}
