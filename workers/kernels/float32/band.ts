// What happens once to each row of a band, before, between and after its columns: see columns.ts.
import { REASON_NAN, demote, highHalf, promoteHigh, promoteLow, storeReason } from '../common';
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import {
  BUFFER, EXPONENT, FIRST, L, LARGEST, LOG_HIGH, LOG_LOW, LOST, MAGIC, REASON, REST, ROUNDED, SECOND, SMALLEST, TOP, TOP_LOST,
} from './band-state';
import {
  SCALE, c2, c3, c4, c5, c6, exponentOf, ln2High, ln2Low, log2e, magic, magicOf, near, originOf,
} from './exponential';
import { fillNaN, reasonOf } from './invalid';
import { largestLane } from './lanes';
import { biasedOf64, fractionOf64, logarithm64 } from './logarithm';
import { addOthers, beginOthers, leastOfOthers, othersHigh, othersLow } from './others';
import { LIFT, SHALLOW, deepBound, firstOf, logSumHigh, logSumLow, secondOf } from './results';
import { storeExponential, storeLargest } from './store-exponential';

/** Whether some row of the band needs the general exponential, and whether one may have subnormal results. */
export let general: bool = false;
export let deep: bool = false;

/** From the extremes to what the exponentials need. */
export function startBand(
  op: i32, divide: bool, source: usize, stride: usize, rows: usize, classes: usize, inverse: f64, scratch: usize,
): void {
  // pmin(a, NaN) is a: where all numbers of a row are the same infinity, the largest tells.
  let farthest = f32x4.splat(0), deepest = farthest;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const m = v128.load(scratch + at, LARGEST);
    farthest = f32x4.pmax(farthest, f32x4.abs(m));
    deepest = f32x4.pmin(deepest, f32x4.sub(v128.load(scratch + at, SMALLEST), m));
  }
  findDepth(farthest, deepest, classes, inverse);
  if (!divide) startExponentials(rows, scratch);
  if (op != SOFTMAX) startLogarithms(divide, rows, scratch);
  if (general) findReasons(source, stride, rows, classes, scratch);
}

/** From the largest |largest| and the least smallest - largest, in lanes. */
export function findDepth(farthest: v128, deepest: v128, classes: usize, inverse: f64): void {
  const depth = -largestLane(f32x4.neg(deepest));
  general = depth < SHALLOW || v128.any_true(f32x4.ge(farthest, near()));
  deep = <f64>depth * inverse < <f64>deepBound(classes);
}

function startExponentials(rows: usize, scratch: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    far = near();
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const m = v128.load(scratch + at, LARGEST), max = f32x4.sub(m, originOf(m, far)), k = exponentOf(max, l2e, mg),
      magicK = magicOf(k, mg);
    v128.store(scratch + at, magicK, MAGIC);
    v128.store(scratch + at, storeLargest(scratch + at + TOP, max, k, l2e, magicK, high, low, k6, k5, k4, k3, k2), REST);
  }
}

/** The largest numbers' exponentials, as they are in the sums. */
function startLogarithms(divide: bool, rows: usize, scratch: usize): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), far = near(),
    scale = f32x4.splat(<f32>SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, m = v128.load(state, LARGEST);
    let lost = f32x4.splat(0);
    if (divide) v128.store(state, scale, TOP);
    else
      lost = storeExponential(
        state + TOP, true, 0, f32x4.sub(m, originOf(m, far)), l2e, v128.load(state, MAGIC), v128.load(state, REST), high, low, k6,
        k5, k4, k3, k2,
      );
    v128.store(state, lost, TOP_LOST);
  }
}

/** Why rows will be invalid is looked for before the target, which may be the source, is written. */
export function findReasons(source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  for (let at: usize = 0; at < rows << 2; at += 4) {
    const largest = load<f32>(scratch + at, LARGEST);
    store<i32>(scratch + at, isFinite(largest) ? <i32>REASON_NAN : <i32>reasonOf(source + at, stride, classes, largest), REASON);
  }
}

/** From the sums of exponentials to 1 / sum, in two parts. Returns whether some sum is NaN. */
export function invertSums(rows: usize, sums: usize, scratch: usize): bool {
  const lift = f64x2.splat(deep ? LIFT : 1);
  let nan = f64x2.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const lost = v128.load(scratch + at, LOST);
    const low = f64x2.add(v128.load(sums + (at << 1)), promoteLow(lost)),
      high = f64x2.add(v128.load(sums + (at << 1), 16), promoteHigh(lost));
    const both = f64x2.add(low, high);
    nan = v128.or(nan, f64x2.ne(both, both));
    storeInverses(scratch + at, f64x2.div(lift, low), f64x2.div(lift, high));
  }
  return v128.any_true(nan);
}

/** Of four rows. */
// @ts-ignore: decorator
@inline
export function storeInverses(state: usize, low: v128, high: v128): void {
  const rounded = demote(low, high), first = firstOf(rounded);
  if (!ASC_FEATURE_RELAXED_SIMD) v128.store(state, rounded, ROUNDED);
  v128.store(state, first, FIRST);
  v128.store(state, secondOf(low, high, first), SECOND);
}

/**
 * From the sums of exponentials to log-sum-exp: less the largest at `L`, where a quotient needs it, else in two parts. The
 * logits are read again where a row has one logit far above the others. Returns whether some sum is NaN.
 */
export function takeLogarithms(
  divide: bool, whole: bool, source: usize, stride: usize, rows: usize, classes: usize, inverse: f64, sums: usize, scratch: usize,
): bool {
  const enough = f64x2.splat(leastOfOthers(classes));
  let nan = f64x2.splat(0);
  for (let at: usize = 0, wide: usize = 0, end = rows << 2; at < end; at += 16, wide += 32) {
    const lost = v128.load(scratch + at, LOST), top = v128.load(scratch + at, TOP), topLost = v128.load(scratch + at, TOP_LOST);
    const topLow = f64x2.add(promoteLow(top), promoteLow(topLost)), topHigh = f64x2.add(promoteHigh(top), promoteHigh(topLost));
    let low = f64x2.div(f64x2.sub(f64x2.add(v128.load(sums + wide), promoteLow(lost)), topLow), topLow),
      high = f64x2.div(f64x2.sub(f64x2.add(v128.load(sums + wide, 16), promoteHigh(lost)), topHigh), topHigh);
    const both = f64x2.add(low, high);
    nan = v128.or(nan, f64x2.ne(both, both));
    const fewLow = f64x2.lt(low, enough), fewHigh = f64x2.lt(high, enough);
    if (v128.any_true(v128.or(fewLow, fewHigh))) {
      beginOthers();
      addOthers(divide, whole ? 4 : rows, source + at, stride, classes, v128.load(scratch + at, LARGEST), inverse, scratch + BUFFER);
      low = v128.bitselect(f64x2.div(othersLow, topLow), low, fewLow);
      high = v128.bitselect(f64x2.div(othersHigh, topHigh), high, fewHigh);
    }
    const biasedLow = biasedOf64(low), biasedHigh = biasedOf64(high);
    v128.store(scratch + wide, fractionOf64(low, biasedLow), L);
    v128.store(scratch + wide, fractionOf64(high, biasedHigh), L + 16);
    v128.store(scratch + wide, biasedLow, EXPONENT);
    v128.store(scratch + wide, biasedHigh, EXPONENT + 16);
  }
  finishLogarithms(divide, rows, scratch);
  return v128.any_true(nan);
}

/** From the arguments of `logarithm64` at `L` and `EXPONENT` on. */
function finishLogarithms(divide: bool, rows: usize, scratch: usize): void {
  for (let at: usize = 0; at < rows << 3; at += 16)
    v128.store(scratch + at, logarithm64(v128.load(scratch + at, L), v128.load(scratch + at, EXPONENT)), L);
  if (!divide) {
    for (let at: usize = 0; at < rows << 2; at += 16) {
      const m = v128.load(scratch + at, LARGEST), low = v128.load(scratch + (at << 1), L), high = v128.load(scratch + (at << 1), L + 16);
      const logHigh = logSumHigh(m, low, high);
      v128.store(scratch + at, logHigh, LOG_HIGH);
      v128.store(scratch + at, logSumLow(m, low, high, logHigh), LOG_LOW);
    }
  }
}

/** For log-probabilities: what their exponentials lost is added, and their scale is taken away. */
export function finishLogSums(rows: usize, sums: usize, scratch: usize): void {
  const unscale = f64x2.splat(1 / SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const sum = sums + (at << 1), lost = v128.load(scratch + at, LOST);
    v128.store(sum, f64x2.mul(f64x2.add(v128.load(sum), promoteLow(lost)), unscale));
    v128.store(sum, f64x2.mul(f64x2.add(v128.load(sum, 16), promoteHigh(lost)), unscale), 16);
  }
}

/** Rows whose sum came out as NaN get NaN throughout, and their reason. */
export function settle(
  op: i32, target: usize, rowStride: usize, stride: usize, logTarget: usize, logRowStride: usize, logStride: usize, rows: usize,
  classes: usize, sums: usize, scratch: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    if (!isNaN(load<f64>(sums + (row << 3)))) continue;
    storeReason(sums + (row << 3), general ? <i64>load<i32>(scratch + (row << 2), REASON) : REASON_NAN);
    if (op != LOG_SOFTMAX) fillNaN(target + row * rowStride, stride, classes);
    if (op != SOFTMAX) fillNaN(logTarget + row * logRowStride, logStride, classes);
  }
}
