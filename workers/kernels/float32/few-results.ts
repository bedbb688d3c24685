// From a band's slots of exponentials, 1 / sum and log-sum-exp to the results that are stored: see few-stages.ts.
import { promoteHigh, promoteLow } from '../common';
import { EXPONENTIALS, FIRST, L, LARGEST, ROUNDED, SECOND, SLOT, TAKEN } from './band-state';
import { c2, c3, c4, c5, c6, ln2High, ln2Low, log2e, lowest, magic } from './exponential';
import { fill } from './few-stages';
import { halfMask, logProbabilityOfFew, lowered, probabilityOfBoth, smallestNormal, unlift } from './results';

/** Logits to log-probabilities; with `fill`, their exponentials go to the slots. */
// @ts-ignore: decorator
@inline
export function logsOfFew(
  count: i32, sum: bool, source: usize, stride: usize, target: usize, targetStride: usize, rows: usize, scratch: usize,
): void {
  const l2e = log2e(), mg = magic(), ln2 = ln2High(), rest = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    floor = lowest();
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, s4 = stride << 2;
  const t1 = targetStride, t2 = targetStride << 1, t3 = targetStride * 3, t4 = targetStride << 2;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, from = source + at, to = target + at, wide = scratch + (at << 1);
    const m = v128.load(state, LARGEST), low = promoteLow(m), high = promoteHigh(m), l = v128.load(wide, L), k = v128.load(wide, L + 16);
    let lp = logProbabilityOfFew(v128.load(from), low, high, l, k);
    v128.store(to, lp);
    if (sum) fill(state, f32x4.pmax(lp, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    lp = logProbabilityOfFew(v128.load(from + s1), low, high, l, k);
    v128.store(to + t1, lp);
    if (sum) fill(state + SLOT, f32x4.pmax(lp, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    if (count >= 3) {
      lp = logProbabilityOfFew(v128.load(from + s2), low, high, l, k);
      v128.store(to + t2, lp);
      if (sum) fill(state + 2 * SLOT, f32x4.pmax(lp, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    }
    if (count >= 4) {
      lp = logProbabilityOfFew(v128.load(from + s3), low, high, l, k);
      v128.store(to + t3, lp);
      if (sum) fill(state + 3 * SLOT, f32x4.pmax(lp, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    }
    if (count >= 5) {
      lp = logProbabilityOfFew(v128.load(from + s4), low, high, l, k);
      v128.store(to + t4, lp);
      if (sum) fill(state + 4 * SLOT, f32x4.pmax(lp, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    }
  }
}

/** The slots' exponentials to probabilities, and their sums. */
// @ts-ignore: decorator
@inline
export function probabilitiesOfFew(
  count: i32, deep: bool, target: usize, stride: usize, rows: usize, sums: usize, scratch: usize,
): void {
  const mask = halfMask(), down = unlift(), bound = smallestNormal();
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, s4 = stride << 2;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, to = target + at, sum = sums + (at << 1);
    const first = v128.load(state, FIRST), second = v128.load(state, SECOND),
      rounded = ASC_FEATURE_RELAXED_SIMD ? first : v128.load(state, ROUNDED);
    let p = probabilityAt(deep, state, to, first, second, rounded, mask, down, bound), low = promoteLow(p), high = promoteHigh(p);
    p = probabilityAt(deep, state + SLOT, to + s1, first, second, rounded, mask, down, bound);
    low = f64x2.add(low, promoteLow(p));
    high = f64x2.add(high, promoteHigh(p));
    if (count >= 3) {
      p = probabilityAt(deep, state + 2 * SLOT, to + s2, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(p));
      high = f64x2.add(high, promoteHigh(p));
    }
    if (count >= 4) {
      p = probabilityAt(deep, state + 3 * SLOT, to + s3, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(p));
      high = f64x2.add(high, promoteHigh(p));
    }
    if (count >= 5) {
      p = probabilityAt(deep, state + 4 * SLOT, to + s4, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(p));
      high = f64x2.add(high, promoteHigh(p));
    }
    v128.store(sum, low);
    v128.store(sum, high, 16);
  }
}

/** From the slot at `from`. */
// @ts-ignore: decorator
@inline
function probabilityAt(
  deep: bool, from: usize, to: usize, first: v128, second: v128, rounded: v128, mask: v128, down: v128, bound: v128,
): v128 {
  let p = probabilityOfBoth(v128.load(from, EXPONENTIALS), v128.load(from, TAKEN), first, second, rounded, mask);
  if (deep) p = lowered(p, down, bound);
  v128.store(to, p);
  return p;
}
