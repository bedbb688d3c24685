// dim 0, first pass: elements into the states of their columns, two columns at a time; see ../reduction.
import { MAXIMUM, SUM_HIGH, SUM_LOW } from '../reduction/arrays';
import { foldOne, limitOf } from '../reduction/state';
import { sumError } from './arithmetic';
import {
  C2, C3, C4, HIGH, LOW, MAGIC, MINUS_INFINITE, STEPS, ZERO, constant, entry, grown, growth, indexMask, lowestOf, magicOf,
  originOf, power, quotient, quotientError, reduced, reducedQuotient, remainder, restOf, step, tableIndex,
} from './exponential';
import { loadPair } from './lanes';
import { inverse, inverseRest, prescale } from './temperature';

/**
 * Folds `rows` elements of the columns at `a` and `b`, `stride` bytes apart, into the state at `at` (an address in the
 * array of references). `lanes` and `divide` are constants at every call. What one row after the other does is all that
 * matters, not where a call begins or ends.
 */
// @ts-ignore: decorator
@inline
export function foldPair(
  lanes: i32, divide: bool, a: usize, b: usize, stride: usize, rows: usize, at: usize, bytes: usize,
): void {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), minusInfinite = constant(MINUS_INFINITE), none = constant(ZERO);
  const scale = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  while (rows > 0) {
    // Up to a logit that becomes the reference.
    const limit = limitOf(v128.load(at));
    let x = minusInfinite, n: usize = 0;
    for (; n < rows; n++) {
      x = loadPair(lanes, a + n * stride, b + n * stride);
      if (v128.any_true(f64x2.gt(x, limit))) break;
    }
    rows -= n;
    const found = rows > 0;

    const reference = v128.load(at), known = v128.and(reference, f64x2.gt(reference, minusInfinite));
    const scaledMax = f64x2.mul(known, scale), origin = divide ? none : originOf(known),
      max = divide ? none : f64x2.sub(known, origin), lowest = lowestOf(max), magicK = magicOf(max), rest = restOf(max);
    let maximum = v128.load(at + MAXIMUM * bytes), sum = v128.load(at + SUM_HIGH * bytes),
      lost = v128.load(at + SUM_LOW * bytes);
    if (n > 0) {
      do {
        const y = loadPair(lanes, a, b);
        // pmin(y, m) is m < y ? m : y, and lets NaN through; pmax(m, y) does not.
        const smaller = f64x2.pmin(y, maximum);
        maximum = f64x2.pmax(maximum, y);
        let j: v128, r: v128;
        if (divide) {
          const q = quotient(smaller, scaledMax, scale, t);
          j = step(q, origin, max, lowest, steps, magic);
          r = reducedQuotient(q, quotientError(smaller, scaledMax, scale, t, tRest, q), lowest, j, magic, high, low);
        } else {
          j = step(smaller, origin, max, lowest, steps, magic);
          r = reduced(smaller, origin, lowest, j, magicK, rest, magic, high, low);
        }
        const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
        const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
        const next = f64x2.add(sum, e);
        lost = f64x2.add(lost, f64x2.add(sumError(sum, e, next), remainder(s, g, e)));
        sum = next;
        a += stride;
        b += stride;
      } while (--n > 0);
      v128.store(at + MAXIMUM * bytes, maximum);
      v128.store(at + SUM_HIGH * bytes, sum);
      v128.store(at + SUM_LOW * bytes, lost);
    }
    if (found) {
      foldOne(x, at, bytes, limit);
      a += stride;
      b += stride;
      rows--;
    }
  }
}
