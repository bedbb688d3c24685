// One row after the other: lanes run across the classes. Every pass takes pairs of vectors, then what is left over;
// the order of additions depends on the number of classes alone.
import {
  REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, addLanes64, demote, highHalf, loadTail32, loadWide, madd, promoteHigh,
  promoteLow, storeReason, storeTail32,
} from '../common';
import {
  SCALE, c2, c3, c4, c5, c6, coarse, exponential, exponentialAt, exponentOf, floorOf, highOfLog, highest, isNear, ln2High,
  ln2Low, log2e, lostOfLog, lowest, magic, magicOf, near, originOf, powerOfLog, reachable, restHighOf, restLowOf, restOfLog, roundedOfLog, shiftOf,
} from './exponential';
import { log1p64, logarithm } from './logarithm';
import {
  LIFT, SHALLOW, deepBound, firstOf, halfMask, largestFinite, logProbability, logProbabilityAt, logSumHigh, logSumLow, lowered, probability,
  secondOf, smallestNormal, smallestNormalNumber, unlift,
} from './results';

export const SOFTMAX: i32 = 0;
export const LOG_SOFTMAX: i32 = 1;
export const BOTH: i32 = 2;

const NOTHING: f32 = -Infinity;
/** Bytes of a row whose exponentials are computed, then added up, while they are in the first-level cache. */
const BLOCK: usize = 1024;

// Second results of the passes: what the name says; how many exponentials are SCALE, and the sum of the others.
let smallest: f32 = 0;
let others: f64 = 0;
let ties: i32 = 0;

// @ts-ignore: decorator
@inline
function get(address: usize, whole: bool, tail: usize, filler: f32): v128 {
  return whole ? v128.load(address) : loadTail32(address, tail, f32x4.splat(filler));
}
// @ts-ignore: decorator
@inline
function put(address: usize, whole: bool, tail: usize, v: v128): void {
  if (whole) v128.store(address, v);
  else storeTail32(address, tail, v);
}

/** The largest of a row's numbers, and in `smallest` the smallest; NaN is left aside. */
function extremes(row: usize, classes: usize): f32 {
  let a = f32x4.splat(NOTHING), b = a, c = f32x4.splat(Infinity), d = c;
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
    a = f32x4.pmax(a, get(row + at, whole, classes & 3, NOTHING));
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
 * The sum of the row's exponentials, times SCALE. For softmax and both they go to `target`; for both, the logits go
 * to `logTarget`; for log_softmax, `buffer` holds a block of them at a time, and the sum is that of `others`.
 * Both adds up twice, to come to the same bits as each op alone.
 */
// @ts-ignore: decorator
@inline
function sumOfExponentials(
  op: i32, divide: bool, plain: bool, source: usize, target: usize, logTarget: usize, buffer: usize, classes: usize, largest: f32,
  inverse: f64,
): f64 {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), m64 = f64x2.splat(<f64>largest), inverse64 = f64x2.splat(inverse);
  const origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(max, lowest()),
    shift = shiftOf(max, k, l2e), mg = magicOf(k, magic()), rest = restHighOf(max, k, high, low, coarse()),
    fine = restLowOf(max, k, rest, high, low), filler = plain ? floor : f32x4.splat(NOTHING), winner = f32x4.splat(<f32>SCALE);
  const length = classes << 2, tail = classes & 3;
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, o0 = s0, o1 = s0, o2 = s0, o3 = s0, count = i32x4.splat(0);
  for (let from: usize = 0; from < length; from += BLOCK) {
    const end = min(length, from + BLOCK), pairs = end & ~31;
    const to = op == LOG_SOFTMAX ? buffer - from : target;
    let at = from;
    for (; at < pairs; at += 32) {
      const x = v128.load(source + at), y = v128.load(source + at, 16);
      if (divide) {
        v128.store(to + at, exponentialAt(x, m64, m64, inverse64, k6, k5, k4, k3, k2));
        v128.store(to + at, exponentialAt(y, m64, m64, inverse64, k6, k5, k4, k3, k2), 16);
      } else {
        v128.store(to + at, exponential(plain ? x : reachable(x, origin, floor), shift, mg, rest, fine, l2e, high, low, k6, k5, k4, k3, k2));
        v128.store(to + at, exponential(plain ? y : reachable(y, origin, floor), shift, mg, rest, fine, l2e, high, low, k6, k5, k4, k3, k2), 16);
      }
      if (op == BOTH) {
        v128.store(logTarget + at, x);
        v128.store(logTarget + at, y, 16);
      }
    }
    for (; at < end; at += 16) {
      const whole = at + 16 <= length;
      const x = whole ? v128.load(source + at) : loadTail32(source + at, tail, filler);
      let e: v128;
      if (divide) e = exponentialAt(x, m64, m64, inverse64, k6, k5, k4, k3, k2);
      else e = exponential(plain ? x : reachable(x, origin, floor), shift, mg, rest, fine, l2e, high, low, k6, k5, k4, k3, k2);
      put(to + at, whole, tail, e);
      if (op == BOTH) put(logTarget + at, whole, tail, x);
    }

    // Loops of their own: with the additions in the loop above, both together take longer.
    if (op != LOG_SOFTMAX) {
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
    if (op != SOFTMAX) {
      for (at = from; at < pairs; at += 32) {
        let a = v128.load(to + at), b = v128.load(to + at, 16);
        const ea = f32x4.eq(a, winner), eb = f32x4.eq(b, winner);
        count = i32x4.sub(i32x4.sub(count, ea), eb);
        a = v128.andnot(a, ea);
        b = v128.andnot(b, eb);
        o0 = f64x2.add(o0, promoteLow(a));
        o1 = f64x2.add(o1, promoteHigh(a));
        o2 = f64x2.add(o2, promoteLow(b));
        o3 = f64x2.add(o3, promoteHigh(b));
      }
      for (; at < end; at += 16) {
        let e = get(to + at, at + 16 <= length, tail, 0);
        const equal = f32x4.eq(e, winner);
        count = i32x4.sub(count, equal);
        e = v128.andnot(e, equal);
        o0 = f64x2.add(o0, promoteLow(e));
        o1 = f64x2.add(o1, promoteHigh(e));
      }
    }
  }
  if (op != SOFTMAX) {
    ties = i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1) + i32x4.extract_lane(count, 2) +
      i32x4.extract_lane(count, 3);
    others = total(o0, o1, o2, o3);
    if (op == LOG_SOFTMAX) return others;
  }
  return total(s0, s1, s2, s3);
}

/** Exponentials in `target` to probabilities; returns the sum of what is stored. */
// @ts-ignore: decorator
@inline
function storeProbabilities(deep: bool, target: usize, classes: usize, sum: f64): f64 {
  const quotient = f64x2.splat((deep ? LIFT : 1.0) / sum), rounded = demote(quotient, quotient), first = firstOf(rounded),
    second = secondOf(quotient, quotient, first), mask = halfMask(), down = unlift(), bound = smallestNormal();
  const length = classes << 2, pairs = length & ~31, tail = classes & 3;
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let at: usize = 0;
  for (; at < pairs; at += 32) {
    let p = probability(v128.load(target + at), first, second, rounded, mask);
    let q = probability(v128.load(target + at, 16), first, second, rounded, mask);
    if (deep) {
      p = lowered(p, down, bound);
      q = lowered(q, down, bound);
    }
    v128.store(target + at, p);
    v128.store(target + at, q, 16);
    s0 = f64x2.add(s0, promoteLow(p));
    s1 = f64x2.add(s1, promoteHigh(p));
    s2 = f64x2.add(s2, promoteLow(q));
    s3 = f64x2.add(s3, promoteHigh(q));
  }
  for (; at < length; at += 16) {
    const whole = at + 16 <= length;
    let p = probability(get(target + at, whole, tail, 0), first, second, rounded, mask);
    if (deep) p = lowered(p, down, bound);
    put(target + at, whole, tail, p);
    s0 = f64x2.add(s0, promoteLow(p));
    s1 = f64x2.add(s1, promoteHigh(p));
  }
  return total(s0, s1, s2, s3);
}

/** Sums probabilities in the order of `storeProbabilities`. */
function sumOf(source: usize, classes: usize): f64 {
  const length = classes << 2, pairs = length & ~31;
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let at: usize = 0;
  for (; at < pairs; at += 32) {
    s0 = f64x2.add(s0, loadWide(source + at));
    s1 = f64x2.add(s1, loadWide(source + at + 8));
    s2 = f64x2.add(s2, loadWide(source + at + 16));
    s3 = f64x2.add(s3, loadWide(source + at + 24));
  }
  for (; at < length; at += 16) {
    const p = get(source + at, at + 16 <= length, classes & 3, 0);
    s0 = f64x2.add(s0, promoteLow(p));
    s1 = f64x2.add(s1, promoteHigh(p));
  }
  return total(s0, s1, s2, s3);
}

/** Logits to log-probabilities; source and target may be the same. */
// @ts-ignore: decorator
@inline
function storeLogs(divide: bool, source: usize, target: usize, classes: usize, largest: f32, inverse: f64, l: v128): void {
  const m64 = f64x2.splat(<f64>largest), inverse64 = f64x2.splat(inverse), m = f32x4.splat(largest), finite = largestFinite(),
    logHigh = logSumHigh(m, l, l), logLow = logSumLow(m, l, l, logHigh);
  const length = classes << 2, whole = length & ~15, tail = classes & 3;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const x = v128.load(source + at);
    v128.store(target + at, divide
      ? logProbabilityAt(x, m64, m64, inverse64, l, l)
      : logProbability(x, logHigh, logLow, finite));
  }
  if (tail) {
    const x = loadTail32(source + at, tail, m);
    storeTail32(target + at, tail, divide
      ? logProbabilityAt(x, m64, m64, inverse64, l, l)
      : logProbability(x, logHigh, logLow, finite));
  }
}

/** The sum of exp of stored log-probabilities; `buffer` holds a block of exponentials at a time. */
function sumOfLogs(source: usize, buffer: usize, classes: usize): f64 {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    floor = lowest(), ceiling = highest();
  const length = classes << 2, tail = classes & 3;
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, lost = f32x4.splat(0);
  for (let from: usize = 0; from < length; from += BLOCK) {
    const end = min(length, from + BLOCK), pairs = end & ~31, to = buffer - from;
    let at = from;
    for (; at < end; at += 16) {
      const whole = at + 16 <= length;
      const x = f32x4.pmax(f32x4.pmin(whole ? v128.load(source + at) : loadTail32(source + at, tail, floor), ceiling), floor);
      const j = roundedOfLog(x, l2e, mg), n = f32x4.sub(j, mg), s = powerOfLog(j);
      const h = highOfLog(x, n, high), u = restOfLog(h, n, low, k6, k5, k4, k3, k2), e = f32x4.add(h, u), sum = madd(s, e, s);
      lost = f32x4.add(lost, lostOfLog(s, sum, e, h, u));
      v128.store(to + at, sum);
    }
    at = from;
    for (; at < pairs; at += 32) {
      s0 = f64x2.add(s0, loadWide(to + at));
      s1 = f64x2.add(s1, loadWide(to + at + 8));
      s2 = f64x2.add(s2, loadWide(to + at + 16));
      s3 = f64x2.add(s3, loadWide(to + at + 24));
    }
    for (; at < end; at += 16) {
      s0 = f64x2.add(s0, loadWide(to + at));
      s1 = f64x2.add(s1, loadWide(to + at + 8));
    }
  }
  s0 = f64x2.add(s0, promoteLow(lost));
  s1 = f64x2.add(s1, promoteHigh(lost));
  return total(s0, s1, s2, s3) / SCALE;
}

/** The largest |log p - lp| in lanes, over the p that are normal numbers. */
function differenceOf(probabilities: usize, logs: usize, classes: usize): v128 {
  const normal = smallestNormalNumber();
  const length = classes << 2, whole = length & ~15, tail = classes & 3;
  let difference = f32x4.splat(0);
  let at: usize = 0;
  for (; at < whole; at += 16)
    difference = f32x4.pmax(difference, differenceOfLogs(v128.load(probabilities + at), v128.load(logs + at), normal));
  if (tail) {
    const zero = f32x4.splat(0);
    difference = f32x4.pmax(
      difference,
      differenceOfLogs(loadTail32(probabilities + at, tail, zero), loadTail32(logs + at, tail, zero), normal),
    );
  }
  return difference;
}

/** Four partial sums to one. */
// @ts-ignore: decorator
@inline
function total(a: v128, b: v128, c: v128, d: v128): f64 {
  return addLanes64(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
}

/** |log p - lp| where p is a normal number, else 0. */
// @ts-ignore: decorator
@inline
export function differenceOfLogs(p: v128, lp: v128, smallestNormalNumber: v128): v128 {
  return v128.and(f32x4.abs(f32x4.sub(logarithm(p), lp)), f32x4.ge(p, smallestNormalNumber));
}

/** The largest of four lanes. */
export function largestLane(v: v128): f32 {
  const pair = f32x4.pmax(v, highHalf(v));
  return max(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

/** Why a row of numbers `stride` apart, the largest of which is infinite, is invalid. */
export function reasonOf(row: usize, stride: usize, classes: usize, largest: f32): i64 {
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) if (isNaN(load<f32>(at))) return REASON_NAN;
  return largest > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
}

/** NaN throughout. */
export function fillNaN(row: usize, stride: usize, classes: usize): void {
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) store<u32>(at, 0x7fc00000);
}

/** `op` is a constant at every call, so that each op compiles to loops of its own; `inverse` is 1 / temperature. */
// @ts-ignore: decorator
@inline
export function overRows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize, inverse: f64, buffer: usize,
): f64 {
  const length = classes << 2, divide = inverse != 1;
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < rows; row++, source += length, target += length, logTarget += length, sums += 8) {
    const largest = extremes(source, classes), deep = (<f64>smallest - <f64>largest) * inverse < deepBound(classes);
    let sum: f64 = NaN;
    let reason = REASON_NAN;
    if (!isFinite(largest)) reason = reasonOf(source, 4, classes, largest);
    else if (divide) sum = sumOfExponentials(op, true, false, source, target, logTarget, buffer, classes, largest, inverse);
    else if (smallest - largest < SHALLOW || !isNear(largest))
      sum = sumOfExponentials(op, false, false, source, target, logTarget, buffer, classes, largest, 1);
    else sum = sumOfExponentials(op, false, true, source, target, logTarget, buffer, classes, largest, 1);
    if (isNaN(sum)) {
      storeReason(sums, reason);
      fillNaN(target, 4, classes);
      if (op == BOTH) fillNaN(logTarget, 4, classes);
      continue;
    }
    if (op != SOFTMAX) {
      const l = log1p64(f64x2.splat(<f64>(ties - 1) + others / SCALE));
      const from = op == BOTH ? logTarget : source, to = op == BOTH ? logTarget : target;
      if (divide) storeLogs(true, from, to, classes, largest, inverse, l);
      else storeLogs(false, from, to, classes, largest, 1, l);
    }
    if (op == LOG_SOFTMAX) store<f64>(sums, sumOfLogs(target, buffer, classes));
    else if (deep) store<f64>(sums, storeProbabilities(true, target, classes, sum));
    else store<f64>(sums, storeProbabilities(false, target, classes, sum));
    if (op == BOTH) difference = f32x4.pmax(difference, differenceOf(target, logTarget, classes));
  }
  return <f64>largestLane(difference);
}

export function sumRows(source: usize, rows: usize, classes: usize, sums: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes << 2, sums += 8) storeSum(sums, sumOf(source, classes));
}

export function sumExpRows(source: usize, rows: usize, classes: usize, sums: usize, buffer: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes << 2, sums += 8)
    storeSum(sums, sumOfLogs(source, buffer, classes));
}

/** A sum of values that nobody has checked. Exponentials end at e^71, which stands for all beyond. */
export function storeSum(address: usize, sum: f64): void {
  if (isNaN(sum)) storeReason(address, REASON_NAN);
  else store<f64>(address, sum > 1e30 ? Infinity : sum);
}
