// dim 0, second pass: results from elements and the parameters of their columns, two columns at a time.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { INVERSE, INVERSE_REST, LOG, LOG_REST, MAXIMUM, REASON } from '../reduction/arrays';
import { differenceError, sumError, upperHalf } from './arithmetic';
import {
  C2, C3, C4, HIGH, INFINITE, LOW, LOWEST, MAGIC, MINUS_INFINITE, NORMAL, STEPS, ZERO, constant, entry, grown, growth,
  indexMask, lowestOf, magicOf, originOf, power, quotient, quotientError, reduced, reducedAlone, reducedQuotient, remainder,
  restOf, step, tableIndex,
} from './exponential';
import { APART, loadPair } from './lanes';
import { disagreement, logProbability } from './logs';
import { halfMask, scale, scaledPair, unscale } from './sums';
import { inverse, inverseRest, prescale } from './temperature';

// @ts-ignore: decorator
@inline
function storePair(lanes: i32, alone: bool, a: usize, b: usize, pair: v128): void {
  if (lanes == APART) {
    v128.store64_lane(a, pair, 0);
    if (!alone) v128.store64_lane(b, pair, 1);
  } else v128.store(a, pair);
}

/**
 * Writes the results of `rows` elements of the columns at `a` and `b`, and adds them to the sums at `sums`. Names as in
 * column-fold.ts; `at` is an address in the first array of the parameters. `alone`: there is no second column.
 */
// @ts-ignore: decorator
@inline
export function applyPair(
  op: i32, lanes: i32, divide: bool, alone: bool, a: usize, b: usize, stride: usize, ta: usize, tb: usize,
  targetStride: usize, la: usize, lb: usize, logStride: usize, rows: usize, at: usize, bytes: usize, sums: usize,
): f64 {
  const steps = constant(STEPS), magic = constant(MAGIC), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), minusInfinite = constant(MINUS_INFINITE),
    none = constant(ZERO), bottom = constant(LOWEST), normal = constant(NORMAL), upper = halfMask(), down = unscale(),
    up = scale();
  const prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  const maximum = v128.load(at + MAXIMUM * bytes), log = v128.load(at + LOG * bytes), logRest = v128.load(at + LOG_REST * bytes);
  // Where it is infinite, all results will be NaN.
  const m = v128.and(maximum, f64x2.lt(f64x2.abs(maximum), constant(INFINITE)));
  const origin = divide ? none : originOf(m), max = divide ? none : f64x2.sub(m, origin), lowest = lowestOf(max),
    magicK = magicOf(max), rest = restOf(max), scaledMax = f64x2.mul(m, prescaling);
  let factor = v128.load(at + INVERSE * bytes), factorRest = v128.load(at + INVERSE_REST * bytes);
  if (ASC_FEATURE_RELAXED_SIMD) {
    // From exponentials times 2^256: the factors may be subnormal, the products not.
    factor = f64x2.mul(factor, down);
    factorRest = f64x2.mul(factorRest, down);
  } else {
    factorRest = f64x2.add(f64x2.sub(factor, upperHalf(factor)), factorRest);
    factor = upperHalf(factor);
  }
  let sum = v128.load(sums), lost = v128.load(sums + bytes), difference = none, n = rows;
  let from: usize = 0, to: usize = 0, logTo: usize = 0;
  do {
    const x = loadPair(lanes, a + from, b + from);
    let p = none;
    if (op != LOG_SOFTMAX) {
      let j: v128, r: v128;
      if (divide) {
        const q = quotient(x, scaledMax, prescaling, t);
        j = step(q, origin, max, lowest, steps, magic);
        r = reducedQuotient(q, quotientError(x, scaledMax, prescaling, t, tRest, q), lowest, j, magic, high, low);
      } else {
        j = step(x, origin, max, lowest, steps, magic);
        r = reduced(x, origin, lowest, j, magicK, rest, magic, high, low);
      }
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
      p = scaledPair(e, remainder(s, g, e), factor, factorRest, down, upper);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, sumError(sum, p, next));
      sum = next;
    }
    if (op != SOFTMAX) {
      const d = divide ? quotient(x, scaledMax, prescaling, t) : f64x2.sub(x, m);
      const error = divide ? quotientError(x, scaledMax, prescaling, t, tRest, d) : differenceError(x, m, d);
      const y = logProbability(d, error, log, logRest, minusInfinite);
      storePair(lanes, alone, op == BOTH ? la + logTo : ta + to, op == BOTH ? lb + logTo : tb + to, y);
      const j = step(y, none, none, bottom, steps, magic), r = reducedAlone(y, bottom, j, magic, high, low);
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
      if (op == BOTH) difference = f64x2.pmax(difference, disagreement(p, s, g, e, up, normal));
      else {
        const scaled = f64x2.mul(e, down), next = f64x2.add(sum, scaled);
        lost = f64x2.add(lost, f64x2.add(sumError(sum, scaled, next), f64x2.mul(remainder(s, g, e), down)));
        sum = next;
      }
    }
    if (op != LOG_SOFTMAX) storePair(lanes, alone, ta + to, tb + to, p);
    from += stride;
    to += targetStride;
    logTo += logStride;
  } while (--n > 0);
  v128.store(sums, sum);
  v128.store(sums + bytes, lost);

  const reasonA = load<i64>(at + REASON * bytes), reasonB = load<i64>(at + REASON * bytes, 8);
  if ((reasonA | reasonB) != 0) {
    if (reasonA != 0) {
      fillColumn(ta, targetStride, rows);
      if (op == BOTH) fillColumn(la, logStride, rows);
      difference = f64x2.replace_lane(difference, 0, 0);
    }
    if (reasonB != 0 && !alone) {
      fillColumn(tb, targetStride, rows);
      if (op == BOTH) fillColumn(lb, logStride, rows);
      difference = f64x2.replace_lane(difference, 1, 0);
    }
  }
  const first = f64x2.extract_lane(difference, 0), second = alone ? 0 : f64x2.extract_lane(difference, 1);
  return first > second ? first : second;
}

/** NaN throughout. */
function fillColumn(column: usize, stride: usize, rows: usize): void {
  for (let row: usize = 0; row < rows; row++, column += stride) store<u64>(column, 0x7ff8000000000000);
}
