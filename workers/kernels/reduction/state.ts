// What is known of a column (a slice along the file's rows) after some of its elements, for every dtype in float64.
//
// Leaving the maximum out of the sum keeps the log-probability of a sure winner exact, however tiny. The reference
// changes only when a logit exceeds it by more than REACH: between changes nothing is rescaled, so that no error
// accumulates, and what happens depends on the order of the elements alone, however they are cut into pieces.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN } from '../common';
import { fastSumError, nmadd64, productError, sumError } from '../float64/arithmetic';
import { exponentialOf, lastGrowth, lastPower, remainder } from '../float64/exponential';
import { logarithm1pTo, logarithmTo } from '../float64/logarithm';
import { one, unscale } from '../float64/sums';
import { divides, inverse, inverseRest, prescale } from '../float64/temperature';
import {
  INVERSE, INVERSE_REST, LOG, LOG_REST, MAXIMUM, PARAMETER_ARRAYS, REASON, REFERENCE, STATE_ARRAYS, SUM_ARRAYS, SUM_HIGH,
  SUM_LOW, arrayBytes,
} from './arrays';

/** How far logits may exceed the reference: their exponentials stay far from overflow, even their sum. */
export const REACH: f64 = 300;

/** Below this, log(1 + t) is taken as t less its first few powers. */
const SURE: f64 = 3.725290298461914e-9; // 2^-28

export function column_state_bytes(width: usize): usize { return STATE_ARRAYS * arrayBytes(width); }
export function column_parameter_bytes(width: usize): usize { return PARAMETER_ARRAYS * arrayBytes(width); }
export function column_sum_bytes(width: usize): usize { return SUM_ARRAYS * arrayBytes(width); }

export function columns_begin(state: usize, width: usize): void {
  const bytes = arrayBytes(width);
  for (let at = state; at < state + 2 * bytes; at += 16) v128.store(at, f64x2.splat(-Infinity));
  memory.fill(state + SUM_HIGH * bytes, 0, 2 * bytes);
}

/** e^((x - reference) / T) 2^256, whose remainder is `lastRemainder()`; next to nothing where x = -inf. */
// @ts-ignore: decorator
@inline
function exponentialFrom(x: v128, reference: v128): v128 {
  const known = f64x2.gt(reference, f64x2.splat(-Infinity));
  return exponentialOf(
    x, v128.and(reference, known), divides, f64x2.splat(prescale), f64x2.splat(inverse), f64x2.splat(inverseRest),
  );
}
// @ts-ignore: decorator
@inline
function lastRemainder(e: v128): v128 { return remainder(lastPower, lastGrowth, e); }

let productHigh: v128 = f64x2.splat(0);
let productLow: v128 = f64x2.splat(0);

/** (high, low) e^((from - to) / T), not scaled again; 0 for from = -inf. */
function rescaled(high: v128, low: v128, from: v128, to: v128): void {
  const e = exponentialFrom(from, to), rest = lastRemainder(e);
  const known = f64x2.gt(from, f64x2.splat(-Infinity)), down = unscale();
  const factor = f64x2.mul(v128.and(e, known), down), factorRest = f64x2.mul(v128.and(rest, known), down);
  productHigh = f64x2.mul(high, factor);
  productLow = f64x2.add(
    productError(high, factor, productHigh),
    f64x2.add(f64x2.mul(high, factorRest), f64x2.mul(low, factor)),
  );
}

/** Folds one element of each of two columns at `at` (an address in the array of references) into their state. */
export function foldOne(x: v128, at: usize, bytes: usize, limit: v128): void {
  let reference = v128.load(at), high = v128.load(at + SUM_HIGH * bytes), low = v128.load(at + SUM_LOW * bytes);
  const maximum = v128.load(at + MAXIMUM * bytes), infinite = f64x2.splat(Infinity);
  const exceeds = v128.and(f64x2.gt(x, limit), f64x2.lt(x, infinite));
  if (v128.any_true(exceeds)) {
    rescaled(high, low, reference, x);
    high = v128.bitselect(productHigh, high, exceeds);
    low = v128.bitselect(productLow, low, exceeds);
    reference = v128.bitselect(x, reference, exceeds);
  }
  // pmin(x, m) is m < x ? m : x, and lets NaN through; pmax(m, x) does not.
  let smaller = f64x2.pmin(x, maximum);
  smaller = v128.bitselect(f64x2.splat(-Infinity), smaller, f64x2.eq(smaller, infinite));
  const e = exponentialFrom(smaller, reference), next = f64x2.add(high, e);
  v128.store(at, reference);
  v128.store(at + MAXIMUM * bytes, f64x2.pmax(maximum, x));
  v128.store(at + SUM_HIGH * bytes, next);
  v128.store(at + SUM_LOW * bytes, f64x2.add(low, f64x2.add(sumError(high, e, next), lastRemainder(e))));
}

/** What a logit must exceed to become the reference: a difference of 300 to it, divided by the temperature. */
// @ts-ignore: decorator
@inline
export function limitOf(reference: v128): v128 {
  return f64x2.add(reference, f64x2.splat(divides ? REACH / (inverse * prescale) : REACH));
}

/** Adds the elements of `other` to `state`, as if they came after its own. */
export function columns_merge(state: usize, other: usize, width: usize): void {
  const bytes = arrayBytes(width);
  for (let column: usize = 0; column < bytes; column += 16) {
    const at = state + column, from = other + column;
    const fresh = f64x2.eq(v128.load(at), f64x2.splat(-Infinity)), high = v128.load(from + SUM_HIGH * bytes),
      low = v128.load(from + SUM_LOW * bytes), maximum = v128.load(at + MAXIMUM * bytes),
      otherMaximum = v128.load(from + MAXIMUM * bytes);
    // A state without a finite logit has the sum of none, or NaN.
    const before = v128.load(at + SUM_HIGH * bytes);
    // What `other` left out of its sum is an element here, and may become the reference. A fresh state takes over
    // the sum as it is.
    foldOne(v128.bitselect(f64x2.splat(-Infinity), otherMaximum, fresh), at, bytes, limitOf(v128.load(at)));
    rescaled(high, low, v128.load(from), v128.load(at));
    const sum = v128.load(at + SUM_HIGH * bytes), next = f64x2.add(sum, productHigh);
    const rest = f64x2.add(v128.load(at + SUM_LOW * bytes), f64x2.add(sumError(sum, productHigh, next), productLow));
    v128.store(at, v128.bitselect(v128.load(from + REFERENCE * bytes), v128.load(at), fresh));
    v128.store(at + MAXIMUM * bytes, f64x2.pmax(maximum, otherMaximum));
    v128.store(at + SUM_HIGH * bytes, v128.bitselect(f64x2.add(before, high), next, fresh));
    v128.store(at + SUM_LOW * bytes, v128.bitselect(low, rest, fresh));
  }
}

/** Derives what the second pass needs of each column. */
export function columns_finish(state: usize, width: usize, parameters: usize): void {
  const bytes = arrayBytes(width);
  for (let column: usize = 0; column < bytes; column += 16) {
    const at = state + column, to = parameters + column;
    const reference = v128.load(at), maximum = v128.load(at + MAXIMUM * bytes), high = v128.load(at + SUM_HIGH * bytes),
      low = v128.load(at + SUM_LOW * bytes);

    rescaled(high, low, reference, maximum);
    const others = f64x2.mul(productHigh, unscale()), othersRest = f64x2.mul(productLow, unscale());
    const next = f64x2.add(one(), others), rest = f64x2.add(sumError(one(), others, next), othersRest);
    const sum = f64x2.add(next, rest), sumRest = fastSumError(next, rest, sum);
    const rounded = f64x2.div(one(), sum), product = f64x2.mul(rounded, sum);
    const left = f64x2.sub(f64x2.sub(one(), product), productError(rounded, sum, product));
    v128.store(to + INVERSE * bytes, rounded);
    v128.store(to + MAXIMUM * bytes, maximum);
    v128.store(to + INVERSE_REST * bytes, f64x2.mul(nmadd64(rounded, sumRest, left), rounded));

    const logTo = to + LOG * bytes, logRestTo = to + LOG_REST * bytes, sure = f64x2.lt(others, f64x2.splat(SURE));
    logarithmTo(logTo, logRestTo, sum, sumRest);
    const log = v128.load(logTo), logRest = v128.load(logRestTo);
    logarithm1pTo(logTo, logRestTo, others, othersRest);
    v128.store(logTo, v128.bitselect(v128.load(logTo), log, sure));
    v128.store(logRestTo, v128.bitselect(v128.load(logRestTo), logRest, sure));

    store<i64>(to + REASON * bytes, reasonOf(f64x2.extract_lane(maximum, 0), f64x2.extract_lane(high, 0)));
    store<i64>(to + REASON * bytes, reasonOf(f64x2.extract_lane(maximum, 1), f64x2.extract_lane(high, 1)), 8);
  }
}

function reasonOf(maximum: f64, sum: f64): i64 {
  if (isNaN(sum)) return REASON_NAN;
  if (maximum == Infinity) return REASON_INFINITY;
  return maximum == -Infinity ? REASON_ALL_MINUS_INFINITY : 0;
}

/** Adds the sums of stored results at `other` to those at `sums`. */
export function column_sums_merge(sums: usize, other: usize, width: usize): void {
  const bytes = arrayBytes(width);
  for (let at = sums, from = other; at < sums + bytes; at += 16, from += 16) {
    const sum = v128.load(at), more = v128.load(from), next = f64x2.add(sum, more);
    v128.store(at, next);
    v128.store(at + bytes, f64x2.add(v128.load(at + bytes), f64x2.add(sumError(sum, more, next), v128.load(from + bytes))));
  }
}
