// The last passes over a row: its probabilities or log-probabilities, and the sum of what is stored.
import { demote, loadTail32, loadWide, promoteHigh, promoteLow, storeTail32 } from '../common';
import { SCALE, c2, c3, c4, c5, c6, highest, ln2High, ln2Low, log2e, lowest, magic } from './exponential';
import { get, put, total } from './lanes';
import {
  LIFT, firstOf, halfMask, largestFinite, logProbability, logProbabilityAt, logSumHigh, logSumLow, lowered,
  probability, secondOf, smallestNormal, unlift,
} from './results';
import { BLOCK } from './row-exponentials';
import { storeExponentialOfLog } from './store-exponential';

// The sums so far of what is stored.
let stored0: v128 = f64x2.splat(0);
let stored1: v128 = f64x2.splat(0);
let stored2: v128 = f64x2.splat(0);
let stored3: v128 = f64x2.splat(0);
let lostOfLogs: v128 = f32x4.splat(0);

/** Before a row's results. */
export function beginStored(): void {
  const zero = f64x2.splat(0);
  stored0 = zero;
  stored1 = zero;
  stored2 = zero;
  stored3 = zero;
  lostOfLogs = zero;
}

/** Of probabilities; of exponentials of log-probabilities. */
export function sumOfStored(): f64 { return total(stored0, stored1, stored2, stored3); }
export function sumOfStoredLogs(): f64 {
  return total(f64x2.add(stored0, promoteLow(lostOfLogs)), f64x2.add(stored1, promoteHigh(lostOfLogs)), stored2, stored3) / SCALE;
}

// Exported from the module, so that each stays a function of its own: V8 compiles those that are used, when they are.
// All that are stored are added up.

/** Exponentials in `target`, of a row or its next piece, to probabilities. */
export function storeProbabilities(target: usize, classes: usize, sum: f64): void { probabilities(false, target, classes, sum); }
/** The same where some may be subnormal. */
export function storeDeepProbabilities(target: usize, classes: usize, sum: f64): void { probabilities(true, target, classes, sum); }

// @ts-ignore: decorator
@inline
function probabilities(deep: bool, target: usize, classes: usize, sum: f64): void {
  const quotient = f64x2.splat((deep ? LIFT : 1.0) / sum), rounded = demote(quotient, quotient), first = firstOf(rounded),
    second = secondOf(quotient, quotient, first), mask = halfMask(), down = unlift(), bound = smallestNormal();
  const length = classes << 2, pairs = length & ~31, tail = classes & 3;
  let s0 = stored0, s1 = stored1, s2 = stored2, s3 = stored3;
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
  stored0 = s0;
  stored1 = s1;
  stored2 = s2;
  stored3 = s3;
}

/** Adds probabilities in the order of `storeProbabilities`. */
export function addProbabilities(source: usize, classes: usize): void {
  const length = classes << 2, pairs = length & ~31;
  let s0 = stored0, s1 = stored1, s2 = stored2, s3 = stored3;
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
  stored0 = s0;
  stored1 = s1;
  stored2 = s2;
  stored3 = s3;
}

/** Logits to log-probabilities, `l` being log-sum-exp less the largest; source and target may be the same. */
export function storeLogs(source: usize, target: usize, classes: usize, largest: f32, l: f64): void {
  logs(false, source, target, classes, largest, 1, f64x2.splat(l));
}
export function storeQuotientLogs(source: usize, target: usize, classes: usize, largest: f32, inverse: f64, l: f64): void {
  logs(true, source, target, classes, largest, inverse, f64x2.splat(l));
}

// @ts-ignore: decorator
@inline
function logs(divide: bool, source: usize, target: usize, classes: usize, largest: f32, inverse: f64, l: v128): void {
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

/** Adds exponentials of stored log-probabilities; `buffer` holds a block of them at a time. */
export function addExponentialsOfLogs(source: usize, buffer: usize, classes: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    floor = lowest(), ceiling = highest();
  const length = classes << 2, tail = classes & 3;
  let s0 = stored0, s1 = stored1, s2 = stored2, s3 = stored3, lost = lostOfLogs;
  for (let from: usize = 0; from < length; from += BLOCK) {
    const end = min(length, from + BLOCK), pairs = end & ~31, to = buffer - from;
    let at = from;
    for (; at < end; at += 16) {
      const whole = at + 16 <= length;
      const x = f32x4.pmax(f32x4.pmin(whole ? v128.load(source + at) : loadTail32(source + at, tail, floor), ceiling), floor);
      lost = f32x4.add(lost, storeExponentialOfLog(to + at, x, l2e, mg, high, low, k6, k5, k4, k3, k2));
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
  stored0 = s0;
  stored1 = s1;
  stored2 = s2;
  stored3 = s3;
  lostOfLogs = lost;
}
