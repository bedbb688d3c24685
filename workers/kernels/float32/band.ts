// What happens once to each row of a band, before, between and after its columns: see columns.ts.
import { REASON_NAN, demote, highHalf, promoteHigh, promoteLow, storeReason } from '../common';
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import {
  FIRST, L, LARGEST, LOG_HIGH, LOG_LOW, LOST, MAGIC, OTHERS, REASON, REST_HIGH, REST_LOW, ROUNDED, SECOND, SHIFT, SMALLEST, TIES,
} from './band-state';
import {
  SCALE, coarse, exponentOf, ln2High, ln2Low, log2e, magic, magicOf, near, originOf, restHighOf, restLowOf, shiftOf,
} from './exponential';
import { fillNaN, reasonOf } from './invalid';
import { largestLane } from './lanes';
import { biasedOf64, fractionOf64, logarithm64 } from './logarithm';
import { LIFT, SHALLOW, deepBound, firstOf, logSumHigh, logSumLow, secondOf } from './results';

/** Whether some row of the band needs the general exponential, and whether one may have subnormal results. */
export let general: bool = false;
export let deep: bool = false;

/** From the extremes to what the exponentials need. */
export function startBand(
  divide: bool, source: usize, stride: usize, rows: usize, classes: usize, inverse: f64, scratch: usize,
): void {
  // pmin(a, NaN) is a: where all numbers of a row are the same infinity, the largest tells.
  let farthest = f32x4.splat(0), deepest = farthest;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const m = v128.load(scratch + at, LARGEST);
    farthest = f32x4.pmax(farthest, f32x4.abs(m));
    deepest = f32x4.pmin(deepest, f32x4.sub(v128.load(scratch + at, SMALLEST), m));
  }
  const depth = -largestLane(f32x4.neg(deepest)), far = near();
  general = depth < SHALLOW || v128.any_true(f32x4.ge(farthest, far));
  deep = <f64>depth * inverse < <f64>deepBound(classes);
  if (!divide) {
    const l2e = log2e(), mg = magic(), ln2h = ln2High(), ln2l = ln2Low(), rounding = coarse();
    for (let at: usize = 0; at < rows << 2; at += 16) {
      let max = v128.load(scratch + at, LARGEST);
      if (general) max = f32x4.sub(max, originOf(max, far));
      const k = exponentOf(max, l2e, mg), restHigh = restHighOf(max, k, ln2h, ln2l, rounding);
      v128.store(scratch + at, shiftOf(max, k, l2e), SHIFT);
      v128.store(scratch + at, magicOf(k, mg), MAGIC);
      v128.store(scratch + at, restHigh, REST_HIGH);
      v128.store(scratch + at, restLowOf(max, k, restHigh, ln2h, ln2l), REST_LOW);
    }
  }
  if (general) findReasons(source, stride, rows, classes, scratch);
}

/** Why rows will be invalid is looked for before the target, which may be the source, is written. */
function findReasons(source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
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
    let low = f64x2.add(v128.load(sums + (at << 1)), promoteLow(lost)),
      high = f64x2.add(v128.load(sums + (at << 1), 16), promoteHigh(lost));
    const both = f64x2.add(low, high);
    nan = v128.or(nan, f64x2.ne(both, both));
    low = f64x2.div(lift, low);
    high = f64x2.div(lift, high);
    const rounded = demote(low, high), first = firstOf(rounded);
    if (!ASC_FEATURE_RELAXED_SIMD) v128.store(scratch + at, rounded, ROUNDED);
    v128.store(scratch + at, first, FIRST);
    v128.store(scratch + at, secondOf(low, high, first), SECOND);
  }
  return v128.any_true(nan);
}

/**
 * From the sums of the others to log-sum-exp: less the largest at `L`, where a quotient needs it, else in two parts.
 * Returns whether some sum is NaN.
 */
export function takeLogarithms(divide: bool, rows: usize, scratch: usize): bool {
  const unscale = f64x2.splat(1 / SCALE), one = i32x4.splat(1), end = rows << 3;
  let nan = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 32) {
    const ties = i32x4.sub(v128.load(scratch + (at >> 1), TIES), one), lost = v128.load(scratch + (at >> 1), LOST);
    const othersLow = f64x2.add(v128.load(scratch + at, OTHERS), promoteLow(lost)),
      othersHigh = f64x2.add(v128.load(scratch + at, OTHERS + 16), promoteHigh(lost));
    const low = f64x2.add(f64x2.convert_low_i32x4_s(ties), f64x2.mul(othersLow, unscale)),
      high = f64x2.add(f64x2.convert_low_i32x4_s(highHalf(ties)), f64x2.mul(othersHigh, unscale));
    const both = f64x2.add(low, high), biasedLow = biasedOf64(low), biasedHigh = biasedOf64(high);
    nan = v128.or(nan, f64x2.ne(both, both));
    v128.store(scratch + at, fractionOf64(low, biasedLow), L);
    v128.store(scratch + at, fractionOf64(high, biasedHigh), L + 16);
    v128.store(scratch + at, biasedLow, OTHERS);
    v128.store(scratch + at, biasedHigh, OTHERS + 16);
  }
  finishLogarithms(divide, rows, scratch);
  return v128.any_true(nan);
}

/** From the arguments of `logarithm64` at `L` and `OTHERS` on. */
export function finishLogarithms(divide: bool, rows: usize, scratch: usize): void {
  for (let at: usize = 0; at < rows << 3; at += 16)
    v128.store(scratch + at, logarithm64(v128.load(scratch + at, L), v128.load(scratch + at, OTHERS)), L);
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
  op: i32, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize, rows: usize, classes: usize, sums: usize,
  scratch: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    if (!isNaN(load<f64>(sums + (row << 3)))) continue;
    storeReason(sums + (row << 3), general ? <i64>load<i32>(scratch + (row << 2), REASON) : REASON_NAN);
    if (op != LOG_SOFTMAX) fillNaN(target + (row << 2), targetStride, classes);
    if (op != SOFTMAX) fillNaN(logTarget + (row << 2), logTargetStride, classes);
  }
}
