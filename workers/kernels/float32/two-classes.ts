// Two plain columns: the larger number's exponential is SCALE, so that only the smaller one's has to be computed. What
// comes out is the same as from the stages of any other number of classes, to the bit. `rows` is a multiple of four.
import { promoteHigh, promoteLow } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { finishLogarithms, invertSums } from './band';
import { BUFFER, FIRST, L, LOST, OTHERS, ROUNDED, SECOND, SMALLEST } from './band-state';
import { copy, plainExponentials } from './calls';
import { SCALE } from './exponential';
import { biasedOf64, fractionOf64 } from './logarithm';
import { halfMask, probability } from './results';

/** Whether both numbers of every row are finite: the extremes leave NaN aside. */
export function areFinite(source: usize, stride: usize, rows: usize): bool {
  let all = i32x4.splat(-1);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const difference = f32x4.sub(v128.load(source + at), v128.load(source + stride + at));
    all = v128.and(all, f32x4.eq(difference, difference));
  }
  return i32x4.all_true(all);
}

/** Two plain columns up to their probabilities and log-sum-exp. */
export function overTwo(
  op: i32, x: usize, sourceStride: usize, p: usize, targetStride: usize, logs: usize, logStride: usize, rows: usize, sums: usize,
  scratch: usize,
): void {
  plainExponentials(true, true, scratch + SMALLEST, scratch + BUFFER, rows, scratch);
  if (op == BOTH) {
    copy(true, x, logs, rows);
    copy(true, x + sourceStride, logs + logStride, rows);
  }
  if (op != SOFTMAX) {
    startLogarithms(rows, scratch);
    finishLogarithms(false, rows, scratch);
  }
  if (op != LOG_SOFTMAX) {
    addWinners(rows, sums, scratch);
    invertSums(rows, sums, scratch);
    probabilitiesOfTwo(x, sourceStride, p, targetStride, rows, sums, scratch);
  }
}

/** The smaller ones' exponentials lie at `BUFFER`; their sums with the larger ones' go to `sums`. */
function addWinners(rows: usize, sums: usize, scratch: usize): void {
  const winner = f64x2.splat(SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const e = v128.load(scratch + at, BUFFER), sum = sums + (at << 1);
    v128.store(sum, f64x2.add(winner, promoteLow(e)));
    v128.store(sum, f64x2.add(winner, promoteHigh(e)), 16);
  }
}

/** What `log1p64` needs of all exponentials but one of the largest, for `finishLogarithms` of band.ts. */
function startLogarithms(rows: usize, scratch: usize): void {
  const unscale = f64x2.splat(1 / SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const e = v128.load(scratch + at, BUFFER), lost = v128.load(scratch + at, LOST), state = scratch + (at << 1);
    const low = f64x2.mul(f64x2.add(promoteLow(e), promoteLow(lost)), unscale),
      high = f64x2.mul(f64x2.add(promoteHigh(e), promoteHigh(lost)), unscale);
    const biasedLow = biasedOf64(low), biasedHigh = biasedOf64(high);
    v128.store(state, fractionOf64(low, biasedLow), L);
    v128.store(state, fractionOf64(high, biasedHigh), L + 16);
    v128.store(state, biasedLow, OTHERS);
    v128.store(state, biasedHigh, OTHERS + 16);
  }
}

/** Probabilities in the place of both columns, or elsewhere, and their sums. */
function probabilitiesOfTwo(
  source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: usize, sums: usize, scratch: usize,
): void {
  const mask = halfMask(), winner = f32x4.splat(<f32>SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, sum = sums + (at << 1), to = target + at;
    const first = v128.load(state, FIRST), second = v128.load(state, SECOND);
    const rounded = ASC_FEATURE_RELAXED_SIMD ? first : v128.load(state, ROUNDED);
    const isLarger = f32x4.ge(v128.load(source + at), v128.load(source + sourceStride + at));
    const larger = probability(winner, first, second, rounded, mask),
      smaller = probability(v128.load(state, BUFFER), first, second, rounded, mask);
    v128.store(to, v128.bitselect(larger, smaller, isLarger));
    v128.store(to + targetStride, v128.bitselect(smaller, larger, isLarger));
    v128.store(sum, f64x2.add(promoteLow(larger), promoteLow(smaller)));
    v128.store(sum, f64x2.add(promoteHigh(larger), promoteHigh(smaller)), 16);
  }
}
