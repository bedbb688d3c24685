// float16.wasm: see SoftmaxKernels in src/kernels/softmax.ts. Halves become float32 a tile at a time, float32's kernels compute
// there, and what comes out is rounded once.
import { sumTileColumns, tileColumns } from './float16/columns';
import {
  addExponentials, addExtremes, addOthers, addStored, beginRow, beginSum, endExponentials, endExtremes, endPieces, endSum, resultsOf,
} from './float16/pieces';
import { rowsOf, sumRowsOf } from './float16/rows';
import { lengthAt, runOf } from './ragged';
import { addTiles, applyTiles, foldTiles } from './reduction/over-columns';

export { madd_is_fused } from './common';
export { set_work } from './float16/work';
export { set_scratch, set_temperature } from './float32/setup';

export function compute_rows(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  return rowsOf(op, source, target, logTarget, count, classes, sums);
}

export function compute_columns(
  op: i32, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize,
  count: usize, classes: usize, sums: usize,
): f64 {
  return tileColumns(op, source, sourceStride, target, targetStride, logTarget, logTargetStride, count, classes, sums);
}

export function sum_rows(ofLogs: bool, source: usize, count: usize, classes: usize, sums: usize): void {
  sumRowsOf(ofLogs, source, count, classes, sums);
}

export function sum_columns(ofLogs: bool, source: usize, stride: usize, count: usize, classes: usize, sums: usize): void {
  sumTileColumns(ofLogs, source, stride, count, classes, sums);
}

export function compute_ragged(
  op: i32, source: usize, target: usize, logTarget: usize, offsets: usize, offsetBytes: i32, count: usize, sums: usize,
): f64 {
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
  ofLogs: bool, source: usize, offsets: usize, offsetBytes: i32, count: usize, sums: usize,
): void {
  for (let row: usize = 0; row < count; ) {
    const run = runOf(offsets, offsetBytes, row, count), classes = lengthAt(offsets, offsetBytes, row);
    sumRowsOf(ofLogs, source, run, classes, sums);
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

export function row_begin(op: i32, classes: usize): void {
  beginRow(op, classes);
}

export function row_extremes(source: usize, count: usize): void {
  addExtremes(source, count);
}

export function row_has_results(): bool {
  return endExtremes();
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
  return resultsOf(source, target, logTarget, count);
}

export function row_end(sums: usize): void {
  endPieces(sums);
}

export function stored_begin(ofLogs: bool): void {
  beginSum(ofLogs);
}

export function stored_piece(source: usize, count: usize): void {
  addStored(source, count);
}

export function stored_end(sums: usize): void {
  endSum(sums);
}
