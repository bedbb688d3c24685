// dim 0: both passes over some rows, row-major or column by column. In rows, element (row, column) lies at
// row * stride + column * 8; in columns, at column * stride + row * 8.
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import { arrayBytes } from '../reduction/arrays';
import { sumError } from './arithmetic';
import {
  applyApartBoth, applyApartLogs, applyApartProbabilities, applyBesideBoth, applyBesideLogs, applyBesideProbabilities,
  applyQuotientBoth, applyQuotientLogs, applyQuotientProbabilities, foldApart, foldBeside, foldQuotients,
} from './column-passes';
import { constant, exponentialOf, lastGrowth, lastPower, remainder, ZERO } from './exponential';
import { APART, loadPair } from './lanes';
import { unscale } from './sums';
import { divides } from './temperature';

/** Rows at a time: their lines stay in the first-level cache for the neighbouring columns. */
const ROWS: usize = 64;

/** The address of a column's first element. */
// @ts-ignore: decorator
@inline
function columnAt(inColumns: bool, base: usize, stride: usize, row: usize, column: usize): usize {
  return inColumns ? base + column * stride + (row << 3) : base + row * stride + (column << 3);
}
// @ts-ignore: decorator
@inline
function stepOf(inColumns: bool, stride: usize): usize { return inColumns ? 8 : stride; }

export function foldPairs(
  inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, state: usize,
): void {
  const bytes = arrayBytes(columns), step = stepOf(inColumns, stride);
  for (let row: usize = 0; row < rows; row += ROWS) {
    const count = min(ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += 2) {
      const a = columnAt(inColumns, source, stride, row, column), at = state + (column << 3);
      const b = columnAt(inColumns, source, stride, row, min(column + 1, columns - 1));
      if (divides) foldQuotients(a, b, step, count, at, bytes);
      else if (inColumns || column + 1 == columns) foldApart(a, b, step, count, at, bytes);
      else foldBeside(a, b, step, count, at, bytes);
    }
  }
}

export function applyPairs(
  op: i32, inColumns: bool, source: usize, stride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, rows: usize, columns: usize, parameters: usize, sums: usize,
): f64 {
  const step = stepOf(inColumns, stride), targetStep = stepOf(inColumns, targetStride), logStep = stepOf(inColumns, logStride);
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; row += ROWS) {
    const count = min(ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += 2) {
      const other = min(column + 1, columns - 1);
      const d = applyAs(
        op, inColumns, other == column, columnAt(inColumns, source, stride, row, column),
        columnAt(inColumns, source, stride, row, other), step, columnAt(inColumns, target, targetStride, row, column),
        columnAt(inColumns, target, targetStride, row, other), targetStep,
        columnAt(inColumns, logTarget, logStride, row, column), columnAt(inColumns, logTarget, logStride, row, other), logStep,
        count, parameters + (column << 3), arrayBytes(columns), sums + (column << 3),
      );
      difference = max(difference, d);
    }
  }
  return difference;
}

function applyAs(
  op: i32, inColumns: bool, alone: bool, a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize,
  la: usize, lb: usize, logStride: usize, rows: usize, at: usize, bytes: usize, sums: usize,
): f64 {
  if (divides) {
    if (op == SOFTMAX)
      return applyQuotientProbabilities(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums, alone);
    if (op == LOG_SOFTMAX)
      return applyQuotientLogs(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums, alone);
    return applyQuotientBoth(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums, alone);
  }
  if (inColumns || alone) {
    if (op == SOFTMAX)
      return applyApartProbabilities(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums, alone);
    if (op == LOG_SOFTMAX)
      return applyApartLogs(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums, alone);
    return applyApartBoth(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums, alone);
  }
  if (op == SOFTMAX)
    return applyBesideProbabilities(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
  if (op == LOG_SOFTMAX)
    return applyBesideLogs(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
  return applyBesideBoth(a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}

/** The sums of stored results, as `applyPairs` adds them up. */
export function addPairs(
  ofLogs: bool, inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, sums: usize,
): void {
  const bytes = arrayBytes(columns), step = stepOf(inColumns, stride), none = constant(ZERO), down = unscale();
  for (let row: usize = 0; row < rows; row += ROWS) {
    const count = min(ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += 2) {
      let a = columnAt(inColumns, source, stride, row, column), b = columnAt(inColumns, source, stride, row, min(column + 1, columns - 1));
      let sum = v128.load(sums + (column << 3)), lost = v128.load(sums + (column << 3) + bytes);
      for (let n = count; n > 0; n--, a += step, b += step) {
        const y = loadPair(APART, a, b);
        let p = y, rest = none;
        if (ofLogs) {
          const e = exponentialOf(y, none, false, none, none, none);
          p = f64x2.mul(e, down);
          rest = f64x2.mul(remainder(lastPower, lastGrowth, e), down);
        }
        const next = f64x2.add(sum, p);
        lost = f64x2.add(lost, f64x2.add(sumError(sum, p, next), rest));
        sum = next;
      }
      v128.store(sums + (column << 3), sum);
      v128.store(sums + (column << 3) + bytes, lost);
    }
  }
}
