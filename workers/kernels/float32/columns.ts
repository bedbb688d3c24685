// Column-major tiles: lanes run across the rows, and no lane ever meets another. A band of rows at a time goes through
// all its classes, column after column; what belongs to a row (its maximum, its sum, …) lies in arrays in the scratch.
// A row adds up its classes in order, so that its bits depend on nothing but itself.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { deep, finishLogSums, general, invertSums, settle, startBand, takeLogarithms } from './band';
import { BAND, BUFFER, SUM } from './band-state';
import { storeSum } from './invalid';
import { largestLane } from './lanes';
import {
  addColumns, addOthers, differenceOfColumns, exponentialsOfColumn, exponentialsOfLogColumn, extremesOfColumns, logsOfColumn,
  probabilitiesOfColumns,
} from './stages';

/** Bytes of columns that a band takes at most, where it can: it is read three times, and should stay in the second-level cache. */
const CACHED: usize = 262144;

/** Rows of a band: whole cache lines, as many as the arrays hold. */
// @ts-ignore: decorator
@inline
function rowsOfBand(classes: usize): usize { return max<usize>(16, min<usize>(BAND, CACHED / (classes << 2)) & ~15); }

/** `inverse` is 1 / temperature. */
export function overColumns(
  op: i32, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize,
  rows: usize, classes: usize, sums: usize, inverse: f64, scratch: usize,
): f64 {
  const band = rowsOfBand(classes), whole = rows & ~3, at = whole << 2;
  let difference: f64 = 0;
  for (let row: usize = 0; row < whole; row += band) {
    const from = row << 2, sum = sums + (row << 3);
    difference = max(difference, overBand(
      op, true, source + from, sourceStride, target + from, targetStride, logTarget + from, logTargetStride,
      min(whole - row, band), classes, sum, sum, inverse, scratch,
    ));
  }
  if (whole == rows) return difference;
  // The sums of the last one to three rows are added up in the scratch, so that nothing is written behind them.
  return max(difference, overBand(
    op, false, source + at, sourceStride, target + at, targetStride, logTarget + at, logTargetStride, rows - whole, classes,
    sums + (whole << 3), scratch + SUM, inverse, scratch,
  ));
}

/** One band; sums are added up at `total`, and end at `sums`. */
function overBand(
  op: i32, whole: bool, x: usize, sourceStride: usize, p: usize, targetStride: usize, logTarget: usize,
  logTargetStride: usize, rows: usize, classes: usize, sums: usize, total: usize, inverse: f64, scratch: usize,
): f64 {
  const divide = inverse != 1, bufferStride = BAND << 2;
  const logs = op == BOTH ? logTarget : p, logStride = op == BOTH ? logTargetStride : targetStride;
  let difference = f32x4.splat(0);
  for (let i: usize = 0; i < classes; i += 4)
    findExtremes(whole, i == 0, x + i * sourceStride, sourceStride, rows, min<usize>(classes - i, 4), scratch);
  startBand(divide, x, sourceStride, rows, classes, inverse, scratch);

  for (let i: usize = 0; i < classes; i += 4) {
    const n = min<usize>(classes - i, 4);
    const to = op == LOG_SOFTMAX ? scratch + BUFFER : p + i * targetStride, stride = op == LOG_SOFTMAX ? bufferStride : targetStride;
    for (let c: usize = 0; c < n; c++) {
      const from = x + (i + c) * sourceStride;
      if (op == BOTH) copy(whole, from, logs + (i + c) * logStride, rows);
      if (divide) quotientExponentials(whole, from, to + c * stride, rows, inverse, scratch);
      else if (general) generalExponentials(whole, from, to + c * stride, rows, scratch);
      else plainExponentials(whole, from, to + c * stride, rows, scratch);
    }
    // What the buffer holds is always whole.
    if (op != LOG_SOFTMAX) addUp(whole, i == 0, to, stride, rows, n, total);
    if (op != SOFTMAX) addUpOthers(whole || op == LOG_SOFTMAX, i == 0, to, stride, rows, n, scratch);
  }
  let invalid = op != SOFTMAX && takeLogarithms(divide, rows, scratch);
  if (op != LOG_SOFTMAX && invertSums(rows, total, scratch)) invalid = true;

  if (op != LOG_SOFTMAX) {
    for (let i: usize = 0; i < classes; i += 4)
      multiply(whole, i == 0, p + i * targetStride, targetStride, rows, min<usize>(classes - i, 4), total, scratch);
  }
  if (op != SOFTMAX) {
    const from = op == BOTH ? logs : x, fromStride = op == BOTH ? logStride : sourceStride;
    for (let i: usize = 0; i < classes; i += 4) {
      const n = min<usize>(classes - i, 4);
      for (let c: usize = i; c < i + n; c++) {
        if (divide) quotientLogs(whole, from + c * fromStride, logs + c * logStride, rows, inverse, scratch);
        else storeLogs(whole, from + c * fromStride, logs + c * logStride, rows, scratch);
        if (op == LOG_SOFTMAX)
          exponentialsOfLogs(whole, c == 0, logs + c * logStride, scratch + BUFFER + (c - i) * bufferStride, rows, scratch);
        else
          difference = f32x4.pmax(difference, largestDifference(whole, p + c * targetStride, logs + c * logStride, rows));
      }
      if (op == LOG_SOFTMAX) addUp(true, i == 0, scratch + BUFFER, bufferStride, rows, n, total);
    }
    if (op == LOG_SOFTMAX) finishLogSums(rows, total, scratch);
  }
  if (!whole) memory.copy(sums, total, rows << 3);
  if (invalid) settle(op, p, targetStride, logs, logStride, rows, classes, sums, scratch);
  return <f64>largestLane(difference);
}

/** The sums of stored probabilities, or of exp of stored log-probabilities, in the order of `overColumns`. */
export function sumColumns(
  ofLogs: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): void {
  const band = rowsOfBand(classes), whole = rows & ~3;
  for (let row: usize = 0; row < whole; row += band)
    sumBand(ofLogs, true, source + (row << 2), stride, min(whole - row, band), classes, sums + (row << 3), scratch);
  if (whole < rows) sumBand(ofLogs, false, source + (whole << 2), stride, rows - whole, classes, sums + (whole << 3), scratch);
}

function sumBand(
  ofLogs: bool, whole: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): void {
  const bufferStride = BAND << 2, total = scratch + SUM;
  for (let i: usize = 0; i < classes; i += 4) {
    const n = min<usize>(classes - i, 4);
    if (ofLogs) {
      for (let c: usize = i; c < i + n; c++)
        exponentialsOfLogs(whole, c == 0, source + c * stride, scratch + BUFFER + (c - i) * bufferStride, rows, scratch);
      addUp(true, i == 0, scratch + BUFFER, bufferStride, rows, n, total);
    } else {
      addUp(whole, i == 0, source + i * stride, stride, rows, n, total);
    }
  }
  if (ofLogs) finishLogSums(rows, total, scratch);
  for (let i: usize = 0; i < rows; i++) storeSum(sums + (i << 3), load<f64>(total + (i << 3)));
}

// Each stage is one function for all ops, with a loop for each of its constants.

/** Up to four columns. */
function findExtremes(whole: bool, first: bool, source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (!whole) {
    for (let c: usize = 0; c < classes; c++, source += stride)
      extremesOfColumns(1, false, first && c == 0, source, stride, rows, scratch);
  } else if (classes == 4) {
    extremesOfColumns(4, true, first, source, stride, rows, scratch);
  } else if (classes == 3) {
    extremesOfColumns(3, true, first, source, stride, rows, scratch);
  } else if (classes == 2) {
    extremesOfColumns(2, true, first, source, stride, rows, scratch);
  } else {
    extremesOfColumns(1, true, first, source, stride, rows, scratch);
  }
}

function addUp(whole: bool, first: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  if (!whole) {
    for (let c: usize = 0; c < classes; c++, source += stride)
      addColumns(1, false, first && c == 0, source, stride, rows, sums);
  } else if (classes == 4) {
    addColumns(4, true, first, source, stride, rows, sums);
  } else if (classes == 3) {
    addColumns(3, true, first, source, stride, rows, sums);
  } else if (classes == 2) {
    addColumns(2, true, first, source, stride, rows, sums);
  } else {
    addColumns(1, true, first, source, stride, rows, sums);
  }
}

function addUpOthers(whole: bool, first: bool, source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (!whole) {
    for (let c: usize = 0; c < classes; c++, source += stride)
      addOthers(1, false, first && c == 0, source, stride, rows, scratch);
  } else if (classes == 4) {
    addOthers(4, true, first, source, stride, rows, scratch);
  } else if (classes == 3) {
    addOthers(3, true, first, source, stride, rows, scratch);
  } else if (classes == 2) {
    addOthers(2, true, first, source, stride, rows, scratch);
  } else {
    addOthers(1, true, first, source, stride, rows, scratch);
  }
}

function multiply(
  whole: bool, first: bool, target: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): void {
  if (!whole || deep) {
    for (let c: usize = 0; c < classes; c++, target += stride) {
      if (!whole && deep) probabilitiesOfColumns(1, true, false, first && c == 0, target, stride, rows, sums, scratch);
      else if (!whole) probabilitiesOfColumns(1, false, false, first && c == 0, target, stride, rows, sums, scratch);
      else probabilitiesOfColumns(1, true, true, first && c == 0, target, stride, rows, sums, scratch);
    }
  } else if (classes == 4) {
    probabilitiesOfColumns(4, false, true, first, target, stride, rows, sums, scratch);
  } else if (classes == 3) {
    probabilitiesOfColumns(3, false, true, first, target, stride, rows, sums, scratch);
  } else if (classes == 2) {
    probabilitiesOfColumns(2, false, true, first, target, stride, rows, sums, scratch);
  } else {
    probabilitiesOfColumns(1, false, true, first, target, stride, rows, sums, scratch);
  }
}

function plainExponentials(whole: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) exponentialsOfColumn(false, true, true, source, target, rows, 1, scratch);
  else exponentialsOfColumn(false, true, false, source, target, rows, 1, scratch);
}
function generalExponentials(whole: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) exponentialsOfColumn(false, false, true, source, target, rows, 1, scratch);
  else exponentialsOfColumn(false, false, false, source, target, rows, 1, scratch);
}
function quotientExponentials(whole: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize): void {
  if (whole) exponentialsOfColumn(true, false, true, source, target, rows, inverse, scratch);
  else exponentialsOfColumn(true, false, false, source, target, rows, inverse, scratch);
}

function storeLogs(whole: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) logsOfColumn(false, true, source, target, rows, 1, scratch);
  else logsOfColumn(false, false, source, target, rows, 1, scratch);
}
function quotientLogs(whole: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize): void {
  if (whole) logsOfColumn(true, true, source, target, rows, inverse, scratch);
  else logsOfColumn(true, false, source, target, rows, inverse, scratch);
}
function exponentialsOfLogs(whole: bool, first: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) exponentialsOfLogColumn(true, first, source, target, rows, scratch);
  else exponentialsOfLogColumn(false, first, source, target, rows, scratch);
}
function largestDifference(whole: bool, probabilities: usize, logs: usize, rows: usize): v128 {
  return whole ? differenceOfColumns(true, probabilities, logs, rows) : differenceOfColumns(false, probabilities, logs, rows);
}

/** The logits where the log-probabilities will be: the target of probabilities may be their source. */
function copy(whole: bool, source: usize, target: usize, rows: usize): void {
  if (whole) for (let at: usize = 0; at < rows << 2; at += 16) v128.store(target + at, v128.load(source + at));
  else memory.copy(target, source, rows << 2);
}
