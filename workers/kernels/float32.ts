// float32.wasm: see SoftmaxKernels in src/kernels/softmax.ts.
import { REASON_NAN } from './common';
import { BUFFER, FEWEST, STATE_BYTES } from './float32/band-state';
import { overColumns, sumColumns } from './float32/columns';
import { overFewColumns, overFewRows, overPadded } from './float32/few';
import { FEW, TILE, gather, rowsOfTile, scatter } from './float32/few-classes';
import { oneClass } from './float32/one-class';
import {
  addExponentials, addExtremes, addStored, addToOthers, beginRow, beginSum, endExponentials, endExtremes, endRow, endSum, resultsOf,
} from './float32/pieces';
import { overRows, sumExpRows, sumRows } from './float32/rows';
import { inverse, scratch } from './float32/setup';
import { BOTH, OF_EXPONENTIALS, OF_NOTHING, SIGMOID } from './ops';
import { lengthAt, offsetAt, runOf } from './ragged';
import { addTiles, applyTiles, foldTiles } from './reduction/over-columns';
import { sigmoidOf32 } from './sigmoid/float32';
import { rangeOf, rangeOfColumns, rangeOfRows, storeRange } from './sigmoid/range';
import { settleColumns, settleRagged, settleRows } from './sigmoid/settle';

// Not to be called from outside: being exported keeps them from being put together into one function, see there.
export { addGeneralExponentials, addPlainExponentials, addQuotientExponentials } from './float32/row-exponentials';
export {
  addExponentialsOfLogs, storeDeepProbabilities, storeLogs, storeProbabilities, storeQuotientLogs,
} from './float32/row-results';
export { plainSigmoids, quotientSigmoids } from './sigmoid/float32';
export { set_scratch, set_temperature } from './float32/setup';

/** The tiles of few-classes.ts, behind the arrays of columns.ts and few.ts. */
const FIRST_TILE: usize = STATE_BYTES;
const SECOND_TILE: usize = FIRST_TILE + TILE;

export function compute_columns(
  op: i32, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize,
  count: usize, classes: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    let anyNaN = false;
    for (let i: usize = 0; i < classes; i++)
      if (sigmoidOf32(source + i * sourceStride, target + i * targetStride, count, inverse)) anyNaN = true;
    settleColumns<f32>(anyNaN, target, targetStride, count, classes, sums);
    return 0;
  }
  // Memory is shared: writing to a scratch that nobody gave would disturb others.
  if (scratch == 0) unreachable();
  if (classes <= 1) {
    oneClass(op, source, target, logTarget, count, classes, sums);
    return 0;
  }
  if (classes <= FEWEST && inverse == 1)
    return overFewColumns(
      op, source, sourceStride, target, targetStride, logTarget, logTargetStride, count, classes, sums, scratch,
      scratch + FIRST_TILE, scratch + SECOND_TILE,
    );
  return overColumns(
    op, source, sourceStride, target, targetStride, logTarget, logTargetStride, count, classes, sums, inverse, scratch,
  );
}

export function compute_rows(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    settleRows<f32>(sigmoidOf32(source, target, count * classes, inverse), target, count, classes, sums);
    return 0;
  }
  if (classes <= 1) return compute_columns(op, source, 0, target, 0, logTarget, 0, count, classes, sums);
  if (classes <= FEWEST && inverse == 1) return few(op, source, target, logTarget, count, classes, sums);
  if (classes <= FEW) return tiles(op, source, target, logTarget, count, classes, sums);
  if (scratch == 0) unreachable();
  return overRows(op, source, target, logTarget, count, classes, sums, inverse, scratch + BUFFER);
}

function few(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  if (scratch == 0) unreachable();
  const most = rowsOfTile(classes), stride = most << 2, first = scratch + FIRST_TILE, second = scratch + SECOND_TILE;
  const whole = count & ~3, left = count & 3;
  let difference: f64 = 0;
  for (let row: usize = 0; row < whole; row += most) {
    const height = min(whole - row, most), at = row * (classes << 2);
    gather(source + at, height, classes, first, stride);
    difference = max(difference, overFewRows(
      op, first, stride, target + at, logTarget + at, height, classes, sums + (row << 3), scratch,
    ));
  }
  if (left) {
    const at = whole * (classes << 2);
    gather(source + at, left, classes, first, stride);
    difference = max(difference, overPadded(op, first, second, stride, left, classes, sums + (whole << 3), scratch));
    scatter(first, stride, left, classes, target + at);
    if (op == BOTH) scatter(second, stride, left, classes, logTarget + at);
  }
  return difference;
}

function tiles(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  const most = rowsOfTile(classes), stride = most << 2, first = scratch + FIRST_TILE, second = scratch + SECOND_TILE;
  let difference: f64 = 0;
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), at = row * (classes << 2);
    gather(source + at, height, classes, first, stride);
    difference = max(difference, compute_columns(op, first, stride, first, stride, second, stride, height, classes, sums + (row << 3)));
    scatter(first, stride, height, classes, target + at);
    if (op == BOTH) scatter(second, stride, height, classes, logTarget + at);
  }
  return difference;
}

export function sum_columns(terms: i32, source: usize, stride: usize, count: usize, classes: usize, sums: usize): void {
  if (terms == OF_NOTHING) return rangeOfColumns<f32>(source, stride, count, classes, sums);
  if (scratch == 0) unreachable();
  if (classes == 0) memory.fill(sums, 0, count << 3);
  else sumColumns(terms == OF_EXPONENTIALS, source, stride, count, classes, sums, scratch);
}

export function sum_rows(terms: i32, source: usize, count: usize, classes: usize, sums: usize): void {
  if (terms == OF_NOTHING) return rangeOfRows<f32>(source, count, classes, sums);
  if (classes <= FEW) sumTiles(terms, source, count, classes, sums);
  else if (terms == OF_EXPONENTIALS) sumExpRows(source, count, classes, sums, scratch + BUFFER);
  else sumRows(source, count, classes, sums);
}

function sumTiles(terms: i32, source: usize, count: usize, classes: usize, sums: usize): void {
  if (classes == 0) {
    memory.fill(sums, 0, count << 3);
    return;
  }
  const most = rowsOfTile(classes), stride = most << 2, tile = scratch + FIRST_TILE;
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most);
    gather(source + row * (classes << 2), height, classes, tile, stride);
    sum_columns(terms, tile, stride, height, classes, sums + (row << 3));
  }
}

export function compute_ragged(
  op: i32, source: usize, target: usize, logTarget: usize, offsets: usize, offsetBytes: i32, count: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    const values = <usize>(offsetAt(offsets, offsetBytes, count) - offsetAt(offsets, offsetBytes, 0));
    settleRagged<f32>(sigmoidOf32(source, target, values, inverse), target, offsets, offsetBytes, count, sums);
    return 0;
  }
  let difference: f64 = 0;
  for (let row: usize = 0; row < count; ) {
    const run = runOf(offsets, offsetBytes, row, count), classes = lengthAt(offsets, offsetBytes, row);
    difference = max(difference, compute_rows(op, source, target, logTarget, run, classes, sums));
    const bytes = (run * classes) << 2;
    source += bytes;
    target += bytes;
    logTarget += bytes;
    sums += run << 3;
    row += run;
  }
  return difference;
}

export function sum_ragged(
  terms: i32, source: usize, offsets: usize, offsetBytes: i32, count: usize, sums: usize,
): void {
  for (let row: usize = 0; row < count; ) {
    const run = runOf(offsets, offsetBytes, row, count), classes = lengthAt(offsets, offsetBytes, row);
    sum_rows(terms, source, run, classes, sums);
    source += (run * classes) << 2;
    sums += run << 3;
    row += run;
  }
}

export function fold_columns(
  inColumns: bool, source: usize, stride: usize, count: usize, columns: usize, state: usize,
): void {
  foldTiles<f32>(inColumns, source, stride, count, columns, state);
}

export function apply_columns(
  op: i32, inColumns: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, count: usize, columns: usize, parameters: usize, sums: usize,
): f64 {
  return applyTiles<f32>(
    op, inColumns, source, sourceStride, target, targetStride, logTarget, logStride, count, columns, parameters, sums,
  );
}

export function add_columns(
  ofLogs: bool, inColumns: bool, source: usize, stride: usize, count: usize, columns: usize, sums: usize,
): void {
  addTiles<f32>(ofLogs, inColumns, source, stride, count, columns, sums);
}

/** Of the row in pieces, and of stored values in pieces. */
let isSigmoid: bool = false;
let isRange: bool = false;
let reason: i64 = 0;

export function row_begin(op: i32, classes: usize): void {
  isSigmoid = op == SIGMOID;
  reason = 0;
  if (isSigmoid) return;
  if (scratch == 0) unreachable();
  beginRow(op, classes, inverse, scratch + BUFFER);
}

export function row_extremes(source: usize, count: usize): void {
  if (!isSigmoid) addExtremes(source, count);
}

export function row_has_results(): bool {
  return !isSigmoid && endExtremes();
}

export function row_exponentials(source: usize, count: usize): void {
  addExponentials(source, source, count);
}

export function row_needs_others(): bool {
  return endExponentials();
}

export function row_others(source: usize, count: usize): void {
  addToOthers(source, count);
}

export function row_results(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (isSigmoid) {
    if (sigmoidOf32(source, target, count, inverse)) reason = REASON_NAN;
    return 0;
  }
  return resultsOf(source, target, logTarget, count);
}

export function row_end(sums: usize): void {
  if (isSigmoid) storeRange(sums, reason);
  else endRow(sums);
}

export function stored_begin(terms: i32): void {
  isRange = terms == OF_NOTHING;
  reason = 0;
  if (isRange) return;
  if (scratch == 0) unreachable();
  beginSum(terms == OF_EXPONENTIALS, scratch + BUFFER);
}

export function stored_piece(source: usize, count: usize): void {
  if (!isRange) return addStored(source, count);
  const found = rangeOf<f32>(source, count);
  if (reason == 0 || found == REASON_NAN) reason = found;
}

export function stored_end(sums: usize): void {
  if (isRange) storeRange(sums, reason);
  else endSum(sums);
}
