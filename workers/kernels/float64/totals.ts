// What happens once to each unit between its exponentials and its results.
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import { fastSumError, sumError } from './arithmetic';
import { ZERO, constant, exponentialOf, lastGrowth, lastPower, remainder } from './exponential';
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
  const m = v128.load(state, LARGEST), prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse),
    tRest = f64x2.splat(inverseRest);
  let sum = v128.load(state, OTHERS), lost = v128.load(state, OTHERS_LOST);
  for (let n = vectors + (odd ? 1 : 0); n > 0; n--, source += stride) {
    const x = odd && n == 1 ? v128.load64_lane(source, f64x2.splat(-Infinity), 0) : v128.load(source);
    const same = f64x2.eq(x, m), e = exponentialOf(x, m, divides, prescaling, t, tRest), other = v128.andnot(e, same);
    const next = f64x2.add(sum, other);
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
