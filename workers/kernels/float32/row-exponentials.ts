// The first passes over a row: its extremes, its exponentials and their sum.
import { highHalf, loadTail32, loadWide, promoteHigh, promoteLow } from '../common';
import {
  SCALE, c2, c3, c4, c5, c6, exponentOf, floorOf, ln2High, ln2Low, log2e, lowest, magic, magicOf, near, originOf, reachable,
} from './exponential';
import { get, total } from './lanes';
import { storeExponential, storeLargest, storeQuotientExponential } from './store-exponential';

/** Bytes of a row whose exponentials are computed, then added up, while they are in the first-level cache. */
export const BLOCK: usize = 1024;

// Second results of the passes: what the name says, and the largest number's own exponential.
export let smallest: f32 = 0;
export let ofLargest: f64 = 0;

// The sums so far.
let sum0: v128 = f64x2.splat(0);
let sum1: v128 = f64x2.splat(0);
let sum2: v128 = f64x2.splat(0);
let sum3: v128 = f64x2.splat(0);
let lostSoFar: v128 = f32x4.splat(0);

/** Before a row's exponentials. */
export function beginExponentials(): void {
  const zero = f64x2.splat(0);
  sum0 = zero;
  sum1 = zero;
  sum2 = zero;
  sum3 = zero;
  lostSoFar = zero;
}

/** Their sum: of exponentials before their rounding. */
export function sumOfExponentials(): f64 {
  return total(f64x2.add(sum0, promoteLow(lostSoFar)), f64x2.add(sum1, promoteHigh(lostSoFar)), sum2, sum3);
}

/** The largest of a row's numbers, and in `smallest` the smallest; NaN is left aside. */
export function extremes(row: usize, classes: usize): f32 {
  let a = f32x4.splat(-Infinity), b = a, c = f32x4.splat(Infinity), d = c;
  const length = classes << 2, pairs = (classes & ~7) << 2;
  let at: usize = 0;
  // pmax(a, x) is a < x ? x : a, and so never takes a NaN from x.
  for (; at < pairs; at += 32) {
    const x = v128.load(row + at), y = v128.load(row + at, 16);
    a = f32x4.pmax(a, x);
    b = f32x4.pmax(b, y);
    c = f32x4.pmin(c, x);
    d = f32x4.pmin(d, y);
  }
  for (; at < length; at += 16) {
    const whole = at + 16 <= length;
    a = f32x4.pmax(a, get(row + at, whole, classes & 3, -Infinity));
    c = f32x4.pmin(c, get(row + at, whole, classes & 3, Infinity));
  }
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, highHalf(a));
  c = f32x4.pmin(c, d);
  c = f32x4.pmin(c, highHalf(c));
  smallest = min(f32x4.extract_lane(c, 0), f32x4.extract_lane(c, 1));
  return max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1));
}

/**
 * A row's exponentials, scaled as in exponential.ts, or those of its next piece, to `target`, or a block at a time to
 * `buffer`, which has room for one in any case. Pieces but the last are whole blocks.
 */
export function addExponentials(
  general: bool, source: usize, target: usize, inBlocks: bool, buffer: usize, classes: usize, largest: f32, inverse: f64,
): void {
  if (inverse != 1) addQuotientExponentials(source, target, inBlocks, buffer, classes, largest, inverse);
  else if (general) addGeneralExponentials(source, target, inBlocks, buffer, classes, largest, 1);
  else addPlainExponentials(source, target, inBlocks, buffer, classes, largest, 1);
}

// Exported from the module, so that each stays a function of its own: V8 compiles those that are used, when they are.

export function addPlainExponentials(
  source: usize, target: usize, inBlocks: bool, buffer: usize, classes: usize, largest: f32, inverse: f64,
): void {
  exponentials(false, true, source, target, inBlocks, buffer, classes, largest, inverse);
}
export function addGeneralExponentials(
  source: usize, target: usize, inBlocks: bool, buffer: usize, classes: usize, largest: f32, inverse: f64,
): void {
  exponentials(false, false, source, target, inBlocks, buffer, classes, largest, inverse);
}
export function addQuotientExponentials(
  source: usize, target: usize, inBlocks: bool, buffer: usize, classes: usize, largest: f32, inverse: f64,
): void {
  exponentials(true, false, source, target, inBlocks, buffer, classes, largest, inverse);
}

// @ts-ignore: decorator
@inline
function exponentials(
  divide: bool, plain: bool, source: usize, target: usize, inBlocks: bool, buffer: usize, classes: usize, largest: f32,
  inverse: f64,
): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), m64 = f64x2.splat(<f64>largest), inverse64 = f64x2.splat(inverse);
  const origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(k, lowest()),
    mg = magicOf(k, magic()), filler = f32x4.splat(-Infinity);
  const length = classes << 2, tail = classes & 3;
  let s0 = sum0, s1 = sum1, s2 = sum2, s3 = sum3, lost = lostSoFar;
  ofLargest = SCALE;
  let rest = f32x4.splat(0);
  if (!divide) {
    rest = storeLargest(buffer, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2);
    const lost = storeExponential(buffer, true, 0, max, l2e, mg, rest, high, low, k6, k5, k4, k3, k2);
    ofLargest = <f64>load<f32>(buffer) + <f64>f32x4.extract_lane(lost, 0);
  }
  for (let from: usize = 0; from < length; from += BLOCK) {
    const end = min(length, from + BLOCK), pairs = end & ~31;
    const to = inBlocks ? buffer - from : target;
    let at = from;
    for (const whole = end & ~15; at < whole; at += 16) {
      const x = v128.load(source + at);
      if (divide) {
        lost = f32x4.add(lost, storeQuotientExponential(
          to + at, true, 0, promoteLow(x), promoteHigh(x), m64, m64, inverse64, k6, k5, k4, k3, k2,
        ));
      } else {
        const y = plain ? x : reachable(x, origin, floor);
        lost = f32x4.add(lost, storeExponential(to + at, true, 0, y, l2e, mg, rest, high, low, k6, k5, k4, k3, k2));
      }
    }
    if (at < end) {
      const x = loadTail32(source + at, tail, filler);
      if (divide) {
        lost = f32x4.add(lost, storeQuotientExponential(
          to + at, false, tail, promoteLow(x), promoteHigh(x), m64, m64, inverse64, k6, k5, k4, k3, k2,
        ));
      } else {
        lost = f32x4.add(lost, storeExponential(
          to + at, false, tail, reachable(x, origin, floor), l2e, mg, rest, high, low, k6, k5, k4, k3, k2,
        ));
      }
    }

    // Loops of their own: with the additions in the loop above, both together take longer.
    for (at = from; at < pairs; at += 32) {
      s0 = f64x2.add(s0, loadWide(to + at));
      s1 = f64x2.add(s1, loadWide(to + at + 8));
      s2 = f64x2.add(s2, loadWide(to + at + 16));
      s3 = f64x2.add(s3, loadWide(to + at + 24));
    }
    for (; at < end; at += 16) {
      const e = get(to + at, at + 16 <= length, tail, 0);
      s0 = f64x2.add(s0, promoteLow(e));
      s1 = f64x2.add(s1, promoteHigh(e));
    }
  }
  sum0 = s0;
  sum1 = s1;
  sum2 = s2;
  sum3 = s3;
  lostSoFar = lost;
}
