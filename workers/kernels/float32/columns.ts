// Column-major tiles: lanes run across the rows, and no lane ever meets another. A band of rows at a time goes through
// all its classes, column after column; what belongs to a row (its maximum, its sum, …) lies in arrays in the scratch.
// A row adds up its classes in order, so that its bits depend on nothing but itself.
import { REASON_NAN, demote, highHalf, promoteHigh, promoteLow, storeReason } from '../common';
import { SCALE, exponentOf, floorOf, magicOf, originOf, restHighOf, restLowOf, shiftOf } from './exponential';
import { log1p64 } from './logarithm';
import { DEEP, LIFT, SHALLOW, firstOf, logSumHigh, logSumLow, secondOf } from './results';
import { BOTH, LOG_SOFTMAX, SOFTMAX, fillNaN, largestLane, reasonOf, storeSum } from './rows';
import {
  BAND, BUFFER, FIRST, FLOOR, L, LARGEST, LOG_HIGH, LOG_LOW, LOST, MAGIC, ORIGIN, OTHERS, REASON, REST_HIGH, REST_LOW, ROUNDED, SECOND, SHIFT, SMALLEST,
  SUM, TIES, addColumns, addOthers, differenceOfColumns, exponentialsOfColumn, exponentialsOfLogColumn, extremesOfColumns,
  logsOfColumn, probabilitiesOfColumns,
} from './stages';

/** Bytes of columns that a band takes at most, where it can: it is read three times, and should stay in the second-level cache. */
const CACHED: usize = 262144;

/** Rows of a band: whole cache lines, as many as the arrays hold. */
// @ts-ignore: decorator
@inline
function rowsOfBand(classes: usize): usize { return max<usize>(16, min<usize>(BAND, CACHED / (classes << 2)) & ~15); }

/** `op` and `divide` (by the temperature) are constants at every call, so that each call compiles to loops of its own. */
// @ts-ignore: decorator
@inline
export function overColumns(
  op: i32, divide: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logTargetStride: usize, rows: usize, classes: usize, sums: usize, inverse: f64, scratch: usize,
): f64 {
  const band = rowsOfBand(classes);
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < rows; row += band) {
    const height = min(rows - row, band), at = row << 2;
    const x = source + at, p = target + at, logs = op == BOTH ? logTarget + at : p, sum = sums + (row << 3);
    const logStride = op == BOTH ? logTargetStride : targetStride;

    findExtremes(x, sourceStride, height, classes, scratch);
    const invalid = startBand(divide, x, sourceStride, height, classes, inverse, scratch);
    const plain = !divide && !general, deep = subnormal;

    for (let i: usize = 0; i < classes; i += 4) {
      const n = min<usize>(classes - i, 4);
      const to = op == LOG_SOFTMAX ? scratch + BUFFER : p + i * targetStride, stride = op == LOG_SOFTMAX ? BAND << 2 : targetStride;
      for (let c: usize = 0; c < n; c++) {
        const from = x + (i + c) * sourceStride, copy = logs + (i + c) * logStride;
        if (divide) exponentialsOfColumn(op, true, false, from, to + c * stride, copy, height, inverse, scratch);
        else if (plain) exponentialsOfColumn(op, false, true, from, to + c * stride, copy, height, 1, scratch);
        else exponentialsOfColumn(op, false, false, from, to + c * stride, copy, height, 1, scratch);
      }
      if (op != LOG_SOFTMAX) addUp(to, stride, height, n, scratch);
      if (op != SOFTMAX) addUpOthers(to, stride, height, n, scratch);
    }
    const nan = finishSums(op, divide, height, deep, scratch);

    if (op != LOG_SOFTMAX) {
      for (let i: usize = 0; i < classes; i += 4) multiply(deep, p + i * targetStride, targetStride, height, min<usize>(classes - i, 4), scratch);
      storeSums(height, sum, scratch);
    }
    if (op != SOFTMAX) {
      const from = op == BOTH ? logs : x, fromStride = op == BOTH ? logStride : sourceStride;
      for (let i: usize = 0; i < classes; i += 4) {
        const n = min<usize>(classes - i, 4);
        for (let c: usize = i; c < i + n; c++) {
          logsOfColumn(divide, from + c * fromStride, logs + c * logStride, height, inverse, scratch);
          if (op == LOG_SOFTMAX)
            exponentialsOfLogColumn(logs + c * logStride, scratch + BUFFER + (c - i) * (BAND << 2), height, scratch);
          else
            difference = f32x4.pmax(difference, differenceOfColumns(p + c * targetStride, logs + c * logStride, height));
        }
        if (op == LOG_SOFTMAX) addUp(scratch + BUFFER, BAND << 2, height, n, scratch);
      }
      if (op == LOG_SOFTMAX) {
        addLost(height, scratch);
        storeSums(height, sum, scratch);
      }
    }
    if (nan || invalid) settle(op, invalid, p, targetStride, logs, logStride, height, classes, sum, scratch);
  }
  return <f64>largestLane(difference);
}

/** The sums of stored probabilities, or of exp of stored log-probabilities, in the order of `overColumns`. */
export function sumColumns(
  ofLogs: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): void {
  const band = rowsOfBand(classes);
  for (let row: usize = 0; row < rows; row += band) {
    const height = min(rows - row, band), from = source + (row << 2), sum = sums + (row << 3);
    memory.fill(scratch + SUM, 0, BAND << 3);
    memory.fill(scratch + LOST, 0, BAND << 2);
    for (let i: usize = 0; i < classes; i += 4) {
      const n = min<usize>(classes - i, 4);
      if (ofLogs) {
        for (let c: usize = 0; c < n; c++)
          exponentialsOfLogColumn(from + (i + c) * stride, scratch + BUFFER + c * (BAND << 2), height, scratch);
        addUp(scratch + BUFFER, BAND << 2, height, n, scratch);
      } else {
        addUp(from + i * stride, stride, height, n, scratch);
      }
    }
    if (ofLogs) addLost(height, scratch);
    for (let i: usize = 0; i < height; i++) storeSum(sum + (i << 3), load<f64>(scratch + (i << 3), SUM));
  }
}

function findExtremes(source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  for (let at: usize = 0; at < rows << 2; at += 16) {
    v128.store(scratch + at, f32x4.splat(-Infinity), LARGEST);
    v128.store(scratch + at, f32x4.splat(Infinity), SMALLEST);
  }
  let i: usize = 0;
  for (; i + 4 <= classes; i += 4) extremesOfColumns(4, source + i * stride, stride, rows, scratch);
  for (; i + 2 <= classes; i += 2) extremesOfColumns(2, source + i * stride, stride, rows, scratch);
  if (i < classes) extremesOfColumns(1, source + i * stride, stride, rows, scratch);
}

// Second results of startBand: whether some row needs the general exponential, and whether one may have subnormal results.
let general: bool = false;
let subnormal: bool = false;

/**
 * From the extremes: what the exponentials need, and sums of 0, or of NaN where the largest is infinite: the reason
 * for that is looked for before the target, which may be the source, is written. Returns whether there is such a row.
 */
function startBand(
  divide: bool, source: usize, stride: usize, rows: usize, classes: usize, inverse: f64, scratch: usize,
): bool {
  const bound = f32x4.splat(DEEP), shallow = f32x4.splat(SHALLOW), factor = f32x4.splat(<f32>inverse);
  let far = i32x4.splat(0), deep = far, infinite = far;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at;
    const m = v128.load(state, LARGEST), depth = f32x4.sub(v128.load(state, SMALLEST), m), zero = f32x4.sub(m, m);
    const origin = originOf(m), max = f32x4.sub(m, origin), k = exponentOf(max), restHigh = restHighOf(max, k);
    v128.store(state, origin, ORIGIN);
    v128.store(state, floorOf(max), FLOOR);
    v128.store(state, shiftOf(max, k), SHIFT);
    v128.store(state, magicOf(k), MAGIC);
    v128.store(state, restHigh, REST_HIGH);
    v128.store(state, restLowOf(max, k, restHigh), REST_LOW);
    v128.store(state, i32x4.splat(0), TIES);
    v128.store(state + at, promoteLow(zero), SUM);
    v128.store(state + at, promoteHigh(zero), SUM + 16);
    v128.store(state + at, promoteLow(zero), OTHERS);
    v128.store(state + at, promoteHigh(zero), OTHERS + 16);
    far = v128.or(far, v128.or(f32x4.ne(origin, f32x4.splat(0)), f32x4.lt(depth, shallow)));
    deep = v128.or(deep, f32x4.lt(divide ? f32x4.mul(depth, factor) : depth, bound));
    infinite = v128.or(infinite, f32x4.ne(zero, zero));
  }
  general = v128.any_true(far);
  subnormal = v128.any_true(deep);
  if (!v128.any_true(infinite)) return false;
  for (let at: usize = 0; at < rows << 2; at += 4) {
    const largest = load<f32>(scratch + at, LARGEST);
    store<i32>(scratch + at, isFinite(largest) ? <i32>REASON_NAN : <i32>reasonOf(source + at, stride, classes, largest), REASON);
  }
  return true;
}

/**
 * From the sums of exponentials: 1 / sum, in two parts, and log-sum-exp; the sums start again. Returns whether some
 * sum is NaN.
 */
// @ts-ignore: decorator
@inline
function finishSums(op: i32, divide: bool, rows: usize, deep: bool, scratch: usize): bool {
  const lift = f64x2.splat(deep ? LIFT : 1), unscale = f64x2.splat(1 / SCALE), zero = f64x2.splat(0);
  let nan = zero;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, ties = v128.load(state, TIES), m = v128.load(state, LARGEST);
    if (op != SOFTMAX) {
      const low = v128.load(state + at, OTHERS), high = v128.load(state + at, OTHERS + 16), others = i32x4.sub(ties, i32x4.splat(1));
      nan = v128.or(nan, v128.or(f64x2.ne(low, low), f64x2.ne(high, high)));
      const lLow = log1p64(f64x2.add(f64x2.convert_low_i32x4_s(others), f64x2.mul(low, unscale)));
      const lHigh = log1p64(f64x2.add(f64x2.convert_low_i32x4_s(highHalf(others)), f64x2.mul(high, unscale)));
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
      let low = v128.load(state + at, SUM), high = v128.load(state + at, SUM + 16);
      nan = v128.or(nan, v128.or(f64x2.ne(low, low), f64x2.ne(high, high)));
      low = f64x2.div(lift, low);
      high = f64x2.div(lift, high);
      const rounded = demote(low, high), first = firstOf(rounded);
      v128.store(state, rounded, ROUNDED);
      v128.store(state, first, FIRST);
      v128.store(state, secondOf(low, high, first), SECOND);
    }
    v128.store(state + at, zero, SUM);
    v128.store(state + at, zero, SUM + 16);
    v128.store(state, zero, LOST);
  }
  return v128.any_true(nan);
}

/** For log-probabilities: what their exponentials lost, and the scale. */
function addLost(rows: usize, scratch: usize): void {
  const unscale = f64x2.splat(1 / SCALE);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, lost = v128.load(state, LOST);
    v128.store(state + at, f64x2.mul(f64x2.add(v128.load(state + at, SUM), promoteLow(lost)), unscale), SUM);
    v128.store(state + at, f64x2.mul(f64x2.add(v128.load(state + at, SUM + 16), promoteHigh(lost)), unscale), SUM + 16);
  }
}

/** Rows whose sum came out as NaN get NaN throughout, and their reason. */
function settle(
  op: i32, infinite: bool, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize, rows: usize, classes: usize,
  sums: usize, scratch: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    if (!isNaN(load<f64>(sums + (row << 3)))) continue;
    storeReason(sums + (row << 3), infinite ? <i64>load<i32>(scratch + (row << 2), REASON) : REASON_NAN);
    if (op != LOG_SOFTMAX) fillNaN(target + (row << 2), targetStride, classes);
    if (op != SOFTMAX) fillNaN(logTarget + (row << 2), logTargetStride, classes);
  }
}

// @ts-ignore: decorator
@inline
function storeSums(rows: usize, sums: usize, scratch: usize): void { memory.copy(sums, scratch + SUM, rows << 3); }

function addUp(source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (classes == 4) {
    addColumns(4, source, stride, rows, scratch);
    return;
  }
  if (classes & 2) addColumns(2, source, stride, rows, scratch);
  if (classes & 1) addColumns(1, source + (classes - 1) * stride, stride, rows, scratch);
}

function addUpOthers(source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (classes == 4) {
    addOthers(4, source, stride, rows, scratch);
    return;
  }
  if (classes & 2) addOthers(2, source, stride, rows, scratch);
  if (classes & 1) addOthers(1, source + (classes - 1) * stride, stride, rows, scratch);
}

// @ts-ignore: decorator
@inline
function multiply(deep: bool, target: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (deep) multiplyColumns(true, target, stride, rows, classes, scratch);
  else multiplyColumns(false, target, stride, rows, classes, scratch);
}
// @ts-ignore: decorator
@inline
function multiplyColumns(deep: bool, target: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (classes == 4) {
    probabilitiesOfColumns(4, deep, target, stride, rows, scratch);
    return;
  }
  if (classes & 2) probabilitiesOfColumns(2, deep, target, stride, rows, scratch);
  if (classes & 1) probabilitiesOfColumns(1, deep, target + (classes - 1) * stride, stride, rows, scratch);
}
