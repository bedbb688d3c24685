// The results of a band's units, and the sums of what is stored.
import { storeReason } from '../common';
import { BOTH, LOG_SOFTMAX } from '../ops';
import { differenceError } from './arithmetic';
import {
  C2, C3, C4, HIGH, LOW, LOWEST, MAGIC, MINUS_INFINITE, NORMAL, STEPS, ZERO, constant, entry, exponentialOf, grown, growth,
  indexMask, lastGrowth, lastPower, power, quotient, quotientError, reducedAlone, remainder, step as stepOf, tableIndex,
} from './exponential';
import { fillNaN } from './special';
import { anyInvalid } from './start';
import { acrossHigh, halfMask, loss, lossOf, one, scale, scaled, totalHigh, totalLow, unscale } from './sums';
import { divides, inverse, inverseRest, prescale } from './temperature';
import { INVERSE, INVERSE_REST, LARGEST, LOG, LOG_REST, LOST, REASON, SUM, UNIT } from './units';

// `storeProbabilities` and the four below are exported from the module: see exponentials.ts.

/** Exponentials to probabilities, in their place, and onto the sums. */
export function storeProbabilities(
  target: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  const upper = halfMask(), down = unscale();
  do {
    const inverse = v128.load(state, INVERSE), inverseRest = v128.load(state, INVERSE_REST);
    let sum = v128.load(state, SUM), lost = v128.load(state, LOST), to = target, n = vectors;
    if (n > 0) do {
      const p = scaled(v128.load(to), inverse, inverseRest, down, upper);
      v128.store(to, p);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
      to += stride;
    } while (--n > 0);
    if (odd) {
      const p = scaled(v128.load64_zero(to), inverse, inverseRest, down, upper);
      v128.store64_lane(to, p, 0);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
    }
    v128.store(state, sum, SUM);
    v128.store(state, lost, LOST);
    target += step;
    state += UNIT;
  } while (--units > 0);
}

/** Logits to log-probabilities at `target`, which may be `source`, and their exponentials onto the sums. */
export function storeLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  if (divides) storeQuotientLogs(source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
  else storePlainLogs(source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}

/** The same without sums; returns the largest difference to the logarithms of the probabilities at `p`. */
export function compareLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, p: usize, pStep: usize,
  pStride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): f64 {
  if (divides)
    return compareQuotientLogs(
      source, step, stride, target, targetStep, targetStride, p, pStep, pStride, vectors, odd, units, state,
    );
  return comparePlainLogs(
    source, step, stride, target, targetStep, targetStride, p, pStep, pStride, vectors, odd, units, state,
  );
}

export function storePlainLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  logs(false, false, source, step, stride, target, targetStep, targetStride, 0, 0, 0, vectors, odd, units, state);
}
export function storeQuotientLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  logs(true, false, source, step, stride, target, targetStep, targetStride, 0, 0, 0, vectors, odd, units, state);
}
export function comparePlainLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, p: usize, pStep: usize,
  pStride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): f64 {
  return logs(false, true, source, step, stride, target, targetStep, targetStride, p, pStep, pStride, vectors, odd, units, state);
}
export function compareQuotientLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, p: usize, pStep: usize,
  pStride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): f64 {
  return logs(true, true, source, step, stride, target, targetStep, targetStride, p, pStep, pStride, vectors, odd, units, state);
}

// @ts-ignore: decorator
@inline
function logs(
  divide: bool, compare: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize,
  targetStride: usize, p: usize, pStep: usize, pStride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): f64 {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), bottom = constant(LOWEST), infinite = constant(MINUS_INFINITE),
    normal = constant(NORMAL), begin = scale(), none = constant(ZERO);
  const prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  let difference = none;
  do {
    const m = v128.load(state, LARGEST), log = v128.load(state, LOG), logRest = v128.load(state, LOG_REST),
      scaledMax = f64x2.mul(m, prescaling);
    let sum = v128.load(state, SUM), lost = v128.load(state, LOST), far = none;
    let from = source, to = target, beside = p, n = vectors;
    if (n > 0) do {
      const x = v128.load(from);
      const d = divide ? quotient(x, scaledMax, prescaling, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescaling, t, tRest, d) : differenceError(x, m, d);
      const y = logProbability(d, error, log, logRest, infinite);
      v128.store(to, y);
      const j = stepOf(y, none, none, bottom, steps, magic), r = reducedAlone(y, bottom, j, magic, high, low);
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
      if (compare) {
        far = f64x2.pmax(far, disagreement(v128.load(beside), s, g, e, begin, normal));
        beside += pStride;
      } else {
        const next = f64x2.add(sum, e);
        lost = f64x2.add(lost, lossOf(sum, s, g, next));
        sum = next;
      }
      from += stride;
      to += targetStride;
    } while (--n > 0);
    if (odd) {
      const x = v128.load64_lane(from, infinite, 0);
      const d = divide ? quotient(x, scaledMax, prescaling, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescaling, t, tRest, d) : differenceError(x, m, d);
      const y = logProbability(d, error, log, logRest, infinite);
      v128.store64_lane(to, y, 0);
      const e = exponentialOf(y, none, false, none, none, none);
      if (compare) far = f64x2.pmax(far, disagreement(v128.load64_zero(beside), lastPower, lastGrowth, e, begin, normal));
      else {
        const next = f64x2.add(sum, e);
        lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
        sum = next;
      }
    }
    if (compare) {
      if (anyInvalid) far = v128.and(far, i64x2.eq(v128.load(state, REASON), none));
      difference = f64x2.pmax(difference, far);
      p += pStep;
    } else {
      v128.store(state, sum, SUM);
      v128.store(state, lost, LOST);
    }
    source += step;
    target += targetStep;
    state += UNIT;
  } while (--units > 0);
  const a = f64x2.extract_lane(difference, 0), b = f64x2.extract_lane(difference, 1);
  return a > b ? a : b;
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

/** The sums of what was stored, of `rows` rows. */
export function storeSums(op: i32, across: bool, rows: usize, state: usize, sums: usize): void {
  const ofLogs = op == LOG_SOFTMAX, start = ofLogs ? scale() : one(), down = ofLogs ? unscale() : one();
  for (; rows > 0; state += UNIT) {
    const sum = v128.load(state, SUM), lost = v128.load(state, LOST), high = totalHigh(sum, lost, start);
    const total = f64x2.mul(across ? acrossHigh(high, totalLow(sum, lost, start)) : high, down);
    if (across || rows == 1) {
      v128.store64_lane(sums, total, 0);
      sums += 8;
      rows--;
    } else {
      v128.store(sums, total);
      sums += 16;
      rows -= 2;
    }
  }
}

/** NaN for rows that have no softmax, and why. Rows and numbers lie so many bytes apart. */
export function spoilRows(
  op: i32, across: bool, target: usize, step: usize, stride: usize, logTarget: usize, logStep: usize, logStride: usize,
  rows: usize, classes: usize, state: usize, sums: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const reason = load<i64>(across ? state + row * UNIT : state + (row >> 1) * UNIT + ((row & 1) << 3), REASON);
    if (reason == 0) continue;
    storeReason(sums + (row << 3), reason);
    fillNaN(target + row * step, stride, classes);
    if (op == BOTH) fillNaN(logTarget + row * logStep, logStride, classes);
  }
}
