// Two to five classes, temperature 1: lanes run across rows, as in columns.ts, and a row's classes are taken together. With
// so few, what belongs to a row costs as much as its classes do. So its exponentials are not scaled to make the largest's a
// float32; instead what rounding took from each is kept, for the quotients as well as for the sum.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { findReasons, general, settle } from './band';
import { BAND, EXPONENTIALS, SLOT, SUM } from './band-state';
import { differenceOf } from './difference';
import { findExponentials, findLogs, findLogSums, findProbabilities, startRows, sumLogs, sumRows } from './few-calls';
import { largestLane } from './lanes';
import { smallestNormalNumber } from './results';

/** A multiple of four rows, `BAND` at most. Logits may be anywhere but where log-probabilities will be, for both. */
export function overFew(
  op: i32, x: usize, sourceStride: usize, p: usize, targetStride: usize, logTarget: usize, logTargetStride: usize, rows: usize,
  classes: usize, sums: usize, scratch: usize,
): f64 {
  const logs = op == BOTH ? logTarget : p, logStride = op == BOTH ? logTargetStride : targetStride;
  const sorted = op == LOG_SOFTMAX;
  startRows(sorted, x, sourceStride, rows, classes, scratch);
  if (sorted) findExponentials(scratch + EXPONENTIALS, SLOT, rows, classes, scratch);
  else findExponentials(x, sourceStride, rows, classes, scratch);
  let invalid = false;
  if (op != LOG_SOFTMAX) invalid = sumRows(rows, classes, scratch);
  if (op != SOFTMAX && findLogSums(sorted, x, sourceStride, rows, classes, scratch)) invalid = true;
  if (invalid && general) findReasons(x, sourceStride, rows, classes, scratch);
  if (op != SOFTMAX) findLogs(op, x, sourceStride, logs, logStride, rows, classes, scratch);
  if (op == LOG_SOFTMAX) sumLogs(rows, classes, sums, scratch);
  else findProbabilities(p, targetStride, rows, classes, sums, scratch);
  if (invalid) settle(op, p, targetStride, logs, logStride, rows, classes, sums, scratch);
  if (op != BOTH) return 0;
  let difference = f32x4.splat(0);
  const normal = smallestNormalNumber();
  for (let c: usize = 0; c < classes; c++)
    difference = f32x4.pmax(difference, differenceOf(p + c * targetStride, logs + c * logStride, rows, normal));
  return <f64>largestLane(difference);
}

/** Any number of rows in column-major order; `tile` and `logTile` have room for four rows each. */
export function overFewColumns(
  op: i32, x: usize, sourceStride: usize, p: usize, targetStride: usize, logs: usize, logStride: usize, rows: usize, classes: usize,
  sums: usize, scratch: usize, tile: usize, logTile: usize,
): f64 {
  const whole = rows & ~3, left = rows & 3;
  let difference: f64 = 0;
  for (let row: usize = 0; row < whole; row += BAND) {
    const at = row << 2, height = min(whole - row, BAND);
    difference = max(difference, overFew(
      op, x + at, sourceStride, p + at, targetStride, logs + at, logStride, height, classes, sums + (row << 3), scratch,
    ));
  }
  if (left) {
    const at = whole << 2, bytes = left << 2;
    for (let c: usize = 0; c < classes; c++) memory.copy(tile + (c << 4), x + at + c * sourceStride, bytes);
    difference = max(difference, overPadded(op, tile, logTile, 16, left, classes, sums + (whole << 3), scratch));
    for (let c: usize = 0; c < classes; c++) memory.copy(p + at + c * targetStride, tile + (c << 4), bytes);
    if (op == BOTH) for (let c: usize = 0; c < classes; c++) memory.copy(logs + at + c * logStride, logTile + (c << 4), bytes);
  }
  return difference;
}

/** A tile of columns, in place; where its rows do not fill a vector, the last one does. */
export function overPadded(
  op: i32, tile: usize, logTile: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): f64 {
  const padded = (rows + 3) & ~3;
  if (padded == rows) return overFew(op, tile, stride, tile, stride, logTile, stride, rows, classes, sums, scratch);
  for (let c: usize = 0, column = tile; c < classes; c++, column += stride) {
    const last = load<f32>(column + ((rows - 1) << 2));
    for (let row = rows; row < padded; row++) store<f32>(column + (row << 2), last);
  }
  const difference = overFew(op, tile, stride, tile, stride, logTile, stride, padded, classes, scratch + SUM, scratch);
  memory.copy(sums, scratch + SUM, rows << 3);
  return difference;
}
