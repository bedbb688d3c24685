// Two classes: the larger number's exponential is 2^256 exactly, so that only the smaller one's is computed.
import {
  C2, C3, C4, HIGH, LOW, MAGIC, STEPS, ZERO, constant, entry, grown, growth, indexMask, lowestOf, magicOf, originOf, power,
  quotient, quotientError, reduced, reducedNear, reducedQuotient, restOf, step as stepOf, stepNear, tableIndex,
} from './exponential';
import { areNear } from './start';
import { lossOf, scale } from './sums';
import { divides, inverse, inverseRest, prescale } from './temperature';
import { LARGEST, LOST, SUM, UNIT } from './units';

/** The sums of whole rows into the states, and, if they are to be kept, the exponentials to `target`, which may be `source`. */
export function exponentialsOfTwo(
  keep: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, units: usize,
  state: usize,
): void {
  if (divides) quotientExponentialsOfTwo(keep, source, step, stride, target, targetStep, targetStride, units, state);
  else if (areNear) nearExponentialsOfTwo(keep, source, step, stride, target, targetStep, targetStride, units, state);
  else farExponentialsOfTwo(keep, source, step, stride, target, targetStep, targetStride, units, state);
}

// Exported from the module: see exponentials.ts.

export function nearExponentialsOfTwo(
  keep: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, units: usize,
  state: usize,
): void {
  exponentials(false, false, keep, source, step, stride, target, targetStep, targetStride, units, state);
}
export function farExponentialsOfTwo(
  keep: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, units: usize,
  state: usize,
): void {
  exponentials(false, true, keep, source, step, stride, target, targetStep, targetStride, units, state);
}
export function quotientExponentialsOfTwo(
  keep: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, units: usize,
  state: usize,
): void {
  exponentials(true, false, keep, source, step, stride, target, targetStep, targetStride, units, state);
}

// @ts-ignore: decorator
@inline
function exponentials(
  divide: bool, far: bool, keep: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize,
  targetStride: usize, units: usize, state: usize,
): void {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), none = constant(ZERO), ofLargest = scale(),
    begin = f64x2.add(ofLargest, ofLargest);
  const prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  do {
    // min, unlike pmin, lets a NaN of either through.
    const x = v128.load(source), y = v128.load(source + stride), smaller = f64x2.min(x, y);
    const m = v128.load(state, LARGEST), scaledMax = f64x2.mul(m, prescaling), origin = far ? originOf(m) : none,
      max = divide ? none : far ? f64x2.sub(m, origin) : m, lowest = lowestOf(max);
    let j: v128, r: v128;
    if (divide) {
      const q = quotient(smaller, scaledMax, prescaling, t);
      j = stepNear(q, none, lowest, steps, magic);
      r = reducedQuotient(q, quotientError(smaller, scaledMax, prescaling, t, tRest, q), lowest, j, magic, high, low);
    } else {
      j = far ? stepOf(smaller, origin, max, lowest, steps, magic) : stepNear(smaller, max, lowest, steps, magic);
      r = far
        ? reduced(smaller, origin, lowest, j, magicOf(max), restOf(max), magic, high, low)
        : reducedNear(smaller, lowest, j, magicOf(max), restOf(max), magic, high, low);
    }
    const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
    const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
    if (keep) {
      const isLarger = f64x2.ge(x, y);
      v128.store(target, v128.bitselect(ofLargest, e, isLarger));
      v128.store(target + targetStride, v128.bitselect(e, ofLargest, isLarger));
    }
    const sum = f64x2.add(begin, e);
    v128.store(state, sum, SUM);
    v128.store(state, lossOf(begin, s, g, sum), LOST);
    source += step;
    target += targetStep;
    state += UNIT;
  } while (--units > 0);
}
