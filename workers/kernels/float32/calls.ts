// The stages of stages.ts, each as one function for all ops: the constants that it is compiled for are chosen here.
import { deep } from './band';
import {
  addColumns, exponentialsOfColumn, exponentialsOfLogColumn, extremesOfColumns, logsOfColumn,
  probabilitiesOfColumns,
} from './stages';

/** Up to four columns. */
export function findExtremes(whole: bool, first: bool, source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (!whole) {
    for (let c: usize = 0; c < classes; c++, source += stride)
      extremesOfColumns(1, false, first && c == 0, source, stride, rows, scratch);
  } else if (classes == 4) {
    extremesOfColumns(4, true, first, source, stride, rows, scratch);
  } else if (classes == 3) {
    extremesOfColumns(3, true, first, source, stride, rows, scratch);
  } else if (classes == 2) {
    extremesOfColumns(2, true, first, source, stride, rows, scratch);
  } else {
    extremesOfColumns(1, true, first, source, stride, rows, scratch);
  }
}

export function addUp(whole: bool, first: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  if (!whole) {
    for (let c: usize = 0; c < classes; c++, source += stride)
      addColumns(1, false, first && c == 0, source, stride, rows, sums);
  } else if (classes == 4) {
    addColumns(4, true, first, source, stride, rows, sums);
  } else if (classes == 3) {
    addColumns(3, true, first, source, stride, rows, sums);
  } else if (classes == 2) {
    addColumns(2, true, first, source, stride, rows, sums);
  } else {
    addColumns(1, true, first, source, stride, rows, sums);
  }
}

export function multiply(
  whole: bool, first: bool, target: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize,
): void {
  if (!whole || deep) {
    for (let c: usize = 0; c < classes; c++, target += stride) {
      if (!whole && deep) probabilitiesOfColumns(1, true, false, first && c == 0, target, stride, rows, sums, scratch);
      else if (!whole) probabilitiesOfColumns(1, false, false, first && c == 0, target, stride, rows, sums, scratch);
      else probabilitiesOfColumns(1, true, true, first && c == 0, target, stride, rows, sums, scratch);
    }
  } else if (classes == 4) {
    probabilitiesOfColumns(4, false, true, first, target, stride, rows, sums, scratch);
  } else if (classes == 3) {
    probabilitiesOfColumns(3, false, true, first, target, stride, rows, sums, scratch);
  } else if (classes == 2) {
    probabilitiesOfColumns(2, false, true, first, target, stride, rows, sums, scratch);
  } else {
    probabilitiesOfColumns(1, false, true, first, target, stride, rows, sums, scratch);
  }
}

export function plainExponentials(whole: bool, first: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) exponentialsOfColumn(false, true, true, first, source, target, rows, 1, scratch);
  else exponentialsOfColumn(false, true, false, first, source, target, rows, 1, scratch);
}
export function generalExponentials(whole: bool, first: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) exponentialsOfColumn(false, false, true, first, source, target, rows, 1, scratch);
  else exponentialsOfColumn(false, false, false, first, source, target, rows, 1, scratch);
}
export function quotientExponentials(
  whole: bool, first: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize,
): void {
  if (whole) exponentialsOfColumn(true, false, true, first, source, target, rows, inverse, scratch);
  else exponentialsOfColumn(true, false, false, first, source, target, rows, inverse, scratch);
}

export function storeLogs(whole: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) logsOfColumn(false, true, source, target, rows, 1, scratch);
  else logsOfColumn(false, false, source, target, rows, 1, scratch);
}
export function quotientLogs(whole: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize): void {
  if (whole) logsOfColumn(true, true, source, target, rows, inverse, scratch);
  else logsOfColumn(true, false, source, target, rows, inverse, scratch);
}
export function exponentialsOfLogs(whole: bool, first: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  if (whole) exponentialsOfLogColumn(true, first, source, target, rows, scratch);
  else exponentialsOfLogColumn(false, first, source, target, rows, scratch);
}

/** The logits where the log-probabilities will be: the target of probabilities may be their source. */
export function copy(whole: bool, source: usize, target: usize, rows: usize): void {
  if (whole) for (let at: usize = 0; at < rows << 2; at += 16) v128.store(target + at, v128.load(source + at));
  else memory.copy(target, source, rows << 2);
}
