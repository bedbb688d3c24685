// Column-major tiles: lanes run across the rows, four at a time, and no lane ever meets another.
import {
  REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, loadTail32, promoteHigh, promoteLow, storeReason, storeTail32,
} from '../common';
import {
  C2, C3, C4, C5, C6, LN2_HIGH, LN2_LOW, LOG2_E, MAGIC, SCALE, SCALE_BITS, constant, exponential, exponentialAt, lowestOf,
  magicOf, originOf, restOf,
} from './exponential';
import { log1p64, logarithm } from './logarithm';
import { BOTH, LOG_SOFTMAX, SOFTMAX, reasonOf } from './rows';
import { inverseHigh, inverseLow, logProbability, scaled, upperHalf } from './scaling';

// @ts-ignore: decorator
@inline
function get(address: usize, lanes: usize, filler: v128): v128 {
  return lanes == 4 ? v128.load(address) : loadTail32(address, lanes, filler);
}

// @ts-ignore: decorator
@inline
function put(address: usize, lanes: usize, v: v128): void {
  if (lanes == 4) v128.store(address, v);
  else storeTail32(address, lanes, v);
}

// @ts-ignore: decorator
@inline
export function overColumns(
  op: i32, divide: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logTargetStride: usize, rows: usize, classes: usize, sums: usize, inverseTemperature: f64,
): f64 {
  const log2e = constant(LOG2_E), magic = constant(MAGIC), ln2High = constant(LN2_HIGH), ln2Low = constant(LN2_LOW),
    scale = constant(SCALE_BITS), c6 = constant(C6), c5 = constant(C5), c4 = constant(C4), c3 = constant(C3),
    c2 = constant(C2), mask = upperHalf(i32x4.splat(-1)), zero = i32x4.splat(0),
    minusInfinity = f32x4.splat(-Infinity), inverse = f64x2.splat(inverseTemperature),
    normal = f32x4.splat(1.1754943508222875e-38), scale64 = f64x2.splat(1 / SCALE);
  let difference = zero;

  for (let row: usize = 0; row < rows; row += 4) {
    const lanes = min(rows - row, 4);
    const x0 = source + (row << 2), p0 = target + (row << 2), l0 = logTarget + (row << 2), sum0 = sums + (row << 3);
    if (classes == 0) {
      for (let lane: usize = 0; lane < lanes; lane++) store<f64>(sum0 + (lane << 3), 0);
      continue;
    }

    let m = minusInfinity;
    for (let i: usize = 0, at = x0; i < classes; i++, at += sourceStride) m = f32x4.pmax(m, get(at, lanes, zero));
    const origin = originOf(m), max = f32x4.sub(m, origin), lowest = lowestOf(max), magicK = magicOf(max),
      rest = restOf(max), maxLow = promoteLow(m), maxHigh = promoteHigh(m);
    // Reasons are looked for before the target, which may be the source, is written.
    for (let lane: usize = 0; lane < lanes; lane++) {
      const largest = lane == 0 ? f32x4.extract_lane(m, 0) : lane == 1 ? f32x4.extract_lane(m, 1)
        : lane == 2 ? f32x4.extract_lane(m, 2) : f32x4.extract_lane(m, 3);
      const reason = isFinite(largest) ? REASON_NAN : reasonOf(x0 + (lane << 2), sourceStride, classes, largest);
      storeReason(sum0 + (lane << 3), reason);
    }

    // 0, but NaN where the largest is infinite: log_softmax's sums leave the largest out.
    const start = f32x4.sub(m, m);
    let low = promoteLow(start), high = promoteHigh(start), ties = zero;
    for (let i: usize = 0; i < classes; i++) {
      const x = get(x0 + i * sourceStride, lanes, zero);
      let e: v128;
      if (divide) e = exponentialAt(x, maxLow, maxHigh, inverse, scale, c6, c5, c4, c3, c2);
      else e = exponential(x, origin, max, lowest, magicK, rest, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2);
      if (op != LOG_SOFTMAX) put(p0 + i * targetStride, lanes, e);
      if (op == BOTH) put(l0 + i * logTargetStride, lanes, x);
      if (op != SOFTMAX) {
        const equal = f32x4.eq(x, m);
        ties = i32x4.sub(ties, equal);
        e = v128.andnot(e, equal);
      }
      low = f64x2.add(low, promoteLow(e));
      high = f64x2.add(high, promoteHigh(e));
    }
    let lLow = zero, lHigh = zero;
    if (op != SOFTMAX) {
      const others = i32x4.sub(ties, i32x4.splat(1));
      const tiesHigh = i8x16.shuffle(others, others, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
      low = f64x2.add(f64x2.convert_low_i32x4_s(others), f64x2.mul(low, scale64));
      high = f64x2.add(f64x2.convert_low_i32x4_s(tiesHigh), f64x2.mul(high, scale64));
      lLow = log1p64(low);
      lHigh = log1p64(high);
      low = f64x2.mul(f64x2.add(low, f64x2.splat(1)), f64x2.splat(SCALE));
      high = f64x2.mul(f64x2.add(high, f64x2.splat(1)), f64x2.splat(SCALE));
    }
    const valid = f64x2.eq(low, low), validHigh = f64x2.eq(high, high);
    const invalid = (~(i64x2.bitmask(valid) | (i64x2.bitmask(validHigh) << 2))) & ((1 << (<i32>lanes)) - 1);
    low = f64x2.div(f64x2.splat(1), low);
    high = f64x2.div(f64x2.splat(1), high);
    const rounded = inverseHigh(low, high);
    let first = rounded;
    if (!ASC_FEATURE_RELAXED_SIMD) first = upperHalf(rounded);
    const second = inverseLow(low, high, first);

    low = f64x2.splat(0);
    high = low;
    for (let i: usize = 0; i < classes; i++) {
      if (op == LOG_SOFTMAX) {
        const x = get(x0 + i * sourceStride, lanes, zero);
        const lp = logProbability(x, maxLow, maxHigh, inverse, lLow, lHigh, divide);
        put(p0 + i * targetStride, lanes, lp);
        const e = exponential(lp, zero, zero, constant(6), magic, zero, log2e, magic, ln2High, ln2Low, scale, c6, c5, c4, c3, c2);
        low = f64x2.add(low, promoteLow(e));
        high = f64x2.add(high, promoteHigh(e));
      } else {
        const p = scaled(get(p0 + i * targetStride, lanes, zero), first, second, rounded, mask);
        put(p0 + i * targetStride, lanes, p);
        low = f64x2.add(low, promoteLow(p));
        high = f64x2.add(high, promoteHigh(p));
        if (op == BOTH) {
          const x = get(l0 + i * logTargetStride, lanes, zero);
          const lp = logProbability(x, maxLow, maxHigh, inverse, lLow, lHigh, divide);
          put(l0 + i * logTargetStride, lanes, lp);
          const measured = f32x4.pmax(zero, v128.and(f32x4.abs(f32x4.sub(logarithm(p), lp)), f32x4.ge(p, normal)));
          difference = f32x4.pmax(difference, measured);
        }
      }
    }
    if (op == LOG_SOFTMAX) {
      low = f64x2.mul(low, scale64);
      high = f64x2.mul(high, scale64);
    }
    for (let lane: usize = 0; lane < lanes; lane++) {
      if ((invalid >> <i32>lane) & 1) {
        for (let i: usize = 0; i < classes; i++) {
          store<u32>(p0 + (lane << 2) + i * targetStride, 0x7fc00000);
          if (op == BOTH) store<u32>(l0 + (lane << 2) + i * logTargetStride, 0x7fc00000);
        }
      } else {
        store<f64>(sum0 + (lane << 3), lane == 0 ? f64x2.extract_lane(low, 0) : lane == 1 ? f64x2.extract_lane(low, 1)
          : lane == 2 ? f64x2.extract_lane(high, 0) : f64x2.extract_lane(high, 1));
      }
    }
  }
  const d = f32x4.pmax(difference, i8x16.shuffle(difference, difference, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  return <f64>max(f32x4.extract_lane(d, 0), f32x4.extract_lane(d, 1));
}
