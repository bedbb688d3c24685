// One row after the other: lanes run across the classes. Every pass takes pairs of vectors, then what is left over;
// the order of additions depends on the number of classes alone.
import { REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { isNear } from './exponential';
import { fillNaN, reasonOf, storeSum } from './invalid';
import { largestLane } from './lanes';
import { log1p64 } from './logarithm';
import { addRow, beginOthers, leastOfOthers } from './others';
import { SHALLOW, deepBound } from './results';
import { extremes, ofLargest, smallest, sumOfExponentials } from './row-exponentials';
import { differenceOf, storeLogs, storeProbabilities, sumOf, sumOfLogs } from './row-results';

/** `op` is a constant at every call, so that each op compiles to loops of its own; `inverse` is 1 / temperature. */
// @ts-ignore: decorator
@inline
export function overRows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize, inverse: f64, buffer: usize,
): f64 {
  const length = classes << 2, divide = inverse != 1;
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < rows; row++, source += length, target += length, logTarget += length, sums += 8) {
    const largest = extremes(source, classes), deep = (<f64>smallest - <f64>largest) * inverse < deepBound(classes);
    let sum: f64 = NaN;
    let reason = REASON_NAN;
    if (!isFinite(largest)) reason = reasonOf(source, 4, classes, largest);
    else if (divide) sum = sumOfExponentials(op, true, false, source, target, logTarget, buffer, classes, largest, inverse);
    else if (smallest - largest < SHALLOW || !isNear(largest))
      sum = sumOfExponentials(op, false, false, source, target, logTarget, buffer, classes, largest, 1);
    else sum = sumOfExponentials(op, false, true, source, target, logTarget, buffer, classes, largest, 1);
    if (isNaN(sum)) {
      storeReason(sums, reason);
      fillNaN(target, 4, classes);
      if (op == BOTH) fillNaN(logTarget, 4, classes);
      continue;
    }
    if (op != SOFTMAX) {
      const from = op == BOTH ? logTarget : source, to = op == BOTH ? logTarget : target;
      let w = (sum - ofLargest) / ofLargest;
      if (w < leastOfOthers(classes)) {
        beginOthers();
        w = addRow(from, classes, largest, inverse, buffer) / ofLargest;
      }
      const l = log1p64(f64x2.splat(w));
      if (divide) storeLogs(true, from, to, classes, largest, inverse, l);
      else storeLogs(false, from, to, classes, largest, 1, l);
    }
    if (op == LOG_SOFTMAX) store<f64>(sums, sumOfLogs(target, buffer, classes));
    else if (deep) store<f64>(sums, storeProbabilities(true, false, target, classes, sum));
    else store<f64>(sums, storeProbabilities(false, false, target, classes, sum));
    if (op == BOTH) difference = f32x4.pmax(difference, differenceOf(target, logTarget, classes));
  }
  return <f64>largestLane(difference);
}

export function sumRows(source: usize, rows: usize, classes: usize, sums: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes << 2, sums += 8) storeSum(sums, sumOf(source, classes));
}

export function sumExpRows(source: usize, rows: usize, classes: usize, sums: usize, buffer: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes << 2, sums += 8)
    storeSum(sums, sumOfLogs(source, buffer, classes));
}
