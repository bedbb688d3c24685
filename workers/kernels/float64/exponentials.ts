// The exponentials of a band's units, and their sums.
import {
  C2, C3, C4, HIGH, LOW, MAGIC, STEPS, ZERO, constant, entry, exponentialOf, grown, growth, indexMask, lastGrowth, lastPower, lowestOf, magicOf,
  originOf, power, quotient, quotientError, reduced, reducedNear, reducedQuotient, restOf, step as stepOf, stepNear, tableIndex,
} from './exponential';
import { areNear } from './start';
import { lossOf } from './sums';
import { divides, inverse, inverseRest, prescale } from './temperature';
import { LARGEST, LOST, SUM, UNIT } from './units';

/** To the sums in the states; `odd`: half a vector follows the whole ones. */
export function addExponentials(
  source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  if (divides) addQuotientExponentials(source, step, stride, vectors, odd, units, state);
  else if (areNear) addNearExponentials(source, step, stride, vectors, odd, units, state);
  else addFarExponentials(source, step, stride, vectors, odd, units, state);
}

/** The same, and to `target`, which may be `source`. */
export function storeExponentials(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  if (divides)
    storeQuotientExponentials(source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
  else if (areNear)
    storeNearExponentials(source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
  else storeFarExponentials(source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}

// Exported from the module, so that each stays a function of its own: V8 compiles those that are used, when they are.

export function addNearExponentials(
  source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  exponentials(false, false, false, source, step, stride, 0, 0, 0, vectors, odd, units, state);
}
export function addFarExponentials(
  source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  exponentials(false, true, false, source, step, stride, 0, 0, 0, vectors, odd, units, state);
}
export function addQuotientExponentials(
  source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  exponentials(true, false, false, source, step, stride, 0, 0, 0, vectors, odd, units, state);
}
export function storeNearExponentials(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  exponentials(false, false, true, source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}
export function storeFarExponentials(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  exponentials(false, true, true, source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}
export function storeQuotientExponentials(
  source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize, vectors: usize, odd: bool,
  units: usize, state: usize,
): void {
  exponentials(true, false, true, source, step, stride, target, targetStep, targetStride, vectors, odd, units, state);
}

/** The loops test their condition at the end: only then does V8 move what does not change out of them. */
// @ts-ignore: decorator
@inline
function exponentials(
  divide: bool, far: bool, keep: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize,
  targetStride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), none = constant(ZERO);
  const prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  do {
    const m = v128.load(state, LARGEST), scaledMax = f64x2.mul(m, prescaling), origin = far ? originOf(m) : none,
      max = divide ? none : far ? f64x2.sub(m, origin) : m, lowest = lowestOf(max), magicK = magicOf(max), rest = restOf(max);
    let sum = v128.load(state, SUM), lost = v128.load(state, LOST), from = source, to = target, n = vectors;
    if (n > 0) do {
      const x = v128.load(from);
      let j: v128, r: v128;
      if (divide) {
        const q = quotient(x, scaledMax, prescaling, t);
        j = stepNear(q, none, lowest, steps, magic);
        r = reducedQuotient(q, quotientError(x, scaledMax, prescaling, t, tRest, q), lowest, j, magic, high, low);
      } else {
        // An operation less, and a register, which are short, are worth functions of their own.
        j = far ? stepOf(x, origin, max, lowest, steps, magic) : stepNear(x, max, lowest, steps, magic);
        r = far
          ? reduced(x, origin, lowest, j, magicK, rest, magic, high, low)
          : reducedNear(x, lowest, j, magicK, rest, magic, high, low);
      }
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
      if (keep) v128.store(to, e);
      const next = f64x2.add(sum, e);
      lost = f64x2.add(lost, lossOf(sum, s, g, next));
      sum = next;
      from += stride;
      to += targetStride;
    } while (--n > 0);
    if (odd) {
      const x = v128.load64_lane(from, f64x2.splat(-Infinity), 0), e = exponentialOf(x, m, divide, prescaling, t, tRest);
      if (keep) v128.store64_lane(to, e, 0);
      const next = f64x2.add(sum, e);
      lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
      sum = next;
    }
    v128.store(state, sum, SUM);
    v128.store(state, lost, LOST);
    source += step;
    target += targetStep;
    state += UNIT;
  } while (--units > 0);
}
