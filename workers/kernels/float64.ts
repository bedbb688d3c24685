// float64.wasm: see SoftmaxKernels in src/kernels/softmax.ts.
import { REASON_NAN } from './common';
import {
  addExponentials, addExtremes, addOthers, beginRow, endExponentials, endExtremes, endRow, resultsOf,
} from './float64/pieces';
import { addStored, beginSum, endSum } from './float64/stored-pieces';
import { overColumns, overRows } from './float64/layouts';
import { sumColumns, sumRows } from './float64/stored';
import { addPairs, applyPairs, foldPairs } from './float64/over-columns';
import { OF_EXPONENTIALS, OF_NOTHING, SIGMOID } from './ops';
import { lengthAt, offsetAt, runOf } from './ragged';
import { sigmoidOf64 } from './sigmoid/float64';
import { rangeOf, rangeOfColumns, rangeOfRows, storeRange } from './sigmoid/range';
import { settleColumns, settleRagged, settleRows } from './sigmoid/settle';

// Not to be called from outside: being exported keeps them from being put together into one function, see there.
export {
  addFarExponentials, addNearExponentials, addQuotientExponentials, storeFarExponentials, storeNearExponentials,
  storeQuotientExponentials,
} from './float64/exponentials';
export { addExponentialsOfLogs, differenceOf, storePlainLogs, storeQuotientLogs } from './float64/logs';
export { storeProbabilities } from './float64/results';
export {
  applyApartBoth, applyApartLogs, applyApartProbabilities, applyBesideBoth, applyBesideLogs, applyBesideProbabilities,
  applyQuotientBoth, applyQuotientLogs, applyQuotientProbabilities, foldApart, foldBeside, foldQuotients,
} from './float64/column-passes';
export { addProbabilities } from './float64/stored';
export { addPlainOthers, addQuotientOthers } from './float64/totals';
export { farExponentialsOfTwo, nearExponentialsOfTwo, quotientExponentialsOfTwo } from './float64/two-classes';
export { plainSigmoids64, quotientSigmoids64 } from './sigmoid/float64';
export { set_temperature } from './float64/temperature';
export { set_scratch } from './float64/units';
export {
  column_parameter_bytes, column_state_bytes, column_sum_bytes, column_sums_merge, columns_begin, columns_finish, columns_merge,
} from './reduction/state';

export function compute_rows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    settleRows<f64>(sigmoidOf64(source, target, rows * classes), target, rows, classes, sums);
    return 0;
  }
  return overRows(op, source, target, logTarget, rows, classes, sums);
}

export function compute_columns(
  op: i32, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize,
  rows: usize, classes: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    let anyNaN = false;
    for (let i: usize = 0; i < classes; i++)
      if (sigmoidOf64(source + i * sourceStride, target + i * targetStride, rows)) anyNaN = true;
    settleColumns<f64>(anyNaN, target, targetStride, rows, classes, sums);
    return 0;
  }
  return overColumns(op, source, sourceStride, target, targetStride, logTarget, logTargetStride, rows, classes, sums);
}

export function sum_rows(terms: i32, source: usize, rows: usize, classes: usize, sums: usize): void {
  if (terms == OF_NOTHING) return rangeOfRows<f64>(source, rows, classes, sums);
  sumRows(terms == OF_EXPONENTIALS, source, rows, classes, sums);
}

export function sum_columns(terms: i32, source: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  if (terms == OF_NOTHING) return rangeOfColumns<f64>(source, stride, rows, classes, sums);
  sumColumns(terms == OF_EXPONENTIALS, source, stride, rows, classes, sums);
}

export function compute_ragged(
  op: i32, source: usize, target: usize, logTarget: usize, offsets: usize, offsetBytes: i32, rows: usize, sums: usize,
): f64 {
  if (op == SIGMOID) {
    const values = <usize>(offsetAt(offsets, offsetBytes, rows) - offsetAt(offsets, offsetBytes, 0));
    settleRagged<f64>(sigmoidOf64(source, target, values), target, offsets, offsetBytes, rows, sums);
    return 0;
  }
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; ) {
    const run = runOf(offsets, offsetBytes, row, rows), classes = lengthAt(offsets, offsetBytes, row);
    difference = max(difference, overRows(op, source, target, logTarget, run, classes, sums));
    const bytes = (run * classes) << 3;
    source += bytes;
    target += bytes;
    logTarget += bytes;
    sums += run << 3;
    row += run;
  }
  return difference;
}

export function sum_ragged(
  terms: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, sums: usize,
): void {
  for (let row: usize = 0; row < rows; ) {
    const run = runOf(offsets, offsetBytes, row, rows), classes = lengthAt(offsets, offsetBytes, row);
    sum_rows(terms, source, run, classes, sums);
    source += (run * classes) << 3;
    sums += run << 3;
    row += run;
  }
}

export function fold_columns(
  inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, state: usize,
): void {
  foldPairs(inColumns, source, stride, rows, columns, state);
}

export function apply_columns(
  op: i32, inColumns: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, rows: usize, columns: usize, parameters: usize, sums: usize,
): f64 {
  return applyPairs(
    op, inColumns, source, sourceStride, target, targetStride, logTarget, logStride, rows, columns, parameters, sums,
  );
}

export function add_columns(
  ofLogs: bool, inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, sums: usize,
): void {
  addPairs(ofLogs, inColumns, source, stride, rows, columns, sums);
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

export function row_others(source: usize, count: usize): void {
  addOthers(source, count);
}

export function row_results(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (isSigmoid) {
    if (sigmoidOf64(source, target, count)) reason = REASON_NAN;
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
  beginSum(terms == OF_EXPONENTIALS);
}

export function stored_piece(source: usize, count: usize): void {
  if (!isRange) return addStored(source, count);
  const found = rangeOf<f64>(source, count);
  if (reason == 0 || found == REASON_NAN) reason = found;
}

export function stored_end(sums: usize): void {
  if (isRange) storeRange(sums, reason);
  else endSum(sums);
}
