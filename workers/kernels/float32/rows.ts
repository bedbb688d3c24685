// One row after the other: lanes run across the classes. Every pass takes pairs of vectors, then what is left over;
// the order of additions depends on the number of classes alone.
import { REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { differenceOf } from './difference';
import { isNear } from './exponential';
import { fillNaN, reasonOf, storeSum } from './invalid';
import { largestLane } from './lanes';
import { log1p64 } from './logarithm';
import { addRow, beginOthers, leastOfOthers } from './others';
import { SHALLOW, deepBound, smallestNormalNumber } from './results';
import { addExponentials, beginExponentials, extremes, ofLargest, smallest, sumOfExponentials } from './row-exponentials';
import {
  addExponentialsOfLogs, addProbabilities, beginStored, storeDeepProbabilities, storeLogs, storeProbabilities,
  storeQuotientLogs, sumOfStored, sumOfStoredLogs,
} from './row-results';

/** `inverse` is 1 / temperature; `buffer` has room for a block. */
export function overRows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize, inverse: f64, buffer: usize,
): f64 {
  const length = classes << 2;
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < rows; row++, source += length, target += length, logTarget += length, sums += 8) {
    const largest = extremes(source, classes), depth = smallest - largest;
    const deep = (<f64>smallest - <f64>largest) * inverse < deepBound(classes);
    let sum: f64 = NaN;
    let reason = REASON_NAN;
    if (!isFinite(largest)) reason = reasonOf(source, 4, classes, largest);
    else {
      // The target of probabilities may be the source.
      if (op == BOTH) memory.copy(logTarget, source, length);
      beginExponentials();
      addExponentials(
        depth < SHALLOW || !isNear(largest), source, target, op == LOG_SOFTMAX, buffer, classes, largest, inverse,
      );
      sum = sumOfExponentials();
    }
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
      const l = f64x2.extract_lane(log1p64(f64x2.splat(w)), 0);
      if (inverse != 1) storeQuotientLogs(from, to, classes, largest, inverse, l);
      else storeLogs(from, to, classes, largest, l);
    }
    beginStored();
    if (op == LOG_SOFTMAX) {
      addExponentialsOfLogs(target, buffer, classes);
      store<f64>(sums, sumOfStoredLogs());
    } else {
      if (deep) storeDeepProbabilities(target, classes, sum);
      else storeProbabilities(target, classes, sum);
      store<f64>(sums, sumOfStored());
    }
    if (op == BOTH) difference = f32x4.pmax(difference, differenceOf(target, logTarget, classes, smallestNormalNumber()));
  }
  return <f64>largestLane(difference);
}

export function sumRows(source: usize, rows: usize, classes: usize, sums: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes << 2, sums += 8) {
    beginStored();
    addProbabilities(source, classes);
    storeSum(sums, sumOfStored());
  }
}

export function sumExpRows(source: usize, rows: usize, classes: usize, sums: usize, buffer: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes << 2, sums += 8) {
    beginStored();
    addExponentialsOfLogs(source, buffer, classes);
    storeSum(sums, sumOfStoredLogs());
  }
}
