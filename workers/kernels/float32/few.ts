// Two to five classes, temperature 1: lanes run across rows, as in columns.ts, and a row's classes are taken together. With
// so few, what belongs to a row costs as much as its classes do. So its exponentials are not scaled to make the largest's a
// float32; instead what rounding took from each is kept, for the quotients as well as for the sum.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { findReasons, general, settle } from './band';
import { BAND, EXPONENTIALS, SLOT, SUM } from './band-state';
import { differenceOf } from './difference';
import {
  findExponentials, findLogRows, findLogSums, findLogs, findProbabilities, findProbabilityRows, startRows, sumLogs, sumRows,
} from './few-calls';
import { largestLane } from './lanes';
import { smallestNormalNumber } from './results';

/** From the logits in columns of a multiple of four rows to what results need. Returns whether some row has none. */
function prepare(op: i32, x: usize, stride: usize, rows: usize, classes: usize, scratch: usize): bool {
  const sorted = op == LOG_SOFTMAX;
  startRows(sorted, x, stride, rows, classes, scratch);
  if (sorted) findExponentials(scratch + EXPONENTIALS, SLOT, rows, classes, scratch);
  else findExponentials(x, stride, rows, classes, scratch);
  let invalid = false;
  if (op != LOG_SOFTMAX) invalid = sumRows(rows, classes, scratch);
  if (op != SOFTMAX && findLogSums(sorted, x, stride, rows, classes, scratch)) invalid = true;
  if (invalid && general) findReasons(x, stride, rows, classes, scratch);
  return invalid;
}

/** `BAND` rows at most. Logits may be anywhere but where log-probabilities will be, for both. */
function overFew(
  op: i32, x: usize, sourceStride: usize, p: usize, targetStride: usize, logTarget: usize, logTargetStride: usize, rows: usize,
  classes: usize, sums: usize, scratch: usize,
): f64 {
  const logs = op == BOTH ? logTarget : p, logStride = op == BOTH ? logTargetStride : targetStride;
  const invalid = prepare(op, x, sourceStride, rows, classes, scratch);
  if (op != SOFTMAX) findLogs(op, x, sourceStride, logs, logStride, rows, classes, scratch);
  if (op == LOG_SOFTMAX) sumLogs(rows, classes, sums, scratch);
  else findProbabilities(p, targetStride, rows, classes, sums, scratch);
  if (invalid) settle(op, p, 4, targetStride, logs, 4, logStride, rows, classes, sums, scratch);
  if (op != BOTH) return 0;
  let difference = f32x4.splat(0);
  const normal = smallestNormalNumber();
  for (let c: usize = 0; c < classes; c++)
    difference = f32x4.pmax(difference, differenceOf(p + c * targetStride, logs + c * logStride, rows, normal));
  return <f64>largestLane(difference);
}

/** The same from columns to rows one after the other. */
export function overFewRows(
  op: i32, tile: usize, stride: usize, p: usize, logTarget: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): f64 {
  const logs = op == BOTH ? logTarget : p, length = classes << 2;
  const invalid = prepare(op, tile, stride, rows, classes, scratch);
  if (op != SOFTMAX) findLogRows(op, tile, stride, logs, rows, classes, scratch);
  if (op == LOG_SOFTMAX) sumLogs(rows, classes, sums, scratch);
  else findProbabilityRows(p, rows, classes, sums, scratch);
  if (invalid) settle(op, p, length, 4, logs, length, 4, rows, classes, sums, scratch);
  return op == BOTH ? <f64>largestLane(differenceOf(p, logs, rows * classes, smallestNormalNumber())) : 0;
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

/** Up to three rows in columns, in place; the last one fills the vector. */
export function overPadded(
  op: i32, tile: usize, logTile: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): f64 {
  for (let c: usize = 0, column = tile; c < classes; c++, column += stride) {
    const last = load<f32>(column + ((rows - 1) << 2));
    for (let row = rows; row < 4; row++) store<f32>(column + (row << 2), last);
  }
  const difference = overFew(op, tile, stride, tile, stride, logTile, stride, 4, classes, scratch + SUM, scratch);
  memory.copy(sums, scratch + SUM, rows << 3);
  return difference;
}
