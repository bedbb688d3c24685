// From a band's slots of exponentials, 1 / sum and log-sum-exp to the results that are stored: see few-stages.ts.
import { promoteHigh, promoteLow } from '../common';
import { EXPONENTIALS, FIRST, L, LARGEST, ROUNDED, SECOND, SLOT, TAKEN } from './band-state';
import { c2, c3, c4, c5, c6, ln2High, ln2Low, log2e, lowest, magic } from './exponential';
import { firstHalves, highs, lows, secondHalves } from './few-classes';
import { fill } from './few-stages';
import { halfMask, logProbabilityOfFew, lowered, probabilityOfBoth, smallestNormal, unlift } from './results';

/** Logits to log-probabilities, in columns or in rows; with `sum`, their exponentials go to the slots. */
// @ts-ignore: decorator
@inline
export function logsOfFew(
  count: i32, sum: bool, inRows: bool, source: usize, stride: usize, target: usize, targetStride: usize, rows: usize, scratch: usize,
): void {
  const l2e = log2e(), mg = magic(), ln2 = ln2High(), rest = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    floor = lowest();
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, s4 = stride << 2;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, from = source + at, wide = scratch + (at << 1);
    const m = v128.load(state, LARGEST), low = promoteLow(m), high = promoteHigh(m), l = v128.load(wide, L), k = v128.load(wide, L + 16);
    const a = logProbabilityOfFew(v128.load(from), low, high, l, k), b = logProbabilityOfFew(v128.load(from + s1), low, high, l, k);
    let c = a, d = a, e = a;
    if (count >= 3) c = logProbabilityOfFew(v128.load(from + s2), low, high, l, k);
    if (count >= 4) d = logProbabilityOfFew(v128.load(from + s3), low, high, l, k);
    if (count >= 5) e = logProbabilityOfFew(v128.load(from + s4), low, high, l, k);
    put(count, inRows, target, targetStride, at, a, b, c, d, e);
    if (!sum) continue;
    fill(state, f32x4.pmax(a, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    fill(state + SLOT, f32x4.pmax(b, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    if (count >= 3) fill(state + 2 * SLOT, f32x4.pmax(c, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    if (count >= 4) fill(state + 3 * SLOT, f32x4.pmax(d, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
    if (count >= 5) fill(state + 4 * SLOT, f32x4.pmax(e, floor), mg, l2e, ln2, rest, k6, k5, k4, k3, k2);
  }
}

/** The slots' exponentials to probabilities, in columns or in rows, and their sums. */
// @ts-ignore: decorator
@inline
export function probabilitiesOfFew(
  count: i32, deep: bool, inRows: bool, target: usize, stride: usize, rows: usize, sums: usize, scratch: usize,
): void {
  const mask = halfMask(), down = unlift(), bound = smallestNormal();
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, sum = sums + (at << 1), first = v128.load(state, FIRST), second = v128.load(state, SECOND),
      rounded = ASC_FEATURE_RELAXED_SIMD ? first : v128.load(state, ROUNDED);
    const a = probabilityAt(deep, state, first, second, rounded, mask, down, bound),
      b = probabilityAt(deep, state + SLOT, first, second, rounded, mask, down, bound);
    let c = a, d = a, e = a, low = f64x2.add(promoteLow(a), promoteLow(b)), high = f64x2.add(promoteHigh(a), promoteHigh(b));
    if (count >= 3) {
      c = probabilityAt(deep, state + 2 * SLOT, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(c));
      high = f64x2.add(high, promoteHigh(c));
    }
    if (count >= 4) {
      d = probabilityAt(deep, state + 3 * SLOT, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(d));
      high = f64x2.add(high, promoteHigh(d));
    }
    if (count >= 5) {
      e = probabilityAt(deep, state + 4 * SLOT, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(e));
      high = f64x2.add(high, promoteHigh(e));
    }
    put(count, inRows, target, stride, at, a, b, c, d, e);
    v128.store(sum, low);
    v128.store(sum, high, 16);
  }
}

// @ts-ignore: decorator
@inline
function probabilityAt(
  deep: bool, slot: usize, first: v128, second: v128, rounded: v128, mask: v128, down: v128, bound: v128,
): v128 {
  const p = probabilityOfBoth(v128.load(slot, EXPONENTIALS), v128.load(slot, TAKEN), first, second, rounded, mask);
  return deep ? lowered(p, down, bound) : p;
}

/** Four rows of `count` results: `at` bytes behind the start of each column, or one row after the other. */
// @ts-ignore: decorator
@inline
function put(
  count: i32, inRows: bool, target: usize, stride: usize, at: usize, a: v128, b: v128, c: v128, d: v128, e: v128,
): void {
  if (inRows) {
    putRows(count, target + at * count, a, b, c, d, e);
  } else {
    const to = target + at;
    v128.store(to, a);
    v128.store(to + stride, b);
    if (count >= 3) v128.store(to + (stride << 1), c);
    if (count >= 4) v128.store(to + stride * 3, d);
    if (count >= 5) v128.store(to + (stride << 2), e);
  }
}

// @ts-ignore: decorator
@inline
function putRows(count: i32, to: usize, a: v128, b: v128, c: v128, d: v128, e: v128): void {
  const ab = lows(a, b), ab2 = highs(a, b);
  if (count == 2) {
    v128.store(to, ab);
    v128.store(to, ab2, 16);
  } else if (count == 3) {
    v128.store(to, i32x4.shuffle(ab, i32x4.shuffle(a, c, 1, 4, 1, 4), 0, 1, 5, 4));
    v128.store(to, i32x4.shuffle(i32x4.shuffle(b, c, 1, 5, 1, 5), ab2, 0, 1, 4, 5), 16);
    v128.store(to, i32x4.shuffle(i32x4.shuffle(c, a, 2, 7, 2, 7), i32x4.shuffle(b, c, 3, 7, 3, 7), 0, 1, 4, 5), 32);
  } else {
    const cd = lows(c, d), cd2 = highs(c, d), length = <usize>count << 2;
    v128.store(to, firstHalves(ab, cd));
    v128.store(to + length, secondHalves(ab, cd));
    v128.store(to + (length << 1), firstHalves(ab2, cd2));
    v128.store(to + length * 3, secondHalves(ab2, cd2));
    if (count == 4) return;
    v128.store32_lane(to, e, 0, 16);
    v128.store32_lane(to, e, 1, 36);
    v128.store32_lane(to, e, 2, 56);
    v128.store32_lane(to, e, 3, 76);
  }
}
