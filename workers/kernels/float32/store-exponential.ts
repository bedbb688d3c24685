// One vector of exponentials in a loop: stored, and what rounding took from them returned. Four lanes (`whole`), or the
// first `count`. Everything else is explained in exponential.ts.
import { demote } from '../common';
import {
  argumentOf, beyond, grown, highOf, lostOf, lowOf, lowOf64, lowOfLog, powerOf, reducedOf64, restOf, roundedOf, roundedOf64, wordsOf,
} from './exponential';
import { put } from './lanes';

/** Of y, reachable; `magic` and `rest` are the row's. */
// @ts-ignore: decorator
@inline
export function storeExponential(
  to: usize, whole: bool, count: usize, y: v128, log2e: v128, magic: v128, rest: v128, ln2High: v128, ln2Low: v128,
  c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = roundedOf(y, log2e, magic), n = f32x4.sub(j, magic), s = powerOf(j);
  const high = highOf(y, n, ln2High), more = beyond(high, lowOf(n, rest, ln2Low), c6, c5, c4, c3, c2), e = grown(s, high, more);
  put(to, whole, count, e);
  return lostOf(s, e, high, more);
}

/** Of the row's largest number less its origin. Returns the row's `rest`, with which rounding takes next to nothing from it. */
// @ts-ignore: decorator
@inline
export function storeLargest(
  to: usize, max: v128, k: v128, log2e: v128, magic: v128, ln2High: v128, ln2Low: v128, c6: v128, c5: v128, c4: v128, c3: v128,
  c2: v128,
): v128 {
  const rest = restOf(k, ln2Low);
  const lost = storeExponential(to, true, 0, max, log2e, magic, rest, ln2High, ln2Low, c6, c5, c4, c3, c2);
  return f32x4.sub(rest, f32x4.div(lost, v128.load(to)));
}

/** Of a stored log-probability. */
// @ts-ignore: decorator
@inline
export function storeExponentialOfLog(
  to: usize, lp: v128, log2e: v128, magic: v128, ln2High: v128, ln2Low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): v128 {
  const j = roundedOf(lp, log2e, magic), n = f32x4.sub(j, magic), s = powerOf(j);
  const high = highOf(lp, n, ln2High), more = beyond(high, lowOfLog(n, ln2Low), c6, c5, c4, c3, c2), e = grown(s, high, more);
  v128.store(to, e);
  return lostOf(s, e, high, more);
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
