// One row that comes in pieces, several times over: for its extremes, for the sum of its exponentials, for its results.
// Sums go on from piece to piece in the order in which rows.ts adds up a whole row, to the same bits.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { differenceOf } from './difference';
import { isNear } from './exponential';
import { fillNaN, storeSum } from './invalid';
import { largestLane } from './lanes';
import { log1p64 } from './logarithm';
import { SHALLOW, deepBound, smallestNormalNumber } from './results';
import { addRow, beginOthers, leastOfOthers } from './others';
import { addExponentials as add, beginExponentials, extremes, ofLargest, smallest, sumOfExponentials } from './row-exponentials';
import {
  addExponentialsOfLogs, addProbabilities, beginStored, storeDeepProbabilities, storeLogs, storeProbabilities,
  storeQuotientLogs, sumOfStored, sumOfStoredLogs,
} from './row-results';

let op: i32 = SOFTMAX;
let classes: usize = 0;
let inverse: f64 = 1;
let buffer: usize = 0;
let largest: f32 = -Infinity;
let least: f32 = Infinity;
let anyNaN: bool = false;
let reason: i64 = 0;
let sum: f64 = 0;
let log: f64 = 0;

/** `buffer` has room for a block of exponentials. */
export function beginRow(rowOp: i32, rowClasses: usize, rowInverse: f64, rowBuffer: usize): void {
  op = rowOp;
  classes = rowClasses;
  inverse = rowInverse;
  buffer = rowBuffer;
  largest = -Infinity;
  least = Infinity;
  anyNaN = false;
}

export function addExtremes(source: usize, count: usize): void {
  largest = max(largest, extremes(source, count));
  least = min(least, smallest);
  if (!anyNaN) anyNaN = hasNaN(source, count);
}

function hasNaN(source: usize, count: usize): bool {
  const whole = source + ((count & ~3) << 2), end = source + (count << 2);
  let found = i32x4.splat(0);
  for (; source < whole; source += 16) {
    const x = v128.load(source);
    found = v128.or(found, f32x4.ne(x, x));
  }
  for (; source < end; source += 4) if (isNaN(load<f32>(source))) return true;
  return v128.any_true(found);
}

/** After all extremes: whether the row has results. */
export function endExtremes(): bool {
  reason = anyNaN ? REASON_NAN : isFinite(largest) ? 0 : largest > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
  beginExponentials();
  beginStored();
  return reason == 0;
}

/** Exponentials into `target`, and onto the sums. */
export function addExponentials(source: usize, target: usize, count: usize): void {
  add(least - largest < SHALLOW || !isNear(largest), source, target, false, buffer, count, largest, inverse);
}

/** After all exponentials: whether the others than the largest are to be added up. */
export function endExponentials(): bool {
  sum = sumOfExponentials();
  if (op == SOFTMAX) return false;
  const w = (sum - ofLargest) / ofLargest;
  log = f64x2.extract_lane(log1p64(f64x2.splat(w)), 0);
  beginOthers();
  return w < leastOfOthers(classes);
}

export function addToOthers(source: usize, count: usize): void {
  const w = addRow(source, count, largest, inverse, buffer) / ofLargest;
  log = f64x2.extract_lane(log1p64(f64x2.splat(w)), 0);
}

export function isInvalid(): bool { return reason != 0; }

/** Logits to probabilities; `target` may be `source`. */
export function probabilitiesOf(source: usize, target: usize, count: usize): void {
  addExponentials(source, target, count);
  if ((<f64>least - <f64>largest) * inverse < deepBound(classes)) storeDeepProbabilities(target, count, sum);
  else storeProbabilities(target, count, sum);
}

/** Logits to log-probabilities; `target` may be `source`. */
export function logsOf(source: usize, target: usize, count: usize): void {
  if (inverse != 1) storeQuotientLogs(source, target, count, largest, inverse, log);
  else storeLogs(source, target, count, largest, log);
}

/** Adds up stored log-probabilities. */
export function addLogs(source: usize, count: usize): void { addExponentialsOfLogs(source, buffer, count); }

/** A piece's results, whatever the op; returns the largest difference, for both. */
export function resultsOf(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (reason != 0) {
    fillNaN(target, 4, count);
    if (op == BOTH) fillNaN(logTarget, 4, count);
    return 0;
  }
  if (op == LOG_SOFTMAX) {
    logsOf(source, target, count);
    addLogs(target, count);
    return 0;
  }
  // Before the exponentials: they may take the logits' place.
  if (op == BOTH) logsOf(source, logTarget, count);
  probabilitiesOf(source, target, count);
  return op == BOTH ? <f64>largestLane(differenceOf(target, logTarget, count, smallestNormalNumber())) : 0;
}

export function endRow(sums: usize): void {
  if (reason != 0) storeReason(sums, reason);
  else store<f64>(sums, op == LOG_SOFTMAX ? sumOfStoredLogs() : sumOfStored());
}

/** Sums of stored values, as of sumRows and sumExpRows. */
export function beginSum(exponentials: bool, rowBuffer: usize): void {
  op = exponentials ? LOG_SOFTMAX : SOFTMAX;
  buffer = rowBuffer;
  beginStored();
}

export function addStored(source: usize, count: usize): void {
  if (op == LOG_SOFTMAX) addLogs(source, count);
  else addProbabilities(source, count);
}

export function endSum(sums: usize): void {
  storeSum(sums, op == LOG_SOFTMAX ? sumOfStoredLogs() : sumOfStored());
}
