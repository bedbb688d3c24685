// derived.wasm: see DerivedKernels in src/kernels/derived.ts. `size` is the bytes of a logit.
import { addArgmax, beginArgmax, endArgmax } from './derived/argmax';
import { argmaxOfColumns } from './derived/argmax-columns';
import {
  addExtremes, addSums, beginSlice, endSlice, statisticsOfColumns, statisticsOfRagged, statisticsOfRows,
} from './derived/slices';
import { storeEntropies, storeLargestProbabilities, storeLogSumExps, storeMargins } from './derived/values';
import { lengthAt } from './ragged';

// Not to be called from outside: being exported keeps them from being put together into one function.
export { plainStatistics, quotientStatistics } from './derived/columns-float32';
export { addGeneralSums, addPlainSums, addQuotientSums } from './derived/row-float32';
export { set_scratch, set_temperature } from './derived/settings';

export function argmax_rows(size: i32, source: usize, rows: usize, classes: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes * size, out += 4) {
    beginArgmax();
    argmax_piece(size, source, classes);
    argmax_end(out);
  }
}

export function argmax_ragged(size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, out += 4) {
    const classes = lengthAt(offsets, offsetBytes, row);
    argmax_rows(size, source, 1, classes, out);
    source += classes * size;
  }
}

export function argmax_columns(size: i32, source: usize, stride: usize, rows: usize, classes: usize, out: usize): void {
  if (size == 2) argmaxOfColumns<u16>(source, stride, rows, classes, out);
  else if (size == 4) argmaxOfColumns<f32>(source, stride, rows, classes, out);
  else argmaxOfColumns<f64>(source, stride, rows, classes, out);
}

export function argmax_begin(): void {
  beginArgmax();
}

export function argmax_piece(size: i32, source: usize, count: usize): void {
  if (size == 2) addArgmax<u16>(source, count);
  else if (size == 4) addArgmax<f32>(source, count);
  else addArgmax<f64>(source, count);
}

export function argmax_end(out: usize): void {
  store<i32>(out, endArgmax());
}

export function statistics_rows(size: i32, source: usize, rows: usize, classes: usize, out: usize): void {
  statisticsOfRows(size, source, rows, classes, out);
}

export function statistics_columns(size: i32, source: usize, stride: usize, rows: usize, classes: usize, out: usize): void {
  statisticsOfColumns(size, source, stride, rows, classes, out);
}

export function statistics_ragged(
  size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, out: usize,
): void {
  statisticsOfRagged(size, source, offsets, offsetBytes, rows, out);
}

export function statistics_begin(size: i32): void {
  beginSlice(size);
}

export function statistics_extremes(size: i32, source: usize, count: usize): void {
  addExtremes(size, source, count);
}

export function statistics_sums(size: i32, source: usize, count: usize): void {
  addSums(size, source, count);
}

export function statistics_end(size: i32, out: usize): void {
  endSlice(size, out);
}

export function entropies(statistics: usize, count: usize, out: usize): void {
  storeEntropies(statistics, count, out);
}

export function log_sum_exps(statistics: usize, count: usize, out: usize): void {
  storeLogSumExps(statistics, count, out);
}

export function largest_probabilities(statistics: usize, count: usize, out: usize): void {
  storeLargestProbabilities(statistics, count, out);
}

export function margins(statistics: usize, count: usize, out: usize): void {
  storeMargins(statistics, count, out);
}
