// The log-probabilities of a band's units, and their exponentials.
//
// Loops of their own: together they need more registers than there are.
import { BOTH } from '../ops';
import { differenceError } from './arithmetic';
import {
  C2, C3, C4, HIGH, LOW, LOWEST, MAGIC, MINUS_INFINITE, NORMAL, STEPS, ZERO, constant, entry, exponentialOf, grown, growth,
  indexMask, lastGrowth, lastPower, power, quotient, quotientError, reducedAlone, remainder, step as stepOf, tableIndex,
} from './exponential';
import { anyInvalid } from './start';
import { lossOf, scale } from './sums';
import { divides, inverse, inverseRest, prescale } from './temperature';
import { LARGEST, LOG, LOG_REST, LOST, REASON, SUM, TILE, UNIT } from './units';

/**
 * Logits at `x` to log-probabilities at `y`, which may be the same place. Their exponentials are added to the sums, or,
 * for `both`, compared with the probabilities at `p`: returns the largest difference of the logarithms.
 */
export function logsOf(
  op: i32, x: usize, xStep: usize, xStride: usize, p: usize, pStep: usize, pStride: usize, y: usize, yStep: usize, yStride: usize,
  vectors: usize, odd: bool, units: usize, state: usize,
): f64 {
  // What a turn stores is still in the first-level cache when it is read again.
  const most = (TILE >> 4) / units;
  let difference: f64 = 0;
  for (let i: usize = 0; i <= vectors; i += most) {
    const count = min(vectors - i, most), rest = odd && i + count == vectors, to = y + i * yStride;
    if (count == 0 && !rest) break;
    if (divides) storeQuotientLogs(x + i * xStride, xStep, xStride, to, yStep, yStride, count, rest, units, state);
    else storePlainLogs(x + i * xStride, xStep, xStride, to, yStep, yStride, count, rest, units, state);
    if (op == BOTH)
      difference = max(difference, differenceOf(to, yStep, yStride, p + i * pStride, pStep, pStride, count, rest, units, state));
    else addExponentialsOfLogs(to, yStep, yStride, count, rest, units, state);
    if (rest) break;
  }
  return difference;
}

// Exported from the module: see exponentials.ts.

export function storePlainLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  logs(false, source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}
export function storeQuotientLogs(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  logs(true, source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}

// @ts-ignore: decorator
@inline
function logs(
  divide: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize,
  vectors: usize, odd: bool, units: usize, state: usize,
): void {
  const infinite = constant(MINUS_INFINITE), prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse),
    tRest = f64x2.splat(inverseRest);
  do {
    const m = v128.load(state, LARGEST), log = v128.load(state, LOG), logRest = v128.load(state, LOG_REST),
      scaledMax = f64x2.mul(m, prescaling);
    let from = source, to = target, n = vectors;
    if (n > 0) do {
      const x = v128.load(from);
      const d = divide ? quotient(x, scaledMax, prescaling, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescaling, t, tRest, d) : differenceError(x, m, d);
      v128.store(to, logProbability(d, error, log, logRest, infinite));
      from += stride;
      to += targetStride;
    } while (--n > 0);
    if (odd) {
      const x = v128.load64_lane(from, infinite, 0);
      const d = divide ? quotient(x, scaledMax, prescaling, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescaling, t, tRest, d) : differenceError(x, m, d);
      v128.store64_lane(to, logProbability(d, error, log, logRest, infinite), 0);
    }
    source += step;
    target += targetStep;
    state += UNIT;
  } while (--units > 0);
}

/** Onto the sums, likewise of files of other makes. */
export function addExponentialsOfLogs(
  source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), bottom = constant(LOWEST), none = constant(ZERO);
  for (; units > 0; units--, source += step, state += UNIT) {
    let sum = v128.load(state, SUM), lost = v128.load(state, LOST), from = source, n = vectors;
    if (n > 0) do {
      const y = v128.load(from), j = stepOf(y, none, none, bottom, steps, magic), r = reducedAlone(y, bottom, j, magic, high, low);
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), next = f64x2.add(sum, grown(s, g));
      lost = f64x2.add(lost, lossOf(sum, s, g, next));
      sum = next;
      from += stride;
    } while (--n > 0);
    if (odd) {
      const y = v128.load64_lane(from, f64x2.splat(-Infinity), 0);
      const next = f64x2.add(sum, exponentialOf(y, none, false, none, none, none));
      lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
      sum = next;
    }
    v128.store(state, sum, SUM);
    v128.store(state, lost, LOST);
  }
}

/** The largest difference between log-probabilities and the logarithms of the probabilities at `p`. */
export function differenceOf(
  source: usize, step: usize, stride: usize, p: usize, pStep: usize, pStride: usize, vectors: usize, odd: bool, units: usize,
  state: usize,
): f64 {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), bottom = constant(LOWEST), none = constant(ZERO),
    normal = constant(NORMAL), up = scale();
  let difference = none;
  for (; units > 0; units--, source += step, p += pStep, state += UNIT) {
    let far = none, from = source, beside = p, n = vectors;
    if (n > 0) do {
      const y = v128.load(from), j = stepOf(y, none, none, bottom, steps, magic), r = reducedAlone(y, bottom, j, magic, high, low);
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4);
      far = f64x2.pmax(far, disagreement(v128.load(beside), s, g, grown(s, g), up, normal));
      from += stride;
      beside += pStride;
    } while (--n > 0);
    if (odd) {
      const e = exponentialOf(v128.load64_zero(from), none, false, none, none, none);
      far = f64x2.pmax(far, disagreement(v128.load64_zero(beside), lastPower, lastGrowth, e, up, normal));
    }
    // Only rows that are valid count.
    if (anyInvalid) far = v128.and(far, i64x2.eq(v128.load(state, REASON), none));
    difference = f64x2.pmax(difference, far);
  }
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
