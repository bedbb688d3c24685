// The first passes over a row: its extremes, its exponentials and their sum.
import { highHalf, loadTail32, loadWide, promoteHigh, promoteLow, storeTail32 } from '../common';
import { BOTH, LOG_SOFTMAX, PIECE, SOFTMAX } from '../ops';
import {
  SCALE, c2, c3, c4, c5, c6, exponentOf, floorOf, ln2High, ln2Low, log2e, lowest, magic, magicOf, near, originOf, reachable,
} from './exponential';
import { get, total } from './lanes';
import { storeExponential, storeLargest, storeQuotientExponential } from './store-exponential';

/** Bytes of a row whose exponentials are computed, then added up, while they are in the first-level cache. */
export const BLOCK: usize = 1024;

// Second results of the passes: what the name says, and the largest number's own exponential, unless for
// softmax alone.
export let smallest: f32 = 0;
export let ofLargest: f64 = 0;

// The sums so far of a row that comes in pieces.
let pieces0: v128 = f64x2.splat(0);
let pieces1: v128 = f64x2.splat(0);
let pieces2: v128 = f64x2.splat(0);
let pieces3: v128 = f64x2.splat(0);
let lostSoFar: v128 = f32x4.splat(0);

export function beginPieces(): void {
  const zero = f64x2.splat(0);
  pieces0 = zero;
  pieces1 = zero;
  pieces2 = zero;
  pieces3 = zero;
  lostSoFar = zero;
}

/** The sum of a row whose pieces are all there. */
export function sumOfPieces(): f64 {
  return withLost(pieces0, pieces1, pieces2, pieces3, lostSoFar);
}

/** Sums are of exponentials before their rounding. */
// @ts-ignore: decorator
@inline
function withLost(s0: v128, s1: v128, s2: v128, s3: v128, lost: v128): f64 {
  return total(f64x2.add(s0, promoteLow(lost)), f64x2.add(s1, promoteHigh(lost)), s2, s3);
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
 * The sum of the row's exponentials, scaled as in exponential.ts. For softmax and both they go to `target`; for both, the
 * logits go to `logTarget`; for log_softmax, `buffer`, which all need, holds a block of them at a time. `op` is a constant at
 * every call. A piece goes on from the one before; pieces but the last are whole blocks.
 */
// @ts-ignore: decorator
@inline
export function sumOfExponentials(
  op: i32, divide: bool, plain: bool, source: usize, target: usize, logTarget: usize, buffer: usize, classes: usize,
  largest: f32, inverse: f64,
): f64 {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), m64 = f64x2.splat(<f64>largest), inverse64 = f64x2.splat(inverse);
  const origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(k, lowest()),
    mg = magicOf(k, magic()), filler = f32x4.splat(-Infinity);
  const length = classes << 2, tail = classes & 3;
  const zero = f64x2.splat(0), resume = op == PIECE;
  let s0 = resume ? pieces0 : zero, s1 = resume ? pieces1 : zero, s2 = resume ? pieces2 : zero, s3 = resume ? pieces3 : zero,
    lost = resume ? lostSoFar : zero;
  ofLargest = SCALE;
  let rest = f32x4.splat(0);
  if (!divide) {
    rest = storeLargest(buffer, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2);
    if (op != SOFTMAX) {
      const lost = storeExponential(buffer, true, 0, max, l2e, mg, rest, high, low, k6, k5, k4, k3, k2);
      ofLargest = <f64>load<f32>(buffer) + <f64>f32x4.extract_lane(lost, 0);
    }
  }
  for (let from: usize = 0; from < length; from += BLOCK) {
    const end = min(length, from + BLOCK), pairs = end & ~31;
    const to = op == LOG_SOFTMAX ? buffer - from : target;
    let at = from;
    for (const whole = end & ~15; at < whole; at += 16) {
      const x = v128.load(source + at);
      if (op == BOTH) v128.store(logTarget + at, x);
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
      if (op == BOTH) storeTail32(logTarget + at, tail, x);
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
  if (op == PIECE) {
    pieces0 = s0;
    pieces1 = s1;
    pieces2 = s2;
    pieces3 = s3;
    lostSoFar = lost;
    return 0;
  }
  return withLost(s0, s1, s2, s3, lost);
}
