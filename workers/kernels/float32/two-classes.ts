// Two classes: the exponential of the smaller number less the larger one, whose own is then SCALE, is all there is to
// compute. Their difference is taken with its rounding error.
import { promoteHigh, promoteLow } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { deep, finishLogarithms, invertSums } from './band';
import { BUFFER, EXPONENT, FIRST, L, LARGEST, LOST, ROUNDED, SECOND, SMALLEST } from './band-state';
import { copy } from './calls';
import { SCALE, c2, c3, c4, c5, c6, ln2High, ln2Low, log2e, lowest, magic } from './exponential';
import { get, put } from './lanes';
import { biasedOf64, fractionOf64 } from './logarithm';
import { halfMask, lowered, probability, smallestNormal, unlift } from './results';
import { storeDifferenceExponential } from './store-exponential';

/** Two columns up to their probabilities and log-sum-exp. Returns whether some sum is NaN. */
export function overTwo(
  op: i32, whole: bool, x: usize, sourceStride: usize, p: usize, targetStride: usize, logs: usize, logStride: usize, rows: usize,
  sums: usize, scratch: usize,
): bool {
  if (whole) exponentialsOfTwo(true, x, x + sourceStride, rows, scratch);
  else exponentialsOfTwo(false, x, x + sourceStride, rows, scratch);
  if (op == BOTH) {
    copy(whole, x, logs, rows);
    copy(whole, x + sourceStride, logs + logStride, rows);
  }
  let invalid = false;
  if (op != SOFTMAX) {
    invalid = startLogarithms(rows, scratch);
    finishLogarithms(false, rows, scratch);
  }
  if (op != LOG_SOFTMAX) {
    addWinners(rows, sums, scratch);
    if (invertSums(rows, sums, scratch)) invalid = true;
    if (!whole) probabilitiesOfTwo(false, true, x, sourceStride, p, targetStride, rows, sums, scratch);
    else if (deep) probabilitiesOfTwo(true, true, x, sourceStride, p, targetStride, rows, sums, scratch);
    else probabilitiesOfTwo(true, false, x, sourceStride, p, targetStride, rows, sums, scratch);
  }
  return invalid;
}

/** The smaller numbers' exponentials go to `BUFFER`. */
// @ts-ignore: decorator
@inline
function exponentialsOfTwo(whole: bool, first: usize, second: usize, rows: usize, scratch: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(),
    k2 = c2(), floor = lowest();
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, distance = f32x4.sub(get(first + at, whole, rows, 0), get(second + at, whole, rows, 0));
    v128.store(state, storeDifferenceExponential(
      state + BUFFER, f32x4.neg(f32x4.abs(distance)), v128.load(state, SMALLEST), v128.load(state, LARGEST), floor, l2e, mg, high,
      low, k6, k5, k4, k3, k2,
    ), LOST);
  }
}

/** Sums with the larger ones' exponentials go to `sums`. */
function addWinners(rows: usize, sums: usize, scratch: usize): void {
  const winner = f64x2.splat(SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const e = v128.load(scratch + at, BUFFER), sum = sums + (at << 1);
    v128.store(sum, f64x2.add(winner, promoteLow(e)));
    v128.store(sum, f64x2.add(winner, promoteHigh(e)), 16);
  }
}

/** What `log1p64` needs, for `finishLogarithms` of band.ts. Returns whether some sum is NaN. */
function startLogarithms(rows: usize, scratch: usize): bool {
  const unscale = f64x2.splat(1 / SCALE);
  let nan = f32x4.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const e = v128.load(scratch + at, BUFFER), lost = v128.load(scratch + at, LOST), state = scratch + (at << 1);
    nan = v128.or(nan, f32x4.ne(e, e));
    const low = f64x2.mul(f64x2.add(promoteLow(e), promoteLow(lost)), unscale),
      high = f64x2.mul(f64x2.add(promoteHigh(e), promoteHigh(lost)), unscale);
    const biasedLow = biasedOf64(low), biasedHigh = biasedOf64(high);
    v128.store(state, fractionOf64(low, biasedLow), L);
    v128.store(state, fractionOf64(high, biasedHigh), L + 16);
    v128.store(state, biasedLow, EXPONENT);
    v128.store(state, biasedHigh, EXPONENT + 16);
  }
  return v128.any_true(nan);
}

/** Probabilities in the place of both columns, or elsewhere, and their sums. */
// @ts-ignore: decorator
@inline
function probabilitiesOfTwo(
  whole: bool, low: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: usize, sums: usize,
  scratch: usize,
): void {
  const mask = halfMask(), down = unlift(), bound = smallestNormal(), winner = f32x4.splat(<f32>SCALE), lower = low && deep;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, sum = sums + (at << 1), to = target + at;
    const first = v128.load(state, FIRST), second = v128.load(state, SECOND);
    const rounded = ASC_FEATURE_RELAXED_SIMD ? first : v128.load(state, ROUNDED);
    const isLarger = f32x4.ge(get(source + at, whole, rows, 0), get(source + sourceStride + at, whole, rows, 0));
    let larger = probability(winner, first, second, rounded, mask),
      smaller = probability(v128.load(state, BUFFER), first, second, rounded, mask);
    if (lower) {
      larger = lowered(larger, down, bound);
      smaller = lowered(smaller, down, bound);
    }
    put(to, whole, rows, v128.bitselect(larger, smaller, isLarger));
    put(to + targetStride, whole, rows, v128.bitselect(smaller, larger, isLarger));
    v128.store(sum, f64x2.add(promoteLow(larger), promoteLow(smaller)));
    v128.store(sum, f64x2.add(promoteHigh(larger), promoteHigh(smaller)), 16);
  }
}
