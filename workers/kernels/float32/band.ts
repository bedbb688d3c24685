// What happens once to each row of a band, before, between and after its columns: see columns.ts.
import { REASON_NAN, demote, highHalf, promoteHigh, promoteLow, storeReason } from '../common';
import {
  SCALE, exponentOf, inverseRestUnit, ln2High, ln2Low, log2e, magic, magicOf, near, originOf, restHighOf, restLowOf, restUnit, shiftOf,
} from './exponential';
import { log1p64 } from './logarithm';
import { LIFT, SHALLOW, deepBound, firstOf, logSumHigh, logSumLow, secondOf } from './results';
import { LOG_SOFTMAX, SOFTMAX, fillNaN, reasonOf } from './rows';
import {
  FIRST, L, LARGEST, LOG_HIGH, LOG_LOW, LOST, MAGIC, OTHERS, REASON, REST_HIGH, REST_LOW, ROUNDED, SECOND, SHIFT, SMALLEST, TIES,
} from './stages';

/** Whether some row of the band needs the general exponential, and whether one may have subnormal results. */
export let general: bool = false;
export let deep: bool = false;

/** From the extremes to what the exponentials need. */
export function startBand(
  divide: bool, source: usize, stride: usize, rows: usize, classes: usize, inverse: f64, scratch: usize,
): void {
  const bound = f32x4.splat(deepBound(classes)), shallow = f32x4.splat(SHALLOW), factor = f32x4.splat(<f32>inverse),
    zero = f32x4.splat(0), far = near();
  let anyGeneral = zero, anyDeep = zero;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const m = v128.load(scratch + at, LARGEST), depth = f32x4.sub(v128.load(scratch + at, SMALLEST), m);
    anyGeneral = v128.or(anyGeneral, v128.or(originOf(m, far), f32x4.lt(depth, shallow)));
    anyDeep = v128.or(anyDeep, f32x4.lt(divide ? f32x4.mul(depth, factor) : depth, bound));
  }
  general = v128.any_true(anyGeneral);
  deep = v128.any_true(anyDeep);
  if (!divide) {
    const l2e = log2e(), mg = magic(), ln2h = ln2High(), ln2l = ln2Low(), unit = restUnit(), inverseUnit = inverseRestUnit();
    for (let at: usize = 0; at < rows << 2; at += 16) {
      let max = v128.load(scratch + at, LARGEST);
      if (general) max = f32x4.sub(max, originOf(max, far));
      const k = exponentOf(max, l2e), restHigh = restHighOf(max, k, ln2h, ln2l, unit, inverseUnit);
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

/** From the sums of exponentials to 1 / sum, in two parts, and to log-sum-exp. Returns whether some sum is NaN. */
export function finishSums(op: i32, divide: bool, rows: usize, sums: usize, scratch: usize): bool {
  const lift = f64x2.splat(deep ? LIFT : 1), unscale = f64x2.splat(1 / SCALE);
  let nan = f64x2.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at;
    if (op != SOFTMAX) {
      const low = v128.load(state + at, OTHERS), high = v128.load(state + at, OTHERS + 16);
      const m = v128.load(state, LARGEST), ties = i32x4.sub(v128.load(state, TIES), i32x4.splat(1));
      nan = v128.or(nan, v128.or(f64x2.ne(low, low), f64x2.ne(high, high)));
      const lLow = log1p64(f64x2.add(f64x2.convert_low_i32x4_s(ties), f64x2.mul(low, unscale)));
      const lHigh = log1p64(f64x2.add(f64x2.convert_low_i32x4_s(highHalf(ties)), f64x2.mul(high, unscale)));
      if (divide) {
        v128.store(state + at, lLow, L);
        v128.store(state + at, lHigh, L + 16);
      } else {
        const logHigh = logSumHigh(m, lLow, lHigh);
        v128.store(state, logHigh, LOG_HIGH);
        v128.store(state, logSumLow(m, lLow, lHigh, logHigh), LOG_LOW);
      }
    }
    if (op != LOG_SOFTMAX) {
      let low = v128.load(sums + (at << 1)), high = v128.load(sums + (at << 1), 16);
      nan = v128.or(nan, v128.or(f64x2.ne(low, low), f64x2.ne(high, high)));
      low = f64x2.div(lift, low);
      high = f64x2.div(lift, high);
      const rounded = demote(low, high), first = firstOf(rounded);
      if (!ASC_FEATURE_RELAXED_SIMD) v128.store(state, rounded, ROUNDED);
      v128.store(state, first, FIRST);
      v128.store(state, secondOf(low, high, first), SECOND);
    }
  }
  return v128.any_true(nan);
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
