// One row after the other, lanes run across the classes.
import {
  REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, addLanes64, addWide, loadTail32, promoteHigh, promoteLow, storeReason,
  storeTail32,
} from '../common';
import {
  C2, C3, C4, C5, C6, LN2_HIGH, LN2_LOW, LOG2_E, MAGIC, SCALE, SCALE_BITS, constant, exponential, exponentialAt, lowestOf,
  magicOf, originOf, restOf,
} from './exponential';
import { log1p64, logarithm } from './logarithm';
import { inverseHigh, inverseLow, logProbability, scaled, upperHalf } from './scaling';

export const SOFTMAX: i32 = 0;
export const LOG_SOFTMAX: i32 = 1;
export const BOTH: i32 = 2;

/** The largest of a row's numbers, NaN left aside; -inf without any. */
export function largest(row: usize, classes: usize): f32 {
  let a = f32x4.splat(-Infinity), b = a, c = a, d = a;
  const end = row + (classes << 2), end16 = row + ((classes & ~15) << 2);
  let at = row;
  // pmax(a, x) is a < x ? x : a, which never lets a NaN in x through.
  for (; at < end16; at += 64) {
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
    c = f32x4.pmax(c, v128.load(at, 32));
    d = f32x4.pmax(d, v128.load(at, 48));
  }
  for (; at + 16 <= end; at += 16) a = f32x4.pmax(a, v128.load(at));
  if (at < end) b = f32x4.pmax(b, loadTail32(at, (end - at) >> 2, f32x4.splat(-Infinity)));
  a = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  a = f32x4.pmax(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  return max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1));
}

/** Why a row whose largest number is not finite is invalid. */
export function reasonOf(row: usize, stride: usize, classes: usize, max: f32): i64 {
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) if (isNaN(load<f32>(at))) return REASON_NAN;
  return max > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
}

export function fillNaN(row: usize, classes: usize): void {
  for (let at = row, end = row + (classes << 2); at < end; at += 4) store<u32>(at, 0x7fc00000);
}

/**
 * `op` and `divide` (by the temperature) are constants at every call, so that each call compiles to a loop of its own.
 */
// @ts-ignore: decorator
@inline
export function overRows(
  op: i32, divide: bool, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
  inverseTemperature: f64,
): f64 {
  const log2e = constant(LOG2_E), magic = constant(MAGIC), ln2High = constant(LN2_HIGH), ln2Low = constant(LN2_LOW),
    scale = constant(SCALE_BITS), c6 = constant(C6), c5 = constant(C5), c4 = constant(C4), c3 = constant(C3),
    c2 = constant(C2), mask = upperHalf(i32x4.splat(-1)), zero = i32x4.splat(0),
    minusInfinity = f32x4.splat(-Infinity), inverse = f64x2.splat(inverseTemperature),
    normal = f32x4.splat(1.1754943508222875e-38);
  const length = classes << 2, pairs = (classes & ~7) << 2, tail = classes & 3;
  let difference = zero;

  for (let row: usize = 0; row < rows; row++, source += length, target += length, logTarget += length, sums += 8) {
    const m = largest(source, classes);
    if (!isFinite(m)) {
      if (classes == 0) {
        store<f64>(sums, 0);
        continue;
      }
      storeReason(sums, reasonOf(source, 4, classes, m));
      fillNaN(target, classes);
      if (op == BOTH) fillNaN(logTarget, classes);
      continue;
    }
    const largestX = f32x4.splat(m), origin = originOf(largestX), max = f32x4.sub(largestX, origin),
      lowest = lowestOf(max), magicK = magicOf(max), rest = restOf(max), wide = f64x2.splat(<f64>m);

    let s0 = f64x2.splat(0), s1 = s0, ties = zero;
    let at: usize = 0;
    for (; at < pairs; at += 32) {
      const xa = v128.load(source + at), xb = v128.load(source + at, 16);
      let a: v128, b: v128;
      if (divide) {
        a = exponentialAt(xa, wide, wide, inverse, scale, c6, c5, c4, c3, c2);
        b = exponentialAt(xb, wide, wide, inverse, scale, c6, c5, c4, c3, c2);
      } else {
        a = exponential(xa, origin, max, lowest, magicK, rest, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2);
        b = exponential(xb, origin, max, lowest, magicK, rest, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2);
      }
      if (op != LOG_SOFTMAX) {
        v128.store(target + at, a);
        v128.store(target + at, b, 16);
      }
      if (op == BOTH) {
        v128.store(logTarget + at, xa);
        v128.store(logTarget + at, xb, 16);
      }
      if (op != SOFTMAX) {
        const ea = f32x4.eq(xa, largestX), eb = f32x4.eq(xb, largestX);
        ties = i32x4.sub(i32x4.sub(ties, ea), eb);
        a = v128.andnot(a, ea);
        b = v128.andnot(b, eb);
      }
      s0 = addWide(s0, a);
      s1 = addWide(s1, b);
    }
    for (; at < length; at += 16) {
      const whole = at + 16 <= length;
      const x = whole ? v128.load(source + at) : loadTail32(source + at, tail, minusInfinity);
      let e: v128;
      if (divide) e = exponentialAt(x, wide, wide, inverse, scale, c6, c5, c4, c3, c2);
      else e = exponential(x, origin, max, lowest, magicK, rest, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2);
      if (op != LOG_SOFTMAX) {
        if (whole) v128.store(target + at, e);
        else storeTail32(target + at, tail, e);
      }
      if (op == BOTH) {
        if (whole) v128.store(logTarget + at, x);
        else storeTail32(logTarget + at, tail, x);
      }
      if (op != SOFTMAX) {
        const equal = f32x4.eq(x, largestX);
        ties = i32x4.sub(ties, equal);
        e = v128.andnot(e, equal);
      }
      s0 = addWide(s0, e);
    }
    let sum = addLanes64(f64x2.add(s0, s1));
    if (isNaN(sum)) {
      storeReason(sums, REASON_NAN);
      fillNaN(target, classes);
      if (op == BOTH) fillNaN(logTarget, classes);
      continue;
    }
    let l = zero;
    if (op != SOFTMAX) {
      const count: i32 = i32x4.extract_lane(ties, 0) + i32x4.extract_lane(ties, 1) + i32x4.extract_lane(ties, 2) + i32x4.extract_lane(ties, 3);
      l = log1p64(f64x2.splat(<f64>(count - 1) + sum / SCALE));
      sum += <f64>count * SCALE;
    }
    const quotient = f64x2.splat(1.0 / sum), rounded = inverseHigh(quotient, quotient);
    let first = rounded;
    if (!ASC_FEATURE_RELAXED_SIMD) first = upperHalf(rounded);
    const second = inverseLow(quotient, quotient, first);

    s0 = f64x2.splat(0);
    s1 = s0;
    at = 0;
    if (op == LOG_SOFTMAX) {
      const none = zero, bound = constant(6);
      for (; at < pairs; at += 32) {
        const a = logProbability(v128.load(source + at), wide, wide, inverse, l, l, divide);
        const b = logProbability(v128.load(source + at, 16), wide, wide, inverse, l, l, divide);
        v128.store(target + at, a);
        v128.store(target + at, b, 16);
        s0 = addWide(s0, exponential(a, none, none, bound, magic, none, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2));
        s1 = addWide(s1, exponential(b, none, none, bound, magic, none, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2));
      }
      for (; at < length; at += 16) {
        const whole = at + 16 <= length;
        const x = whole ? v128.load(source + at) : loadTail32(source + at, tail, minusInfinity);
        const a = logProbability(x, wide, wide, inverse, l, l, divide);
        if (whole) v128.store(target + at, a);
        else storeTail32(target + at, tail, a);
        s0 = addWide(s0, exponential(a, none, none, bound, magic, none, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2));
      }
      store<f64>(sums, addLanes64(f64x2.add(s0, s1)) / SCALE);
    } else {
      for (; at < pairs; at += 32) {
        const a = scaled(v128.load(target + at), first, second, rounded, mask);
        const b = scaled(v128.load(target + at, 16), first, second, rounded, mask);
        v128.store(target + at, a);
        v128.store(target + at, b, 16);
        s0 = addWide(s0, a);
        s1 = addWide(s1, b);
        if (op == BOTH) {
          const la = logProbability(v128.load(logTarget + at), wide, wide, inverse, l, l, divide);
          const lb = logProbability(v128.load(logTarget + at, 16), wide, wide, inverse, l, l, divide);
          v128.store(logTarget + at, la);
          v128.store(logTarget + at, lb, 16);
          difference = f32x4.pmax(difference, v128.and(f32x4.abs(f32x4.sub(logarithm(a), la)), f32x4.ge(a, normal)));
          difference = f32x4.pmax(difference, v128.and(f32x4.abs(f32x4.sub(logarithm(b), lb)), f32x4.ge(b, normal)));
        }
      }
      for (; at < length; at += 16) {
        const whole = at + 16 <= length;
        const p = scaled(whole ? v128.load(target + at) : loadTail32(target + at, tail, zero), first, second, rounded, mask);
        if (whole) v128.store(target + at, p);
        else storeTail32(target + at, tail, p);
        s0 = addWide(s0, p);
        if (op == BOTH) {
          const x = whole ? v128.load(logTarget + at) : loadTail32(logTarget + at, tail, minusInfinity);
          const lp = logProbability(x, wide, wide, inverse, l, l, divide);
          if (whole) v128.store(logTarget + at, lp);
          else storeTail32(logTarget + at, tail, lp);
          difference = f32x4.pmax(difference, v128.and(f32x4.abs(f32x4.sub(logarithm(p), lp)), f32x4.ge(p, normal)));
        }
      }
      store<f64>(sums, addLanes64(f64x2.add(s0, s1)));
    }
  }
  const d = f32x4.pmax(difference, i8x16.shuffle(difference, difference, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  return <f64>max(f32x4.extract_lane(d, 0), f32x4.extract_lane(d, 1));
}
