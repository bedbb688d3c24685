// Softmax and log-softmax of one row, or of two at a time.
import { REASON_NAN, storeReason } from '../common';
import { differenceError, sumError } from './arithmetic';
import {
  C2, C3, C4, HIGH, INFINITE, LOW, LOWEST, MAGIC, MINUS_INFINITE, NORMAL, STEPS, ZERO, constant, entry, grown, growth, indexMask, lowestOf, magicOf,
  exponentialOf, lastGrowth, lastPower, originOf, power, quotient, quotientError, reduced, reducedAlone, reducedQuotient,
  remainder, restOf, step, tableIndex,
} from './exponential';
import { logHigh, logLow, logarithm, logarithm1p } from './logarithm';
import { fillNaN, reasonOf } from './special';
import {
  acrossHigh, acrossLow, halfMask, inverseHigh, inverseLow, loss, lossOf, one, scale, scaled, totalHigh, totalLow, unscale,
} from './sums';

export const SOFTMAX: i32 = 0;
export const LOG_SOFTMAX: i32 = 1;
export const BOTH: i32 = 2;

/** Lanes run across the classes of one row. */
export const ACROSS: i32 = 0;
/** A lane for each of two rows, wherever they lie. */
export const APART: i32 = 1;
/** A lane for each of two rows that lie beside each other in every column. */
export const BESIDE: i32 = 2;

/** Below this, log(1 + t) is taken from the sum of all but the largest. */
export const SURE: f64 = 3.725290298461914e-9; // 2^-28

// @ts-ignore: decorator
@inline
function largerOf(a: f64, b: f64): f64 { return a > b ? a : b; }

// @ts-ignore: decorator
@inline
export function loadPair(lanes: i32, a: usize, b: usize): v128 {
  return lanes == APART ? v128.load64_lane(b, v128.load64_zero(a), 1) : v128.load(a);
}
// @ts-ignore: decorator
@inline
function storePair(lanes: i32, a: usize, b: usize, pair: v128): void {
  if (lanes == APART) {
    v128.store64_lane(a, pair, 0);
    v128.store64_lane(b, pair, 1);
  } else v128.store(a, pair);
}

/** The largest number in each lane, NaN left aside; -inf without any. For ACROSS, over both lanes, in both. */
// @ts-ignore: decorator
@inline
export function largest(lanes: i32, a: usize, b: usize, stride: usize, classes: usize): v128 {
  let m = f64x2.splat(-Infinity);
  // pmax(m, x) is m < x ? x : m, which never lets a NaN in x through.
  if (lanes == ACROSS) {
    let m1 = m, m2 = m, m3 = m;
    const end = a + (classes << 3), end8 = a + ((classes & ~7) << 3);
    for (; a < end8; a += 64) {
      m = f64x2.pmax(m, v128.load(a));
      m1 = f64x2.pmax(m1, v128.load(a, 16));
      m2 = f64x2.pmax(m2, v128.load(a, 32));
      m3 = f64x2.pmax(m3, v128.load(a, 48));
    }
    for (; a + 16 <= end; a += 16) m = f64x2.pmax(m, v128.load(a));
    if (a < end) m1 = f64x2.pmax(m1, v128.load64_splat(a));
    m = f64x2.pmax(f64x2.pmax(m, m1), f64x2.pmax(m2, m3));
    return f64x2.pmax(m, v128.shuffle<u64>(m, m, 1, 0));
  }
  for (let i: usize = 0; i < classes; i++, a += stride, b += stride) m = f64x2.pmax(m, loadPair(lanes, a, b));
  return m;
}

/**
 * One row (ACROSS) at `a`, or two at `a` and `b`, into `ta` and `tb`; for BOTH, log-probabilities into `la` and `lb`.
 * `op`, `divide` (by the temperature) and `lanes` are constants at every call, so that each call compiles to loops of
 * its own. `prescale`, `t` and `tRest` are explained in exponential.ts. Returns the largest difference, for BOTH.
 *
 * The loops test their condition at the end: only then does V8 move what does not change out of them.
 */
// @ts-ignore: decorator
@inline
export function rows(
  op: i32, divide: bool, lanes: i32,
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  classes: usize, sumA: usize, sumB: usize, prescale: v128, t: v128, tRest: v128,
): f64 {
  const across = lanes == ACROSS;
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW),
    c2 = constant(C2), c3 = constant(C3), c4 = constant(C4), mask = indexMask();

  let m = largest(lanes, a, b, stride, classes);
  let reasonA: i64 = 0, reasonB: i64 = 0;
  const finite = f64x2.lt(f64x2.abs(m), constant(INFINITE));
  if (!i64x2.all_true(finite)) {
    reasonA = reasonOf(a, stride, classes, f64x2.extract_lane(m, 0));
    reasonB = across ? reasonA : reasonOf(b, stride, classes, f64x2.extract_lane(m, 1));
    m = v128.and(m, finite);
  }
  const scaledMax = f64x2.mul(m, prescale), none = constant(ZERO);
  const origin = divide ? none : originOf(m), max = divide ? none : f64x2.sub(m, origin), lowest = lowestOf(max),
    magicK = magicOf(max), rest = restOf(max);

  // The exponentials and their sum.
  const pairs = across ? classes >> 1 : classes, odd = across && (classes & 1) != 0;
  const begin = scale();
  let sum = begin, lost = none, n = pairs, at: usize = 0, to: usize = 0, logTo: usize = 0;
  if (n > 0) do {
    const x = loadPair(lanes, a + at, b + at);
    let j: v128, r: v128;
    if (divide) {
      const q = quotient(x, scaledMax, prescale, t);
      j = step(q, origin, max, lowest, steps, magic);
      r = reducedQuotient(q, quotientError(x, scaledMax, prescale, t, tRest, q), lowest, j, magic, high, low);
    } else {
      j = step(x, origin, max, lowest, steps, magic);
      r = reduced(x, origin, lowest, j, magicK, rest, magic, high, low);
    }
    const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
    const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
    if (op != LOG_SOFTMAX) storePair(lanes, ta + to, tb + to, e);
    if (op == BOTH) storePair(lanes, la + logTo, lb + logTo, x);
    const next = f64x2.add(sum, e);
    lost = f64x2.add(lost, lossOf(sum, s, g, next));
    sum = next;
    at += across ? 16 : stride;
    to += across ? 16 : targetStride;
    logTo += across ? 16 : logStride;
  } while (--n > 0);
  if (odd) {
    const x = v128.load64_lane(a + at, f64x2.splat(-Infinity), 0), e = exponentialOf(x, m, divide, prescale, t, tRest);
    if (op != LOG_SOFTMAX) v128.store64_lane(ta + to, e, 0);
    if (op == BOTH) v128.store64_lane(la + logTo, x, 0);
    const next = f64x2.add(sum, e);
    lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
    sum = next;
  }
  let total = totalHigh(sum, lost, begin), totalRest = totalLow(sum, lost, begin);
  if (across) {
    const both = acrossHigh(total, totalRest);
    totalRest = acrossLow(total, totalRest);
    total = both;
  }
  if (v128.any_true(f64x2.ne(total, total))) {
    if (reasonA == 0 && isNaN(f64x2.extract_lane(total, 0))) reasonA = REASON_NAN;
    if (reasonB == 0 && isNaN(f64x2.extract_lane(total, 1))) reasonB = REASON_NAN;
  }

  let log = none, logRest = none;
  if (op != SOFTMAX) {
    logarithm(f64x2.mul(total, unscale()), f64x2.mul(totalRest, unscale()));
    log = logHigh;
    logRest = logLow;
    const sure = f64x2.lt(f64x2.add(f64x2.sub(total, begin), totalRest), f64x2.mul(f64x2.splat(SURE), begin));
    if (v128.any_true(sure)) {
      // BOTH has overwritten the logits by now if target is source; logTarget has them.
      if (op == BOTH) sumOthers(lanes, divide, la, lb, logStride, classes, m, prescale, t, tRest);
      else sumOthers(lanes, divide, a, b, stride, classes, m, prescale, t, tRest);
      logarithm1p(f64x2.mul(othersHigh, unscale()), f64x2.mul(othersLow, unscale()));
      log = v128.bitselect(logHigh, log, sure);
      logRest = v128.bitselect(logLow, logRest, sure);
    }
  }

  // The results, and the sum of what was stored.
  const inverse = inverseHigh(total), inverseRest = inverseLow(total, totalRest), upper = halfMask(), down = unscale(),
    bottom = constant(LOWEST), infinite = constant(MINUS_INFINITE), normal = constant(NORMAL);
  const start = op == LOG_SOFTMAX ? begin : one();
  let difference = none;
  sum = start;
  lost = none;
  n = pairs;
  at = 0;
  to = 0;
  logTo = 0;
  if (n > 0) do {
    let p = none;
    if (op != LOG_SOFTMAX) {
      p = scaled(loadPair(lanes, ta + to, tb + to), inverse, inverseRest, down, upper);
      storePair(lanes, ta + to, tb + to, p);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
    }
    if (op != SOFTMAX) {
      const x = op == BOTH ? loadPair(lanes, la + logTo, lb + logTo) : loadPair(lanes, a + at, b + at);
      const d = divide ? quotient(x, scaledMax, prescale, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescale, t, tRest, d) : differenceError(x, m, d);
      const y = logProbability(d, error, log, logRest, infinite);
      if (op == BOTH) storePair(lanes, la + logTo, lb + logTo, y);
      else storePair(lanes, ta + to, tb + to, y);
      const j = step(y, none, none, bottom, steps, magic), r = reducedAlone(y, bottom, j, magic, high, low);
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
      if (op == BOTH) difference = f64x2.pmax(difference, disagreement(p, s, g, e, begin, normal));
      else {
        const next = f64x2.add(sum, e);
        lost = f64x2.add(lost, lossOf(sum, s, g, next));
        sum = next;
      }
    }
    at += across ? 16 : stride;
    to += across ? 16 : targetStride;
    logTo += across ? 16 : logStride;
  } while (--n > 0);
  if (odd) {
    let p = none;
    if (op != LOG_SOFTMAX) {
      p = scaled(v128.load64_zero(ta + to), inverse, inverseRest, down, upper);
      v128.store64_lane(ta + to, p, 0);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
    }
    if (op != SOFTMAX) {
      const x = v128.load64_lane(op == BOTH ? la + logTo : a + at, infinite, 0);
      const d = divide ? quotient(x, scaledMax, prescale, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescale, t, tRest, d) : differenceError(x, m, d);
      const y = logProbability(d, error, log, logRest, infinite);
      v128.store64_lane(op == BOTH ? la + logTo : ta + to, y, 0);
      const e = exponentialOf(y, none, false, prescale, t, tRest);
      if (op == BOTH) difference = f64x2.pmax(difference, disagreement(p, lastPower, lastGrowth, e, begin, normal));
      else {
        const next = f64x2.add(sum, e);
        lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
        sum = next;
      }
    }
  }
  let stored = totalHigh(sum, lost, start);
  if (across) stored = acrossHigh(stored, totalLow(sum, lost, start));
  if (op == LOG_SOFTMAX) stored = f64x2.mul(stored, down);

  v128.store64_lane(sumA, stored, 0);
  if (!across) v128.store64_lane(sumB, stored, 1);
  if ((reasonA | reasonB) != 0) {
    if (reasonA != 0) {
      storeReason(sumA, reasonA);
      fillNaN(ta, targetStride, classes);
      if (op == BOTH) fillNaN(la, logStride, classes);
      difference = f64x2.replace_lane(difference, 0, 0);
    }
    if (reasonB != 0) {
      if (!across) {
        storeReason(sumB, reasonB);
        fillNaN(tb, targetStride, classes);
        if (op == BOTH) fillNaN(lb, logStride, classes);
      }
      difference = f64x2.replace_lane(difference, 1, 0);
    }
  }
  return largerOf(f64x2.extract_lane(difference, 0), f64x2.extract_lane(difference, 1));
}

/** difference - log, where both are pairs, rounded once; `difference` alone where it is infinite. */
// @ts-ignore: decorator
@inline
export function logProbability(difference: v128, error: v128, log: v128, logRest: v128, infinite: v128): v128 {
  const y = f64x2.sub(difference, log);
  const rest = f64x2.add(differenceError(difference, log, y), f64x2.sub(error, logRest));
  return f64x2.add(y, v128.and(rest, f64x2.gt(y, infinite)));
}

/**
 * |log p - y|, to the first order, from e = e^y with all its bits: |p - e^y| / e^y; 0 where p is not a normal number.
 */
// @ts-ignore: decorator
@inline
export function disagreement(p: v128, power: v128, growth: v128, e: v128, scale: v128, normal: v128): v128 {
  const difference = f64x2.sub(f64x2.sub(f64x2.mul(p, scale), e), remainder(power, growth, e));
  return v128.and(f64x2.abs(f64x2.div(difference, e)), f64x2.ge(p, normal));
}

let othersHigh: v128 = f64x2.splat(0);
let othersLow: v128 = f64x2.splat(0);

/** The sum of the exponentials of all x but those equal to m, to their own precision, however small. */
function sumOthers(
  lanes: i32, divide: bool, a: usize, b: usize, stride: usize, classes: usize, m: v128, prescale: v128, t: v128, tRest: v128,
): void {
  let sum = f64x2.splat(0), lost = sum;
  const across = lanes == ACROSS;
  for (let i: usize = 0; i < classes; i += across ? 2 : 1) {
    let x: v128;
    if (across && i + 1 == classes) x = v128.load64_lane(a, f64x2.splat(-Infinity), 0);
    else if (lanes == APART) x = loadPair(APART, a, b);
    else x = v128.load(a);
    const same = f64x2.eq(x, m), e = exponentialOf(x, m, divide, prescale, t, tRest), other = v128.andnot(e, same);
    const next = f64x2.add(sum, other);
    lost = f64x2.add(lost, f64x2.add(sumError(sum, other, next), v128.andnot(remainder(lastPower, lastGrowth, e), same)));
    sum = next;
    a += across ? 16 : stride;
    b += across ? 16 : stride;
  }
  const high = f64x2.add(sum, lost), low = sumError(sum, lost, high);
  othersHigh = across ? acrossHigh(high, low) : high;
  othersLow = across ? acrossLow(high, low) : low;
}
