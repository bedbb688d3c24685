// The first passes over a unit: its largest number, and what its exponentials need of that.
import { REASON_NAN } from '../common';
import { INFINITE, NEAR, ZERO, constant } from './exponential';
import { reasonOf } from './special';
import { scale } from './sums';
import { LARGEST, LOST, REASON, SUM, TOTAL, UNIT } from './units';

/** Whether some row of the band has a reason to be invalid. */
export let anyInvalid: bool = false;

/** Whether the largest numbers of all rows of the band are near 0: then their exponentials take less work. */
export let areNear: bool = false;

/**
 * Below this, times 2^256, all but the largest are added up by themselves for the logarithm. What a sum of n lost may be
 * off by n^2 2^-106, being itself a plain sum of losses up to 2^-52: here, by at most 2^-55 of what the largest leaves.
 * From a half on, the logarithm is large enough.
 */
export let sureBelow: f64 = 0;

/** The largest number of one row, NaN left aside, in both lanes; -inf without any. */
export function largestOf(row: usize, classes: usize): v128 {
  let m = f64x2.splat(-Infinity), m1 = m, m2 = m, m3 = m;
  const end = row + (classes << 3), end8 = row + ((classes & ~7) << 3);
  // pmax(m, x) is m < x ? x : m, which never lets a NaN in x through.
  for (; row < end8; row += 64) {
    m = f64x2.pmax(m, v128.load(row));
    m1 = f64x2.pmax(m1, v128.load(row, 16));
    m2 = f64x2.pmax(m2, v128.load(row, 32));
    m3 = f64x2.pmax(m3, v128.load(row, 48));
  }
  for (; row + 16 <= end; row += 16) m = f64x2.pmax(m, v128.load(row));
  if (row < end) m1 = f64x2.pmax(m1, v128.load64_splat(row));
  m = f64x2.pmax(f64x2.pmax(m, m1), f64x2.pmax(m2, m3));
  return f64x2.pmax(m, v128.shuffle<u64>(m, m, 1, 0));
}

/** The largest numbers of rows that lie beside each other in every column, into the states of their units. */
export function largestOfColumns(source: usize, stride: usize, classes: usize, units: usize, state: usize): void {
  for (; units > 0; units--, source += 16, state += UNIT) {
    let m = f64x2.splat(-Infinity);
    for (let i: usize = 0, at = source; i < classes; i++, at += stride) m = f64x2.pmax(m, v128.load(at));
    v128.store(state, m, LARGEST);
  }
}

/**
 * After the largest numbers. A unit's first row lies `step` bytes behind that of the one before, its second one `second`
 * bytes behind the first, their numbers `stride` bytes apart.
 */
export function startUnits(
  source: usize, step: usize, second: usize, stride: usize, classes: usize, units: usize, state: usize,
): void {
  areNear = areBelow(NEAR, units, state);
  anyInvalid = !areNear && !areBelow(INFINITE, units, state);
  if (anyInvalid) findReasons(source, step, second, stride, classes, units, state);
  const terms = <f64>classes, down: f64 = 4.440892098500626e-16, least: f64 = 3.725290298461914e-9; // 2^-51, 2^-28
  sureBelow = min(max(terms * terms * down, least), 0.5) * f64x2.extract_lane(scale(), 0);
  startSums(scale(), units, state);
}

/** Whether the largest numbers are below a bound; without their signs, and none is NaN. */
function areBelow(index: usize, units: usize, state: usize): bool {
  const bound = constant(index), end = state + units * UNIT;
  let below = i64x2.splat(-1);
  for (; state < end; state += UNIT) below = v128.and(below, f64x2.lt(f64x2.abs(v128.load(state, LARGEST)), bound));
  return i64x2.all_true(below);
}

/** Before the target, which may be the source, is written. */
function findReasons(
  source: usize, step: usize, second: usize, stride: usize, classes: usize, units: usize, state: usize,
): void {
  for (; units > 0; units--, source += step, state += UNIT) {
    const m = v128.load(state, LARGEST);
    store<i64>(state, reasonOf(source, stride, classes, f64x2.extract_lane(m, 0)), REASON);
    store<i64>(state, reasonOf(source + second, stride, classes, f64x2.extract_lane(m, 1)), REASON + 8);
    v128.store(state, v128.and(m, f64x2.lt(f64x2.abs(m), constant(INFINITE))), LARGEST);
  }
}

/** Sums begin anew. */
export function startSums(start: v128, units: usize, state: usize): void {
  const none = constant(ZERO);
  for (; units > 0; units--, state += UNIT) {
    v128.store(state, start, SUM);
    v128.store(state, none, LOST);
  }
}

/** For rows whose sum of exponentials is NaN and which have no reason yet. */
export function blameNaN(units: usize, state: usize): void {
  for (; units > 0; units--, state += UNIT) {
    const total = v128.load(state, TOTAL), none = constant(ZERO), reason = anyInvalid ? v128.load(state, REASON) : none;
    const isNew = v128.and(f64x2.ne(total, total), i64x2.eq(reason, none));
    v128.store(state, v128.bitselect(i64x2.splat(REASON_NAN), reason, isNew), REASON);
  }
  anyInvalid = true;
}
