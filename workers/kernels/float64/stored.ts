// Sums of stored results, in the order in which softmax.ts sums them: of what it stores they are the same bits. Files
// of other makes may hold anything, so what lies outside [0, 1] goes the plain way.
import { REASON_NAN, storeReason } from '../common';
import {
  C2, C3, C4, HIGH, LOW, LOWEST, MAGIC, SCALE, STEPS, ZERO, constant, entry, exponentialOf, grown, growth, indexMask,
  lastGrowth, lastPower, power, reducedAlone, step, tableIndex,
} from './exponential';
import { ACROSS, largest, loadPair } from './softmax';
import { acrossHigh, loss, lossOf, one, scale, totalHigh, totalLow, unscale } from './sums';

/** One row (ACROSS) at `a`, or two at `a` and `b`; of exponentials if `exp`. All but addresses are constants. */
// @ts-ignore: decorator
@inline
export function sumStored(
  exp: bool, lanes: i32, a: usize, b: usize, stride: usize, classes: usize, sumA: usize, sumB: usize,
): void {
  const across = lanes == ACROSS;
  if (exp) {
    const m = largest(lanes, a, b, stride, classes);
    if (!i64x2.all_true(f64x2.le(m, constant(ZERO)))) {
      store<f64>(sumA, sumPlainly(true, a, stride, classes));
      if (!across) store<f64>(sumB, sumPlainly(true, b, stride, classes));
      nameReason(sumA);
      if (!across) nameReason(sumB);
      return;
    }
  }
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), bottom = constant(LOWEST), none = constant(ZERO),
    start = exp ? scale() : one();
  let sum = start, lost = none, n = across ? classes >> 1 : classes, at: usize = 0;
  if (n > 0) do {
    const y = loadPair(lanes, a + at, b + at);
    if (exp) {
      const j = step(y, none, none, bottom, steps, magic), r = reducedAlone(y, bottom, j, magic, high, low);
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4);
      const next = f64x2.add(sum, grown(s, g));
      lost = f64x2.add(lost, lossOf(sum, s, g, next));
      sum = next;
    } else {
      const next = f64x2.add(sum, y);
      lost = f64x2.add(lost, loss(sum, y, next));
      sum = next;
    }
    at += across ? 16 : stride;
  } while (--n > 0);
  if (across && (classes & 1) != 0) {
    if (exp) {
      const y = v128.load64_lane(a + at, f64x2.splat(-Infinity), 0);
      const next = f64x2.add(sum, exponentialOf(y, none, false, none, none, none));
      lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
      sum = next;
    } else {
      const y = v128.load64_zero(a + at), next = f64x2.add(sum, y);
      lost = f64x2.add(lost, loss(sum, y, next));
      sum = next;
    }
  }
  let total = totalHigh(sum, lost, start);
  if (across) total = acrossHigh(total, totalLow(sum, lost, start));
  if (exp) total = f64x2.mul(total, unscale());
  v128.store64_lane(sumA, total, 0);
  if (!across) v128.store64_lane(sumB, total, 1);
  if (!i64x2.all_true(f64x2.lt(f64x2.abs(total), f64x2.splat(Infinity)))) {
    if (!isFinite(load<f64>(sumA))) store<f64>(sumA, sumPlainly(exp, a, stride, classes));
    if (!across && !isFinite(load<f64>(sumB))) store<f64>(sumB, sumPlainly(exp, b, stride, classes));
    nameReason(sumA);
    if (!across) nameReason(sumB);
  }
}

function sumPlainly(exp: bool, row: usize, stride: usize, classes: usize): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < classes; i++, row += stride) {
    const y = load<f64>(row);
    sum += exp ? plainExponential(y) : y;
  }
  return sum;
}

export function plainExponential(y: f64): f64 {
  if (y == Infinity) return y;
  const none = f64x2.splat(0), at = f64x2.splat(y);
  if (y > 0) return SCALE / f64x2.extract_lane(exponentialOf(none, at, false, none, none, none), 0);
  return f64x2.extract_lane(exponentialOf(at, none, false, none, none, none), 0) / SCALE;
}

export function nameReason(sum: usize): void {
  if (isNaN(load<f64>(sum))) storeReason(sum, REASON_NAN);
}
