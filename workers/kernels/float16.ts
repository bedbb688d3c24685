// float16.wasm: see SoftmaxKernels in src/kernels/softmax.ts. Halves become float32 a tile at a time, float32's kernels compute
// there, and what comes out is rounded once.
import { REASON_NAN } from './common';
import { sumTileColumns, tileColumns } from './float16/columns';
import {
  addExponentials, addExtremes, addOthers, addStored, beginRow, beginSum, endExponentials, endExtremes, endPieces, endSum, resultsOf,
} from './float16/pieces';
import { rowsOf, sumRowsOf } from './float16/rows';
import { inverse } from './float32/setup';
import { OF_EXPONENTIALS, OF_NOTHING, SIGMOID } from './ops';
import { lengthAt, offsetAt, runOf } from './ragged';
import { addTiles, applyTiles, foldTiles } from './reduction/over-columns';
import { sigmoidOf16 } from './sigmoid/float16';
import { rangeOf, rangeOfColumns, rangeOfRows, storeRange } from './sigmoid/range';
import { settleColumns, settleRagged, settleRows } from './sigmoid/settle';

export { set_work } from './float16/work';
export { plainSigmoids, quotientSigmoids } from './sigmoid/float32';
export { set_scratch, set_temperature } from './float32/setup';

export function compute_rows(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    settleRows<u16>(sigmoidOf16(source, target, count * classes, inverse), target, count, classes, sums);
    return 0;
  }
  return rowsOf(op, source, target, logTarget, count, classes, sums);
}

export function compute_columns(
  op: i32, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize,
  count: usize, classes: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    let anyNaN = false;
    for (let i: usize = 0; i < classes; i++)
      if (sigmoidOf16(source + i * sourceStride, target + i * targetStride, count, inverse)) anyNaN = true;
    settleColumns<u16>(anyNaN, target, targetStride, count, classes, sums);
    return 0;
  }
  return tileColumns(op, source, sourceStride, target, targetStride, logTarget, logTargetStride, count, classes, sums);
}

export function sum_rows(terms: i32, source: usize, count: usize, classes: usize, sums: usize): void {
  if (terms == OF_NOTHING) return rangeOfRows<u16>(source, count, classes, sums);
  sumRowsOf(terms == OF_EXPONENTIALS, source, count, classes, sums);
}

export function sum_columns(terms: i32, source: usize, stride: usize, count: usize, classes: usize, sums: usize): void {
  if (terms == OF_NOTHING) return rangeOfColumns<u16>(source, stride, count, classes, sums);
  sumTileColumns(terms == OF_EXPONENTIALS, source, stride, count, classes, sums);
}

export function compute_ragged(
  op: i32, source: usize, target: usize, logTarget: usize, offsets: usize, offsetBytes: i32, count: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    const values = <usize>(offsetAt(offsets, offsetBytes, count) - offsetAt(offsets, offsetBytes, 0));
    settleRagged<u16>(sigmoidOf16(source, target, values, inverse), target, offsets, offsetBytes, count, sums);
    return 0;
  }
  let difference: f64 = 0;
  for (let row: usize = 0; row < count; ) {
    const run = runOf(offsets, offsetBytes, row, count), classes = lengthAt(offsets, offsetBytes, row);
    difference = max(difference, rowsOf(op, source, target, logTarget, run, classes, sums));
    const bytes = (run * classes) << 1;
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
    source += (run * classes) << 1;
    sums += run << 3;
    row += run;
  }
}

export function fold_columns(
  inColumns: bool, source: usize, stride: usize, count: usize, columns: usize, state: usize,
): void {
  foldTiles<u16>(inColumns, source, stride, count, columns, state);
}

export function apply_columns(
  op: i32, inColumns: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, count: usize, columns: usize, parameters: usize, sums: usize,
): f64 {
  return applyTiles<u16>(
    op, inColumns, source, sourceStride, target, targetStride, logTarget, logStride, count, columns, parameters, sums,
  );
}

export function add_columns(
  ofLogs: bool, inColumns: bool, source: usize, stride: usize, count: usize, columns: usize, sums: usize,
): void {
  addTiles<u16>(ofLogs, inColumns, source, stride, count, columns, sums);
}

/** Of the row in pieces, and of stored values in pieces. */
let isSigmoid: bool = false;
let isRange: bool = false;
let reason: i64 = 0;

export function row_begin(op: i32, classes: usize): void {
  isSigmoid = op == SIGMOID;
  reason = 0;
  if (isSigmoid) return;
  beginRow(op, classes);
}

export function row_extremes(source: usize, count: usize): void {
  if (!isSigmoid) addExtremes(source, count);
}

export function row_has_results(): bool {
  return !isSigmoid && endExtremes();
}

export function row_exponentials(source: usize, count: usize): void {
  addExponentials(source, count);
}

export function row_needs_others(): bool {
  return endExponentials();
}

/** What float32 knows of them is enough. */
export function row_others(source: usize, count: usize): void {
  addOthers(source, count);
}

export function row_results(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (isSigmoid) {
    if (sigmoidOf16(source, target, count, inverse)) reason = REASON_NAN;
    return 0;
  }
  return resultsOf(source, target, logTarget, count);
}

export function row_end(sums: usize): void {
  if (isSigmoid) storeRange(sums, reason);
  else endPieces(sums);
}

export function stored_begin(terms: i32): void {
  isRange = terms == OF_NOTHING;
  reason = 0;
  if (isRange) return;
  beginSum(terms == OF_EXPONENTIALS);
}

export function stored_piece(source: usize, count: usize): void {
  if (!isRange) return addStored(source, count);
  const found = rangeOf<u16>(source, count);
  if (reason == 0 || found == REASON_NAN) reason = found;
}

export function stored_end(sums: usize): void {
  if (isRange) storeRange(sums, reason);
  else endSum(sums);
}
