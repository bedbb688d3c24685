// What happens once to each unit between its exponentials and its results.
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import { fastSumError, sumError } from './arithmetic';
import {
  C2, C3, C4, HIGH, LOW, MAGIC, STEPS, ZERO, constant, entry, exponentialOf, grown, growth, indexMask, lastGrowth, lastPower, lowestOf, magicOf,
  originOf, power, quotient, quotientError, reduced, reducedQuotient, remainder, restOf, step as stepOf, stepNear, tableIndex,
} from './exponential';
import { logarithm1pTo, logarithmTo } from './logarithm';
import { blameNaN, sureBelow } from './start';
import { acrossHigh, acrossLow, inverseHigh, inverseLow, one, scale, totalHigh, totalLow, unscale } from './sums';
import { divides, inverse, inverseRest, prescale } from './temperature';
import {
  INVERSE, INVERSE_REST, LARGEST, LOG, LOG_REST, LOST, OTHERS, OTHERS_LOST, SUM, TOTAL, TOTAL_REST, UNIT,
} from './units';

/** 2^-7: below this, the logarithm of 1 + t is that of t. */
const SMALL: usize = memory.data<f64>([0.0078125]);

/** The sums of exponentials, complete, to all that results need; the sums of results begin. */
export function endExponentials(op: i32, across: bool, units: usize, state: usize): void {
  if (op != LOG_SOFTMAX) invertSums(across, units, state);
  else addSums(across, units, state);
  if (op != SOFTMAX) takeLogarithms(units, state);
}

// @ts-ignore: decorator
@inline
function endSum(invert: bool, across: bool, state: usize, begin: v128, start: v128): v128 {
  const sum = v128.load(state, SUM), lost = v128.load(state, LOST);
  let total = totalHigh(sum, lost, begin), rest = totalLow(sum, lost, begin);
  if (across) {
    const both = acrossHigh(total, rest);
    rest = acrossLow(total, rest);
    total = both;
  }
  v128.store(state, total, TOTAL);
  v128.store(state, rest, TOTAL_REST);
  if (invert) {
    v128.store(state, inverseHigh(total), INVERSE);
    v128.store(state, inverseLow(total, rest), INVERSE_REST);
  }
  v128.store(state, start, SUM);
  v128.store(state, constant(ZERO), LOST);
  return total;
}

export function invertSums(across: bool, units: usize, state: usize): void {
  const begin = scale(), start = one();
  let all = start;
  if (across) for (let n = units, at = state; n > 0; n--, at += UNIT) all = f64x2.add(all, endSum(true, true, at, begin, start));
  else for (let n = units, at = state; n > 0; n--, at += UNIT) all = f64x2.add(all, endSum(true, false, at, begin, start));
  if (v128.any_true(f64x2.ne(all, all))) blameNaN(units, state);
}

export function addSums(across: bool, units: usize, state: usize): void {
  const begin = scale();
  let all = begin;
  if (across) for (let n = units, at = state; n > 0; n--, at += UNIT) all = f64x2.add(all, endSum(false, true, at, begin, begin));
  else for (let n = units, at = state; n > 0; n--, at += UNIT) all = f64x2.add(all, endSum(false, false, at, begin, begin));
  if (v128.any_true(f64x2.ne(all, all))) blameNaN(units, state);
}

export function takeLogarithms(units: usize, state: usize): void {
  const down = unscale();
  for (; units > 0; units--, state += UNIT)
    logarithmTo(state + LOG, state + LOG_REST, f64x2.mul(v128.load(state, TOTAL), down), f64x2.mul(v128.load(state, TOTAL_REST), down));
}

/** Where so little is left beside the largest that the others' sum is needed to its own precision. */
// @ts-ignore: decorator
@inline
export function sureLanes(state: usize): v128 {
  const begin = scale(), beside = f64x2.add(f64x2.sub(v128.load(state, TOTAL), begin), v128.load(state, TOTAL_REST));
  return f64x2.lt(beside, f64x2.splat(sureBelow));
}

export function anySure(units: usize, state: usize): bool {
  let sure = f64x2.splat(0);
  for (; units > 0; units--, state += UNIT) sure = v128.or(sure, sureLanes(state));
  return v128.any_true(sure);
}

export function startOthers(state: usize): void {
  v128.store(state, f64x2.splat(0), OTHERS);
  v128.store(state, f64x2.splat(0), OTHERS_LOST);
}

/** Adds the exponentials of all of a unit's numbers but those equal to the largest, to their own precision, however small. */
export function addOthers(source: usize, stride: usize, vectors: usize, odd: bool, state: usize): void {
  if (divides) addQuotientOthers(source, stride, vectors, odd, state);
  else addPlainOthers(source, stride, vectors, odd, state);
}

// Exported from the module: see exponentials.ts.

export function addPlainOthers(source: usize, stride: usize, vectors: usize, odd: bool, state: usize): void {
  others(false, source, stride, vectors, odd, state);
}
export function addQuotientOthers(source: usize, stride: usize, vectors: usize, odd: bool, state: usize): void {
  others(true, source, stride, vectors, odd, state);
}

// @ts-ignore: decorator
@inline
function others(divide: bool, source: usize, stride: usize, vectors: usize, odd: bool, state: usize): void {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), none = constant(ZERO);
  const prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  const m = v128.load(state, LARGEST), scaledMax = f64x2.mul(m, prescaling), origin = divide ? none : originOf(m),
    max = divide ? none : f64x2.sub(m, origin), lowest = lowestOf(max), magicK = magicOf(max), rest = restOf(max);
  let sum = v128.load(state, OTHERS), lost = v128.load(state, OTHERS_LOST), n = vectors;
  if (n > 0) do {
    const x = v128.load(source), same = f64x2.eq(x, m);
    let j: v128, r: v128;
    if (divide) {
      const q = quotient(x, scaledMax, prescaling, t);
      j = stepNear(q, none, lowest, steps, magic);
      r = reducedQuotient(q, quotientError(x, scaledMax, prescaling, t, tRest, q), lowest, j, magic, high, low);
    } else {
      j = stepOf(x, origin, max, lowest, steps, magic);
      r = reduced(x, origin, lowest, j, magicK, rest, magic, high, low);
    }
    const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
    const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
    const other = v128.andnot(e, same), next = f64x2.add(sum, other);
    lost = f64x2.add(lost, f64x2.add(sumError(sum, other, next), v128.andnot(remainder(s, g, e), same)));
    sum = next;
    source += stride;
  } while (--n > 0);
  if (odd) {
    const x = v128.load64_lane(source, f64x2.splat(-Infinity), 0), same = f64x2.eq(x, m);
    const e = exponentialOf(x, m, divide, prescaling, t, tRest), other = v128.andnot(e, same), next = f64x2.add(sum, other);
    lost = f64x2.add(lost, f64x2.add(sumError(sum, other, next), v128.andnot(remainder(lastPower, lastGrowth, e), same)));
    sum = next;
  }
  v128.store(state, sum, OTHERS);
  v128.store(state, lost, OTHERS_LOST);
}

/** Their logarithm, where it is to be taken from them. */
export function endOthers(across: bool, state: usize): void {
  const sum = v128.load(state, OTHERS), lost = v128.load(state, OTHERS_LOST);
  let high = f64x2.add(sum, lost), low = sumError(sum, lost, high);
  if (across) {
    const both = acrossHigh(high, low);
    low = acrossLow(high, low);
    high = both;
  }
  high = f64x2.mul(high, unscale());
  low = f64x2.mul(low, unscale());
  const sure = sureLanes(state), small = f64x2.lt(high, v128.load64_splat(SMALL));
  const rounded = f64x2.add(one(), high), rest = f64x2.add(fastSumError(one(), high, rounded), low);
  const total = f64x2.add(rounded, rest), log = v128.load(state, LOG), logRest = v128.load(state, LOG_REST);
  logarithmTo(state + LOG, state + LOG_REST, total, fastSumError(rounded, rest, total));
  const ofTotal = v128.load(state, LOG), restOfTotal = v128.load(state, LOG_REST);
  logarithm1pTo(state + LOG, state + LOG_REST, high, low);
  v128.store(state, v128.bitselect(v128.bitselect(v128.load(state, LOG), ofTotal, small), log, sure), LOG);
  v128.store(state, v128.bitselect(v128.bitselect(v128.load(state, LOG_REST), restOfTotal, small), logRest, sure), LOG_REST);
}
