// One row that comes in pieces, several times over: for its largest, for the sum of its exponentials, for that of all
// but the largest where the winner is sure, for its results. Sums go on from piece to piece in the order in which
// softmax.ts adds up a whole row whose lanes run across the classes, to the same bits. Pieces but the last are even.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { differenceError, sumError } from './arithmetic';
import {
  MINUS_INFINITE, NORMAL, constant, exponentialOf, lastGrowth, lastPower, quotient, quotientError, remainder,
} from './exponential';
import { logHigh, logLow, logarithm, logarithm1p } from './logarithm';
import { ACROSS, SURE, disagreement, largest, logProbability } from './softmax';
import { fillNaN } from './special';
import {
  acrossHigh, acrossLow, halfMask, inverseHigh, inverseLow, loss, lossOf, one, scale, scaled, totalHigh, totalLow, unscale,
} from './sums';
import { divides, inverse, inverseRest, prescale } from './temperature';

let op: i32 = SOFTMAX;
let anyNaN: bool = false;
let reason: i64 = 0;
let winner: v128 = f64x2.splat(0);
/** The sum at hand, and what it lost. */
let sum: v128 = f64x2.splat(0);
let lost: v128 = f64x2.splat(0);
/** 1 / the sum of the exponentials, and its logarithm, each in two parts. */
let quotientHigh: v128 = f64x2.splat(0);
let quotientLow: v128 = f64x2.splat(0);
let log: v128 = f64x2.splat(0);
let logRest: v128 = f64x2.splat(0);
let needsOthers: bool = false;

export function beginRow(rowOp: i32): void {
  op = rowOp;
  anyNaN = false;
  winner = f64x2.splat(-Infinity);
}

export function addExtremes(source: usize, count: usize): void {
  winner = f64x2.pmax(winner, largest(ACROSS, source, source, 8, count));
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
  const m = f64x2.extract_lane(winner, 0);
  reason = anyNaN ? REASON_NAN : isFinite(m) ? 0 : m > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
  begin(scale());
  return reason == 0;
}

// @ts-ignore: decorator
@inline
function begin(start: v128): void {
  sum = start;
  lost = f64x2.splat(0);
}

/** A pair of numbers, or the last one and `filler`. */
// @ts-ignore: decorator
@inline
function load2(address: usize, left: usize, filler: v128): v128 {
  return left > 1 ? v128.load(address) : v128.load64_lane(address, filler, 0);
}
// @ts-ignore: decorator
@inline
function store2(address: usize, left: usize, v: v128): void {
  if (left > 1) v128.store(address, v);
  else v128.store64_lane(address, v, 0);
}

// @ts-ignore: decorator
@inline
function exponential(x: v128): v128 {
  return exponentialOf(x, winner, divides, f64x2.splat(prescale), f64x2.splat(inverse), f64x2.splat(inverseRest));
}

// @ts-ignore: decorator
@inline
function addLast(e: v128): void {
  const next = f64x2.add(sum, e);
  lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
  sum = next;
}

export function addExponentials(source: usize, count: usize): void {
  const none = f64x2.splat(-Infinity);
  for (let i: usize = 0; i < count; i += 2, source += 16) addLast(exponential(load2(source, count - i, none)));
}

/** After all exponentials: whether those of the others are needed once more. */
export function endExponentials(): bool {
  const start = scale(), high = totalHigh(sum, lost, start), low = totalLow(sum, lost, start);
  const total = acrossHigh(high, low), rest = acrossLow(high, low);
  quotientHigh = inverseHigh(total);
  quotientLow = inverseLow(total, rest);
  needsOthers = false;
  if (op != SOFTMAX) {
    logarithm(f64x2.mul(total, unscale()), f64x2.mul(rest, unscale()));
    log = logHigh;
    logRest = logLow;
    needsOthers = f64x2.extract_lane(f64x2.add(f64x2.sub(total, start), rest), 0) < SURE * f64x2.extract_lane(start, 0);
  }
  begin(needsOthers ? f64x2.splat(0) : op == LOG_SOFTMAX ? start : one());
  return needsOthers;
}

/** All but the largest, to their own precision, however small. */
export function addOthers(source: usize, count: usize): void {
  const none = f64x2.splat(-Infinity);
  for (let i: usize = 0; i < count; i += 2, source += 16) {
    const x = load2(source, count - i, none), same = f64x2.eq(x, winner), e = exponential(x), other = v128.andnot(e, same);
    const next = f64x2.add(sum, other);
    lost = f64x2.add(lost, f64x2.add(sumError(sum, other, next), v128.andnot(remainder(lastPower, lastGrowth, e), same)));
    sum = next;
  }
}

function endOthers(): void {
  needsOthers = false;
  const high = f64x2.add(sum, lost), low = sumError(sum, lost, high);
  logarithm1p(f64x2.mul(acrossHigh(high, low), unscale()), f64x2.mul(acrossLow(high, low), unscale()));
  log = logHigh;
  logRest = logLow;
  begin(op == LOG_SOFTMAX ? scale() : one());
}

/** A piece's results; returns the largest difference, for both. */
export function resultsOf(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (reason != 0) {
    fillNaN(target, 8, count);
    if (op == BOTH) fillNaN(logTarget, 8, count);
    return 0;
  }
  if (needsOthers) endOthers();
  const none = f64x2.splat(0), infinite = constant(MINUS_INFINITE), normal = constant(NORMAL), start = scale(),
    scaleOfLogits = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest),
    scaledMax = f64x2.mul(winner, scaleOfLogits);
  let difference = none;
  for (let i: usize = 0; i < count; i += 2, source += 16, target += 16, logTarget += 16) {
    const left = count - i, x = load2(source, left, infinite);
    let p = none;
    if (op != LOG_SOFTMAX) {
      let e = exponential(x);
      if (left == 1) e = f64x2.replace_lane(e, 1, 0);
      p = scaled(e, quotientHigh, quotientLow, unscale(), halfMask());
      store2(target, left, p);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
    }
    if (op == SOFTMAX) continue;
    const d = divides ? quotient(x, scaledMax, scaleOfLogits, t) : f64x2.sub(x, winner);
    const error = divides ? quotientError(x, scaledMax, scaleOfLogits, t, tRest, d) : differenceError(x, winner, d);
    const y = logProbability(d, error, log, logRest, infinite);
    store2(op == BOTH ? logTarget : target, left, y);
    const e = exponentialOf(y, none, false, none, none, none);
    if (op == BOTH) difference = f64x2.pmax(difference, disagreement(p, lastPower, lastGrowth, e, start, normal));
    else addLast(e);
  }
  return max(f64x2.extract_lane(difference, 0), f64x2.extract_lane(difference, 1));
}

export function endRow(sums: usize): void {
  if (reason != 0) {
    storeReason(sums, reason);
    return;
  }
  const start = op == LOG_SOFTMAX ? scale() : one();
  let stored = acrossHigh(totalHigh(sum, lost, start), totalLow(sum, lost, start));
  if (op == LOG_SOFTMAX) stored = f64x2.mul(stored, unscale());
  v128.store64_lane(sums, stored, 0);
}
