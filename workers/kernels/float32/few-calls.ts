// The stages of few.ts, each as one function: the constants that it is compiled for are chosen here.
import { LOG_SOFTMAX } from '../ops';
import { deep, general } from './band';
import { logsOfFew, probabilitiesOfFew } from './few-results';
import { exponentialsOfFew, startFar, startFew } from './few-stages';
import { logSumsOfFew, sumFew } from './few-sums';

export function startRows(sort: bool, source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (sort) {
    if (classes == 2) startFew(2, true, source, stride, rows, scratch);
    else if (classes == 3) startFew(3, true, source, stride, rows, scratch);
    else if (classes == 4) startFew(4, true, source, stride, rows, scratch);
    else startFew(5, true, source, stride, rows, scratch);
  } else {
    if (classes == 2) startFew(2, false, source, stride, rows, scratch);
    else if (classes == 3) startFew(3, false, source, stride, rows, scratch);
    else if (classes == 4) startFew(4, false, source, stride, rows, scratch);
    else startFew(5, false, source, stride, rows, scratch);
  }
}

export function findExponentials(source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): void {
  if (general) {
    startFar(rows, scratch);
    if (classes == 2) exponentialsOfFew(2, false, source, stride, rows, scratch);
    else if (classes == 3) exponentialsOfFew(3, false, source, stride, rows, scratch);
    else if (classes == 4) exponentialsOfFew(4, false, source, stride, rows, scratch);
    else exponentialsOfFew(5, false, source, stride, rows, scratch);
  } else {
    if (classes == 2) exponentialsOfFew(2, true, source, stride, rows, scratch);
    else if (classes == 3) exponentialsOfFew(3, true, source, stride, rows, scratch);
    else if (classes == 4) exponentialsOfFew(4, true, source, stride, rows, scratch);
    else exponentialsOfFew(5, true, source, stride, rows, scratch);
  }
}

export function sumRows(rows: usize, classes: usize, scratch: usize): bool {
  if (classes == 2) return sumFew(2, false, rows, 0, scratch);
  if (classes == 3) return sumFew(3, false, rows, 0, scratch);
  if (classes == 4) return sumFew(4, false, rows, 0, scratch);
  return sumFew(5, false, rows, 0, scratch);
}

export function sumLogs(rows: usize, classes: usize, sums: usize, scratch: usize): void {
  if (classes == 2) sumFew(2, true, rows, sums, scratch);
  else if (classes == 3) sumFew(3, true, rows, sums, scratch);
  else if (classes == 4) sumFew(4, true, rows, sums, scratch);
  else sumFew(5, true, rows, sums, scratch);
}

export function findLogSums(sorted: bool, source: usize, stride: usize, rows: usize, classes: usize, scratch: usize): bool {
  if (sorted) {
    if (classes == 2) return logSumsOfFew(2, true, source, stride, rows, scratch);
    if (classes == 3) return logSumsOfFew(3, true, source, stride, rows, scratch);
    if (classes == 4) return logSumsOfFew(4, true, source, stride, rows, scratch);
    return logSumsOfFew(5, true, source, stride, rows, scratch);
  }
  if (classes == 2) return logSumsOfFew(2, false, source, stride, rows, scratch);
  if (classes == 3) return logSumsOfFew(3, false, source, stride, rows, scratch);
  if (classes == 4) return logSumsOfFew(4, false, source, stride, rows, scratch);
  return logSumsOfFew(5, false, source, stride, rows, scratch);
}

export function findLogs(
  op: i32, source: usize, stride: usize, target: usize, targetStride: usize, rows: usize, classes: usize, scratch: usize,
): void {
  if (op == LOG_SOFTMAX) {
    if (classes == 2) logsOfFew(2, true, false, source, stride, target, targetStride, rows, scratch);
    else if (classes == 3) logsOfFew(3, true, false, source, stride, target, targetStride, rows, scratch);
    else if (classes == 4) logsOfFew(4, true, false, source, stride, target, targetStride, rows, scratch);
    else logsOfFew(5, true, false, source, stride, target, targetStride, rows, scratch);
  } else {
    if (classes == 2) logsOfFew(2, false, false, source, stride, target, targetStride, rows, scratch);
    else if (classes == 3) logsOfFew(3, false, false, source, stride, target, targetStride, rows, scratch);
    else if (classes == 4) logsOfFew(4, false, false, source, stride, target, targetStride, rows, scratch);
    else logsOfFew(5, false, false, source, stride, target, targetStride, rows, scratch);
  }
}
/** The same with results in rows. */
export function findLogRows(
  op: i32, source: usize, stride: usize, target: usize, rows: usize, classes: usize, scratch: usize,
): void {
  if (op == LOG_SOFTMAX) {
    if (classes == 2) logsOfFew(2, true, true, source, stride, target, 0, rows, scratch);
    else if (classes == 3) logsOfFew(3, true, true, source, stride, target, 0, rows, scratch);
    else if (classes == 4) logsOfFew(4, true, true, source, stride, target, 0, rows, scratch);
    else logsOfFew(5, true, true, source, stride, target, 0, rows, scratch);
  } else {
    if (classes == 2) logsOfFew(2, false, true, source, stride, target, 0, rows, scratch);
    else if (classes == 3) logsOfFew(3, false, true, source, stride, target, 0, rows, scratch);
    else if (classes == 4) logsOfFew(4, false, true, source, stride, target, 0, rows, scratch);
    else logsOfFew(5, false, true, source, stride, target, 0, rows, scratch);
  }
}

export function findProbabilities(target: usize, stride: usize, rows: usize, classes: usize, sums: usize, scratch: usize): void {
  if (deep) {
    if (classes == 2) probabilitiesOfFew(2, true, false, target, stride, rows, sums, scratch);
    else if (classes == 3) probabilitiesOfFew(3, true, false, target, stride, rows, sums, scratch);
    else if (classes == 4) probabilitiesOfFew(4, true, false, target, stride, rows, sums, scratch);
    else probabilitiesOfFew(5, true, false, target, stride, rows, sums, scratch);
  } else {
    if (classes == 2) probabilitiesOfFew(2, false, false, target, stride, rows, sums, scratch);
    else if (classes == 3) probabilitiesOfFew(3, false, false, target, stride, rows, sums, scratch);
    else if (classes == 4) probabilitiesOfFew(4, false, false, target, stride, rows, sums, scratch);
    else probabilitiesOfFew(5, false, false, target, stride, rows, sums, scratch);
  }
}
/** The same with results in rows. */
export function findProbabilityRows(target: usize, rows: usize, classes: usize, sums: usize, scratch: usize): void {
  if (deep) {
    if (classes == 2) probabilitiesOfFew(2, true, true, target, 0, rows, sums, scratch);
    else if (classes == 3) probabilitiesOfFew(3, true, true, target, 0, rows, sums, scratch);
    else if (classes == 4) probabilitiesOfFew(4, true, true, target, 0, rows, sums, scratch);
    else probabilitiesOfFew(5, true, true, target, 0, rows, sums, scratch);
  } else {
    if (classes == 2) probabilitiesOfFew(2, false, true, target, 0, rows, sums, scratch);
    else if (classes == 3) probabilitiesOfFew(3, false, true, target, 0, rows, sums, scratch);
    else if (classes == 4) probabilitiesOfFew(4, false, true, target, 0, rows, sums, scratch);
    else probabilitiesOfFew(5, false, true, target, 0, rows, sums, scratch);
  }
}
