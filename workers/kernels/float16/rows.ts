// One row of halves after the other.
import { compute_rows, sum_rows } from '../float32';
import { FEW } from '../float32/few-classes';
import { largestLane } from '../float32/lanes';
import { BOTH, LOG_SOFTMAX, SOFTMAX, OF_EXPONENTIALS, OF_VALUES } from '../ops';
import { tileColumns } from './columns';
import { fewClasses, sumFewClasses } from './few-classes';
import { fillNaN, largestDifference, narrowProbabilities, roundAny } from './narrow';
import { anyNaN } from './stored-sums';
import { widen } from './widen';
import { fitting, work } from './work';

export function rowsOf(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  if (classes <= 1) return tileColumns(op, source, 0, target, 0, logTarget, 0, count, classes, sums);
  if (classes <= FEW) return fewClasses(op, source, target, logTarget, count, classes, sums);
  const most = fitting((classes << 2) << (op == BOTH ? 1 : 0)), second = work + most * (classes << 2);
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), at = (row * classes) << 1, sum = sums + (row << 3);
    widen(source + at, work, height * classes);
    compute_rows(op, work, work, second, height, classes, sum);
    if (op == SOFTMAX) {
      storeProbabilities(false, target + at, height, classes, sum);
    } else if (op == LOG_SOFTMAX) {
      roundAny(work, target + at, height * classes);
      sumAgain(height, classes, sum);
    } else {
      storeProbabilities(true, target + at, height, classes, sum);
      roundAny(second, logTarget + at, height * classes);
      difference = f32x4.pmax(difference, largestDifference(work, second, height * classes));
    }
  }
  return <f64>largestLane(difference);
}

function storeProbabilities(keep: bool, target: usize, rows: usize, classes: usize, sums: usize): void {
  for (let row: usize = 0, from = work; row < rows; row++, from += classes << 2, target += classes << 1, sums += 8) {
    if (isNaN(load<f64>(sums))) fillNaN(target, classes);
    else if (keep) store<f64>(sums, narrowProbabilities(true, from, target, classes));
    else store<f64>(sums, narrowProbabilities(false, from, target, classes));
  }
}

/** Of exponentials of the rounded log-probabilities; a sum that is NaN says why, and stays. */
function sumAgain(rows: usize, classes: usize, sums: usize): void {
  if (!anyNaN(sums, rows)) sum_rows(OF_EXPONENTIALS, work, rows, classes, sums);
  else
    for (let row: usize = 0, from = work; row < rows; row++, from += classes << 2, sums += 8)
      if (!isNaN(load<f64>(sums))) sum_rows(OF_EXPONENTIALS, from, 1, classes, sums);
}

export function sumRowsOf(ofLogs: bool, source: usize, count: usize, classes: usize, sums: usize): void {
  if (classes == 0) {
    memory.fill(sums, 0, count << 3);
    return;
  }
  if (classes <= FEW) return sumFewClasses(ofLogs, source, count, classes, sums);
  const most = fitting(classes << 2);
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), sum = sums + (row << 3);
    widen(source + ((row * classes) << 1), work, height * classes);
    sum_rows(ofLogs ? OF_EXPONENTIALS : OF_VALUES, work, height, classes, sum);
  }
}
