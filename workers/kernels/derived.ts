// derived.wasm: see DerivedKernels in src/kernels/derived.ts. `size` is the bytes of a logit.
import { addArgmax, beginArgmax, endArgmax } from './derived/argmax';
import { argmaxOfColumns } from './derived/argmax-columns';
import {
  addExtremes, addSums, beginSlice, endSlice, statisticsOfColumns, statisticsOfRagged, statisticsOfRows,
} from './derived/slices';
import { classes as width, first, next, overColumns, overRagged, overRows, stride as apart } from './derived/forms';
import {
  LABELLED, addLargest, addMass, addRest, beginRest, countOf, endRest, gatherOf, labelOf, nucleusOf, restOf, topKOf,
} from './derived/per-slice';
import { beginNucleus, endPass } from './derived/nucleus';
import { STATISTICS } from './derived/statistics';
import { beginTopK, endTopK } from './derived/topk';
import {
  storeEntropies, storeLabelLogs, storeLabelProbabilities, storeLargestProbabilities, storeLogSumExps, storeMargins,
} from './derived/values';
import { FEW, gather as toColumns, rowsOfTile } from './float32/few-classes';
import { scratch } from './float32/setup';
import { lengthAt, runOf } from './ragged';

// Not to be called from outside: being exported keeps them from being put together into one function.
export { plainStatistics, quotientStatistics } from './derived/columns-float32';
export { addGeneralSums, addPlainSums, addQuotientSums } from './derived/row-float32';
export { set_scratch, set_temperature } from './derived/settings';

export function argmax_rows(size: i32, source: usize, rows: usize, classes: usize, out: usize): void {
  if (size == 4 && classes > 1 && classes <= FEW) return fewArgmax(source, rows, classes, out);
  for (let row: usize = 0; row < rows; row++, source += classes * size, out += 4) {
    beginArgmax();
    argmax_piece(size, source, classes);
    argmax_end(out);
  }
}

/** A tile of rows at a time becomes columns. */
function fewArgmax(source: usize, rows: usize, classes: usize, out: usize): void {
  if (scratch == 0) unreachable();
  const most = rowsOfTile(classes), stride = most << 2;
  for (let row: usize = 0; row < rows; row += most) {
    const height = min(rows - row, most);
    toColumns(source + ((row * classes) << 2), height, classes, scratch, stride);
    argmaxOfColumns<f32>(scratch, stride, height, classes, out + (row << 2));
  }
}

export function argmax_ragged(size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, out: usize): void {
  for (let row: usize = 0; row < rows; ) {
    const run = runOf(offsets, offsetBytes, row, rows), classes = lengthAt(offsets, offsetBytes, row);
    argmax_rows(size, source, run, classes, out);
    source += run * classes * size;
    out += run << 2;
    row += run;
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

function topK(size: i32, rows: usize, k: usize, work: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, out += k << 2) {
    topKOf(size, first, apart, width, k, work, out);
    if (row + 1 < rows) next();
  }
}

function rest(size: i32, rows: usize, k: usize, ids: usize, statistics: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, ids += k << 2, statistics += STATISTICS, out += 8) {
    restOf(size, first, apart, width, k, ids, statistics, out);
    if (row + 1 < rows) next();
  }
}

function labels(size: i32, rows: usize, ids: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, ids += 4, out += LABELLED) {
    labelOf(size, first, apart, width, load<i32>(ids), out);
    if (row + 1 < rows) next();
  }
}

function gather(size: i32, rows: usize, k: usize, ids: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, ids += k << 2, out += k * size) {
    gatherOf(size, first, apart, k, ids, out);
    if (row + 1 < rows) next();
  }
}

export function topk_rows(
  size: i32, source: usize, rows: usize, classes: usize, k: usize, work: usize, out: usize,
): void {
  if (rows == 0) return;
  overRows(size, source, classes);
  topK(size, rows, k, work, out);
}

export function topk_columns(
  size: i32, source: usize, stride: usize, rows: usize, classes: usize, k: usize, work: usize, out: usize,
): void {
  if (rows == 0) return;
  overColumns(size, source, stride, classes);
  topK(size, rows, k, work, out);
}

export function topk_ragged(
  size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, k: usize, work: usize, out: usize,
): void {
  if (rows == 0) return;
  overRagged(size, source, offsets, offsetBytes);
  topK(size, rows, k, work, out);
}

export function topk_rest_rows(
  size: i32, source: usize, rows: usize, classes: usize, k: usize, ids: usize, statistics: usize, out: usize,
): void {
  if (rows == 0) return;
  overRows(size, source, classes);
  rest(size, rows, k, ids, statistics, out);
}

export function topk_rest_columns(
  size: i32, source: usize, stride: usize, rows: usize, classes: usize, k: usize, ids: usize, statistics: usize, out: usize,
): void {
  if (rows == 0) return;
  overColumns(size, source, stride, classes);
  rest(size, rows, k, ids, statistics, out);
}

export function topk_rest_ragged(
  size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, k: usize, ids: usize, statistics: usize, out: usize,
): void {
  if (rows == 0) return;
  overRagged(size, source, offsets, offsetBytes);
  rest(size, rows, k, ids, statistics, out);
}

export function gather_rows(
  size: i32, source: usize, rows: usize, classes: usize, k: usize, ids: usize, out: usize,
): void {
  if (rows == 0) return;
  overRows(size, source, classes);
  gather(size, rows, k, ids, out);
}

export function gather_columns(
  size: i32, source: usize, stride: usize, rows: usize, classes: usize, k: usize, ids: usize, out: usize,
): void {
  if (rows == 0) return;
  overColumns(size, source, stride, classes);
  gather(size, rows, k, ids, out);
}

export function gather_ragged(
  size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, k: usize, ids: usize, out: usize,
): void {
  if (rows == 0) return;
  overRagged(size, source, offsets, offsetBytes);
  gather(size, rows, k, ids, out);
}

export function label_rows(
  size: i32, source: usize, rows: usize, classes: usize, ofSlices: usize, out: usize,
): void {
  if (rows == 0) return;
  overRows(size, source, classes);
  labels(size, rows, ofSlices, out);
}

export function label_columns(
  size: i32, source: usize, stride: usize, rows: usize, classes: usize, ofSlices: usize, out: usize,
): void {
  if (rows == 0) return;
  overColumns(size, source, stride, classes);
  labels(size, rows, ofSlices, out);
}

export function label_ragged(
  size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, ofSlices: usize, out: usize,
): void {
  if (rows == 0) return;
  overRagged(size, source, offsets, offsetBytes);
  labels(size, rows, ofSlices, out);
}

export function topk_begin(k: usize, work: usize): void {
  beginTopK(k, work);
}

export function topk_piece(size: i32, source: usize, count: usize): void {
  addLargest(size, source, size, count);
}

export function topk_end(out: usize): void {
  endTopK(out);
}

export function topk_rest_begin(statistics: usize, last: f64, lastClass: i32): void {
  beginRest(statistics, last, lastClass);
}

export function topk_rest_piece(size: i32, source: usize, count: usize): void {
  addRest(size, source, size, count);
}

export function topk_rest_end(statistics: usize, out: usize): void {
  endRest(statistics, out);
}

export function count_above(size: i32, source: usize, count: usize, label: usize): i32 {
  return countOf(size, source, size, count, label);
}

export function label_log_probabilities(statistics: usize, labelled: usize, count: usize, out: usize): void {
  storeLabelLogs(statistics, labelled, count, false, out);
}

export function negative_log_likelihoods(statistics: usize, labelled: usize, count: usize, out: usize): void {
  storeLabelLogs(statistics, labelled, count, true, out);
}

export function label_probabilities(statistics: usize, labelled: usize, count: usize, out: usize): void {
  storeLabelProbabilities(statistics, labelled, count, out);
}

function nuclei(size: i32, rows: usize, part: f64, statistics: usize, work: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, statistics += STATISTICS, out += 4) {
    store<i32>(out, nucleusOf(size, first, apart, width, part, statistics, work));
    if (row + 1 < rows) next();
  }
}

export function nucleus_rows(
  size: i32, source: usize, rows: usize, classes: usize, part: f64, statistics: usize, work: usize, out: usize,
): void {
  if (rows == 0) return;
  overRows(size, source, classes);
  nuclei(size, rows, part, statistics, work, out);
}

export function nucleus_columns(
  size: i32, source: usize, stride: usize, rows: usize, classes: usize, part: f64, statistics: usize, work: usize, out: usize,
): void {
  if (rows == 0) return;
  overColumns(size, source, stride, classes);
  nuclei(size, rows, part, statistics, work, out);
}

export function nucleus_ragged(
  size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, part: f64, statistics: usize, work: usize, out: usize,
): void {
  if (rows == 0) return;
  overRagged(size, source, offsets, offsetBytes);
  nuclei(size, rows, part, statistics, work, out);
}

export function nucleus_begin(part: f64, statistics: usize, work: usize): void {
  beginNucleus(part, statistics, work, true);
}

export function nucleus_piece(size: i32, source: usize, count: usize): void {
  addMass(size, source, size, count);
}

export function nucleus_end_pass(): i32 {
  return endPass();
}
