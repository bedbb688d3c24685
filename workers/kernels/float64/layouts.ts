// Softmax over many rows: row-major, or column-major. Which lanes do what depends on the number of classes alone, so
// that a row's bits do not depend on the rows beside it.
import { BOTH, LOG_SOFTMAX } from '../ops';
import { overBand } from './band';
import { gather, scatter, unitsOfTile } from './few-classes';
import { loneRow } from './lone-row';
import { oneClass } from './one-class';
import { spoilRows, storeSums } from './results';
import { anyInvalid, largestOf, largestOfColumns, startUnits } from './start';
import { FIRST_TILE, LARGEST, SECOND_TILE, TILE, UNIT, UNITS, scratch } from './units';

/** Rows of at least so many classes have lanes run across them. */
export const ACROSS_FROM: usize = 64;

export function overRows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  // Memory is shared: writing to a scratch that nobody gave would disturb others.
  if (scratch == 0) unreachable();
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return 0;
  }
  if (classes == 1) {
    oneClass(op, source, target, logTarget, rows, sums);
    return 0;
  }
  if (classes < ACROSS_FROM) return overTiles(op, source, target, logTarget, rows, classes, sums);
  return acrossRows(op, source, target, logTarget, rows, classes, sums);
}

function overTiles(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  const length = classes << 3, step = classes << 4, most = unitsOfTile(classes) << 1, state = scratch,
    first = scratch + FIRST_TILE, second = op == BOTH ? scratch + SECOND_TILE : first;
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; row += most) {
    const count = min(rows - row, most), units = (count + 1) >> 1, at = row * length, sum = sums + (row << 3);
    gather(source + at, count, classes, first, state);
    startUnits(first, step, 8, 16, classes, units, state);
    const d = overBand(op, false, first, step, 16, second, step, 16, first, step, 16, classes, false, units, state);
    difference = max(difference, d);
    scatter(second, count, classes, target + at);
    if (op == BOTH) scatter(first, count, classes, logTarget + at);
    storeSums(op, false, count, state, sum);
    if (anyInvalid)
      spoilRows(op, false, target + at, length, 8, logTarget + at, length, 8, count, classes, state, sum);
  }
  return difference;
}

/** As many rows at a time as fill a tile, so that they stay in the first-level cache. */
function acrossRows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  const length = classes << 3, vectors = classes >> 1, odd = (classes & 1) != 0, state = scratch,
    most = max<usize>(min(TILE / length, UNITS), 1);
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; row += most) {
    const count = min(rows - row, most), at = row * length, sum = sums + (row << 3), to = target + at, logTo = logTarget + at;
    let from = source + at;
    for (let i: usize = 0; i < count; i++) v128.store(state + i * UNIT, largestOf(from + i * length, classes), LARGEST);
    startUnits(from, length, 0, 8, classes, count, state);
    if (op == BOTH && source == target) {
      memory.copy(logTo, from, count * length);
      from = logTo;
    }
    const y = op == LOG_SOFTMAX ? to : logTo;
    const d = overBand(op, true, from, length, 16, to, length, 16, y, length, 16, vectors, odd, count, state);
    difference = max(difference, d);
    storeSums(op, true, count, state, sum);
    if (anyInvalid) spoilRows(op, true, to, length, 8, logTo, length, 8, count, classes, state, sum);
  }
  return difference;
}

/** Rows of a band of so many columns: where these are many, no more than lie in a cache line of each. */
// @ts-ignore: decorator
@inline
export function unitsOfColumns(classes: usize): usize { return classes > 64 ? 4 : UNITS; }

export function overColumns(
  op: i32, source: usize, stride: usize, target: usize, targetStride: usize, logTarget: usize, logStride: usize,
  rows: usize, classes: usize, sums: usize,
): f64 {
  if (scratch == 0) unreachable();
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return 0;
  }
  if (classes == 1) {
    oneClass(op, source, target, logTarget, rows, sums);
    return 0;
  }
  const paired: usize = rows & ~1, most = unitsOfColumns(classes) << 1, state = scratch;
  let difference: f64 = 0;
  for (let row: usize = 0; row < paired; row += most) {
    const count = min(paired - row, most), units = count >> 1, at = row << 3, to = target + at, logTo = logTarget + at;
    let from = source + at, fromStride = stride;
    largestOfColumns(from, stride, classes, units, state);
    startUnits(from, 16, 8, stride, classes, units, state);
    if (op == BOTH && source == target) {
      for (let i: usize = 0; i < classes; i++) memory.copy(logTo + i * logStride, from + i * stride, count << 3);
      from = logTo;
      fromStride = logStride;
    }
    const y = op == LOG_SOFTMAX ? to : logTo, yStride = op == LOG_SOFTMAX ? targetStride : logStride;
    const d = overBand(op, false, from, 16, fromStride, to, 16, targetStride, y, 16, yStride, classes, false, units, state);
    difference = max(difference, d);
    storeSums(op, false, count, state, sums + at);
    if (anyInvalid) spoilRows(op, false, to, 8, targetStride, logTo, 8, logStride, count, classes, state, sums + at);
  }
  if (paired == rows) return difference;
  const last: usize = paired << 3;
  return max(difference, loneRow(
    op, source + last, stride, target + last, targetStride, logTarget + last, logStride, classes, sums + last,
  ));
}
