// One row that comes in pieces, several times over: for its largest, for the sum of its exponentials, for that of all
// but the largest where the winner is sure, for its results. Sums go on from piece to piece: to the same bits as those
// of a whole row. Pieces but the last are even.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { addExponentials as add, storeExponentials } from './exponentials';
import { logsOf } from './logs';
import { storeProbabilities, storeSums } from './results';
import { fillNaN } from './special';
import { largestOf, startUnits } from './start';
import { addOthers as addToOthers, anySure, endExponentials as end, endOthers, startOthers } from './totals';
import { LARGEST, UNIT, scratch } from './units';

let op: i32 = SOFTMAX;
let anyNaN: bool = false;
let reason: i64 = 0;
let length: usize = 0;
let needsOthers: bool = false;

// The state of the row, and a copy of it for exponentials that are not to be added up.
// @ts-ignore: decorator
@inline
function state(): usize { return scratch; }
// @ts-ignore: decorator
@inline
function spare(): usize { return scratch + UNIT; }

export function beginRow(rowOp: i32, classes: usize): void {
  if (scratch == 0) unreachable();
  op = rowOp;
  length = classes;
  anyNaN = false;
  v128.store(state(), f64x2.splat(-Infinity), LARGEST);
}

export function addExtremes(source: usize, count: usize): void {
  v128.store(state(), f64x2.pmax(v128.load(state(), LARGEST), largestOf(source, count)), LARGEST);
  if (!anyNaN) anyNaN = hasNaN(source, count);
}

function hasNaN(source: usize, count: usize): bool {
  let found = i64x2.splat(0), n = count >> 1;
  for (; n > 0; n--, source += 16) {
    const x = v128.load(source);
    found = v128.or(found, f64x2.ne(x, x));
  }
  if ((count & 1) != 0 && isNaN(load<f64>(source))) return true;
  return v128.any_true(found);
}

/** After all extremes: whether the row has results. */
export function endExtremes(): bool {
  const m = load<f64>(state(), LARGEST);
  reason = anyNaN ? REASON_NAN : isFinite(m) ? 0 : m > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
  if (reason != 0) return false;
  startUnits(0, 0, 0, 0, length, 1, state());
  return true;
}

export function addExponentials(source: usize, count: usize): void {
  add(source, 0, 16, count >> 1, (count & 1) != 0, 1, state());
}

/** After all exponentials: whether those of the others are needed once more. */
export function endExponentials(): bool {
  end(op, true, 1, state());
  needsOthers = op != SOFTMAX && anySure(1, state());
  startOthers(state());
  memory.copy(spare(), state(), UNIT);
  return needsOthers;
}

/** All but the largest, to their own precision, however small. */
export function addOthers(source: usize, count: usize): void {
  addToOthers(source, 16, count >> 1, (count & 1) != 0, state());
}

/** A piece's results; returns the largest difference, for both. */
export function resultsOf(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (reason != 0) {
    fillNaN(target, 8, count);
    if (op == BOTH) fillNaN(logTarget, 8, count);
    return 0;
  }
  if (needsOthers) {
    endOthers(true, state());
    needsOthers = false;
  }
  const vectors = count >> 1, odd = (count & 1) != 0;
  if (op == LOG_SOFTMAX) return logsOf(op, source, 0, 16, 0, 0, 0, target, 0, 16, vectors, odd, 1, state());
  let x = source;
  if (op == BOTH && source == target) {
    memory.copy(logTarget, source, count << 3);
    x = logTarget;
  }
  storeExponentials(x, 0, 16, target, 0, 16, vectors, odd, 1, spare());
  storeProbabilities(target, 0, 16, vectors, odd, 1, state());
  return op == BOTH ? logsOf(op, x, 0, 16, target, 0, 16, logTarget, 0, 16, vectors, odd, 1, state()) : 0;
}

export function endRow(sums: usize): void {
  if (reason != 0) storeReason(sums, reason);
  else storeSums(op, true, 1, state(), sums);
}
