// Column-major tiles: lanes run across the rows, and no lane ever meets another. A band of rows at a time goes through
// all its classes, column after column; what belongs to a row (its maximum, its sum, …) lies in arrays in the scratch.
// A row adds up its classes in order, so that its bits depend on nothing but itself.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { deep, finishLogSums, general, invertSums, settle, startBand, takeLogarithms } from './band';
import { BAND, BUFFER, EXPONENT, SUM } from './band-state';
import {
  addUp, copy, exponentialsOfLogs, findExtremes, generalExponentials, multiply, plainExponentials,
  quotientExponentials, quotientLogs, storeLogs,
} from './calls';
import { differenceOf } from './difference';
import { storeSum } from './invalid';
import { largestLane } from './lanes';
import { smallestNormalNumber } from './results';

/** Bytes from one column of the buffer to the next. */
const BUFFER_STRIDE: usize = BAND << 2;
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
  const divide = inverse != 1, logs = op == BOTH ? logTarget : p, logStride = op == BOTH ? logTargetStride : targetStride;
  for (let i: usize = 0; i < classes; i += 4)
    findExtremes(whole, i == 0, x + i * sourceStride, sourceStride, rows, min<usize>(classes - i, 4), scratch);
  startBand(op, divide, x, sourceStride, rows, classes, inverse, scratch);
  let invalid = false;
  const added = op == LOG_SOFTMAX ? scratch + EXPONENT : total;
  for (let i: usize = 0; i < classes; i += 4) {
    const n = min<usize>(classes - i, 4);
    const to = op == LOG_SOFTMAX ? scratch + BUFFER : p + i * targetStride, stride = op == LOG_SOFTMAX ? BUFFER_STRIDE : targetStride;
    for (let c: usize = 0; c < n; c++) {
      const from = x + (i + c) * sourceStride;
      if (op == BOTH) copy(whole, from, logs + (i + c) * logStride, rows);
      exponentials(divide, whole, i + c == 0, from, to + c * stride, rows, inverse, scratch);
    }
    // What the buffer holds has lanes to spare, but a target has not.
    addUp(whole, i == 0, to, stride, rows, n, added);
  }
  if (op == LOG_SOFTMAX) invalid = takeLogarithms(divide, whole, x, sourceStride, rows, classes, inverse, added, scratch);
  if (op == BOTH) invalid = takeLogarithms(divide, whole, logs, logStride, rows, classes, inverse, added, scratch);
  if (op != LOG_SOFTMAX) {
    if (invertSums(rows, total, scratch)) invalid = true;
    for (let i: usize = 0; i < classes; i += 4)
      multiply(whole, i == 0, p + i * targetStride, targetStride, rows, min<usize>(classes - i, 4), total, scratch);
  }
  let difference = f32x4.splat(0);
  if (op != SOFTMAX) {
    const from = op == BOTH ? logs : x, fromStride = op == BOTH ? logStride : sourceStride;
    difference = finishLogs(
      op, whole, divide, from, fromStride, p, targetStride, logs, logStride, rows, classes, total, inverse, scratch,
    );
  }
  if (!whole) memory.copy(sums, total, rows << 3);
  if (invalid) settle(op, p, 4, targetStride, logs, 4, logStride, rows, classes, sums, scratch);
  return <f64>largestLane(difference);
}

function exponentials(
  divide: bool, whole: bool, first: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize,
): void {
  if (divide) quotientExponentials(whole, first, source, target, rows, inverse, scratch);
  else if (general) generalExponentials(whole, first, source, target, rows, scratch);
  else plainExponentials(whole, first, source, target, rows, scratch);
}

/** Log-probabilities; their sums, or for both, how far they are from the probabilities at most. */
function finishLogs(
  op: i32, whole: bool, divide: bool, from: usize, fromStride: usize, p: usize, targetStride: usize, logs: usize,
  logStride: usize, rows: usize, classes: usize, total: usize, inverse: f64, scratch: usize,
): v128 {
  const normal = smallestNormalNumber();
  let difference = f32x4.splat(0);
  for (let i: usize = 0; i < classes; i += 4) {
    const n = min<usize>(classes - i, 4);
    for (let c: usize = i; c < i + n; c++) {
      if (divide) quotientLogs(whole, from + c * fromStride, logs + c * logStride, rows, inverse, scratch);
      else storeLogs(whole, from + c * fromStride, logs + c * logStride, rows, scratch);
      if (op == LOG_SOFTMAX)
        exponentialsOfLogs(whole, c == 0, logs + c * logStride, scratch + BUFFER + (c - i) * BUFFER_STRIDE, rows, scratch);
      else
        difference = f32x4.pmax(difference, differenceOf(p + c * targetStride, logs + c * logStride, rows, normal));
    }
    if (op == LOG_SOFTMAX) addUp(true, i == 0, scratch + BUFFER, BUFFER_STRIDE, rows, n, total);
  }
  if (op == LOG_SOFTMAX) finishLogSums(rows, total, scratch);
  return difference;
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
  const total = scratch + SUM;
  for (let i: usize = 0; i < classes; i += 4) {
    const n = min<usize>(classes - i, 4);
    if (ofLogs) {
      for (let c: usize = i; c < i + n; c++)
        exponentialsOfLogs(whole, c == 0, source + c * stride, scratch + BUFFER + (c - i) * BUFFER_STRIDE, rows, scratch);
      addUp(true, i == 0, scratch + BUFFER, BUFFER_STRIDE, rows, n, total);
    } else {
      addUp(whole, i == 0, source + i * stride, stride, rows, n, total);
    }
  }
  if (ofLogs) finishLogSums(rows, total, scratch);
  for (let i: usize = 0; i < rows; i++) storeSum(sums + (i << 3), load<f64>(total + (i << 3)));
}
