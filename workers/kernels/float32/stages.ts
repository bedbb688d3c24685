// What columns.ts does to a band of rows, one column or a few at a time. Loops run over the rows, four lanes a step.
// A band is a multiple of four rows (`whole`, a constant at every call), or has one to three, which are loaded and
// stored one by one.
import { promoteHigh, promoteLow } from '../common';
import {
  FIRST, L, LARGEST, LOG_HIGH, LOG_LOW, LOST, MAGIC, REST, ROUNDED, SECOND, SMALLEST,
} from './band-state';
import {
  c2, c3, c4, c5, c6, floorOf, highest, ln2High, ln2Low, log2e, lowest, magic, near, originOf, reachable,
} from './exponential';
import { get, put } from './lanes';
import {
  halfMask, largestFinite, logProbability, logProbabilityAt, lowered, probability, smallestNormal,
  unlift,
} from './results';
import { storeExponential, storeExponentialOfLog, storeQuotientExponential } from './store-exponential';

/** The extremes of `count` columns, and of those before unless this is the `first`; NaN is left aside. */
// @ts-ignore: decorator
@inline
export function extremesOfColumns(count: i32, whole: bool, first: bool, source: usize, stride: usize, rows: usize, scratch: usize): void {
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, infinity = f32x4.splat(Infinity), minusInfinity = f32x4.neg(infinity);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const from = source + at;
    let a = first ? minusInfinity : v128.load(scratch + at, LARGEST), b = first ? infinity : v128.load(scratch + at, SMALLEST);
    // pmax(a, x) is a < x ? x : a, and so never takes a NaN from x.
    let x = get(from, whole, rows, 0);
    a = f32x4.pmax(a, x);
    b = f32x4.pmin(b, x);
    if (count >= 2) {
      x = get(from + s1, whole, rows, 0);
      a = f32x4.pmax(a, x);
      b = f32x4.pmin(b, x);
    }
    if (count >= 3) {
      x = get(from + s2, whole, rows, 0);
      a = f32x4.pmax(a, x);
      b = f32x4.pmin(b, x);
    }
    if (count == 4) {
      x = get(from + s3, whole, rows, 0);
      a = f32x4.pmax(a, x);
      b = f32x4.pmin(b, x);
    }
    v128.store(scratch + at, a, LARGEST);
    v128.store(scratch + at, b, SMALLEST);
  }
}

/** One column of logits to exponentials; what rounding takes from them is added to `LOST`, or starts it. */
// @ts-ignore: decorator
@inline
export function exponentialsOfColumn(
  divide: bool, plain: bool, whole: bool, first: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize,
): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const inverse64 = f64x2.splat(inverse), far = near(), zeroth = magic(), least = lowest();
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, to = target + at;
    let x = get(source + at, whole, rows, 0), lost: v128;
    if (divide) {
      const m = v128.load(state, LARGEST);
      lost = storeQuotientExponential(
        to, whole, rows, promoteLow(x), promoteHigh(x), promoteLow(m), promoteHigh(m), inverse64, k6, k5, k4, k3, k2,
      );
    } else {
      const mg = v128.load(state, MAGIC);
      if (!plain) x = reachable(x, originOf(v128.load(state, LARGEST), far), floorOf(f32x4.sub(zeroth, mg), least));
      lost = storeExponential(to, whole, rows, x, l2e, mg, v128.load(state, REST), high, low, k6, k5, k4, k3, k2);
    }
    v128.store(state, first ? lost : f32x4.add(v128.load(state, LOST), lost), LOST);
  }
}

/** Adds `count` columns, the first one first, to the float64 at `sums`, or to 0 where these are the `first`. */
// @ts-ignore: decorator
@inline
export function addColumns(count: i32, whole: bool, first: bool, source: usize, stride: usize, rows: usize, sums: usize): void {
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, zero = f64x2.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const from = source + at, sum = sums + (at << 1);
    let low = first ? zero : v128.load(sum), high = first ? zero : v128.load(sum, 16);
    let x = get(from, whole, rows, 0);
    low = f64x2.add(low, promoteLow(x));
    high = f64x2.add(high, promoteHigh(x));
    if (count >= 2) {
      x = get(from + s1, whole, rows, 0);
      low = f64x2.add(low, promoteLow(x));
      high = f64x2.add(high, promoteHigh(x));
    }
    if (count >= 3) {
      x = get(from + s2, whole, rows, 0);
      low = f64x2.add(low, promoteLow(x));
      high = f64x2.add(high, promoteHigh(x));
    }
    if (count == 4) {
      x = get(from + s3, whole, rows, 0);
      low = f64x2.add(low, promoteLow(x));
      high = f64x2.add(high, promoteHigh(x));
    }
    v128.store(sum, low);
    v128.store(sum, high, 16);
  }
}

/** `count` columns of exponentials to probabilities, which are added up like those of `addColumns`. */
// @ts-ignore: decorator
@inline
export function probabilitiesOfColumns(
  count: i32, deep: bool, whole: bool, isFirst: bool, target: usize, stride: usize, rows: usize, sums: usize, scratch: usize,
): void {
  const mask = halfMask(), down = unlift(), bound = smallestNormal(), s1 = stride, s2 = stride << 1, s3 = stride * 3,
    zero = f64x2.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const to = target + at, state = scratch + at, sum = sums + (at << 1);
    const first = v128.load(state, FIRST), second = v128.load(state, SECOND);
    const rounded = ASC_FEATURE_RELAXED_SIMD ? first : v128.load(state, ROUNDED);
    let low = isFirst ? zero : v128.load(sum), high = isFirst ? zero : v128.load(sum, 16);
    let p = oneProbability(deep, whole, to, rows, first, second, rounded, mask, down, bound);
    low = f64x2.add(low, promoteLow(p));
    high = f64x2.add(high, promoteHigh(p));
    if (count >= 2) {
      p = oneProbability(deep, whole, to + s1, rows, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(p));
      high = f64x2.add(high, promoteHigh(p));
    }
    if (count >= 3) {
      p = oneProbability(deep, whole, to + s2, rows, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(p));
      high = f64x2.add(high, promoteHigh(p));
    }
    if (count == 4) {
      p = oneProbability(deep, whole, to + s3, rows, first, second, rounded, mask, down, bound);
      low = f64x2.add(low, promoteLow(p));
      high = f64x2.add(high, promoteHigh(p));
    }
    v128.store(sum, low);
    v128.store(sum, high, 16);
  }
}
// @ts-ignore: decorator
@inline
function oneProbability(
  deep: bool, whole: bool, at: usize, rows: usize, first: v128, second: v128, rounded: v128, mask: v128, down: v128, bound: v128,
): v128 {
  let p = probability(get(at, whole, rows, 0), first, second, rounded, mask);
  if (deep) p = lowered(p, down, bound);
  put(at, whole, rows, p);
  return p;
}

/** One column of logits to log-probabilities. */
// @ts-ignore: decorator
@inline
export function logsOfColumn(divide: bool, whole: bool, source: usize, target: usize, rows: usize, inverse: f64, scratch: usize): void {
  const finite = largestFinite(), inverse64 = f64x2.splat(inverse);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at;
    const x = get(source + at, whole, rows, 0);
    if (divide) {
      const m = v128.load(state, LARGEST);
      put(target + at, whole, rows, logProbabilityAt(
        x, promoteLow(m), promoteHigh(m), inverse64, v128.load(state + at, L), v128.load(state + at, L + 16),
      ));
    } else {
      put(target + at, whole, rows, logProbability(x, v128.load(state, LOG_HIGH), v128.load(state, LOG_LOW), finite));
    }
  }
}

/** One column of stored log-probabilities to exponentials of them; what is lost is added to `LOST`, or starts it. */
// @ts-ignore: decorator
@inline
export function exponentialsOfLogColumn(whole: bool, first: bool, source: usize, target: usize, rows: usize, scratch: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    floor = lowest(), ceiling = highest();
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const x = f32x4.pmax(f32x4.pmin(get(source + at, whole, rows, 0), ceiling), floor);
    const lost = storeExponentialOfLog(target + at, x, l2e, mg, high, low, k6, k5, k4, k3, k2);
    v128.store(scratch + at, first ? lost : f32x4.add(v128.load(scratch + at, LOST), lost), LOST);
  }
}
