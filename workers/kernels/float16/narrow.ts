// float32 to the nearest halves. Probabilities are added up as they are stored: all are multiples of 2^-24 and at most
// 1, so that a float64 holds every sum of fewer than 2^29 of them exactly, in whatever order.
import { addLanes64, highHalf, promoteHigh, promoteLow } from '../common';
import { narrow, rounded, roundingOf, toHalf, toHalfMagnitude } from '../half';
import { differenceOf } from '../float32/difference';
import { magnitudeMask, nearest } from './round';

// Ones, then zeros: sixteen bytes from lane 8 - n on keep the first n lanes.
const LANES: usize = memory.data<u32>([
  0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 0, 0, 0, 0, 0,
]);
/** 2^-14 */
const SMALLEST_NORMAL: usize = memory.data<u32>([0x38800000]);
const NAN: u16 = 0x7e00;

/** The first `count` (1 to 7) of eight halves. */
// @ts-ignore: decorator
@inline
function storeSome(target: usize, halves: v128, count: usize): void {
  if (count & 4) {
    v128.store64_lane(target, halves, 0);
    halves = highHalf(halves);
    target += 8;
  }
  if (count & 2) {
    v128.store32_lane(target, halves, 0);
    halves = i64x2.shr_u(halves, 32);
    target += 4;
  }
  if (count & 1) v128.store16_lane(target, halves, 0);
}

/**
 * Probabilities, none of them NaN, to halves; returns their sum. With `keep`, the rounded ones replace them. Up to 28
 * bytes behind the last one are read.
 */
// @ts-ignore: decorator
@inline
export function narrowProbabilities(keep: bool, source: usize, target: usize, count: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, n = count >> 3;
  if (n > 0) do {
    const p = v128.load(source), q = v128.load(source, 16), rp = roundingOf(p), rq = roundingOf(q);
    v128.store(target, narrow(toHalfMagnitude(p, rp), toHalfMagnitude(q, rq)));
    const a = rounded(p, rp), b = rounded(q, rq);
    if (keep) {
      v128.store(source, a);
      v128.store(source, b, 16);
    }
    s0 = f64x2.add(s0, promoteLow(a));
    s1 = f64x2.add(s1, promoteHigh(a));
    s2 = f64x2.add(s2, promoteLow(b));
    s3 = f64x2.add(s3, promoteHigh(b));
    source += 32;
    target += 16;
  } while (--n > 0);
  const rest = count & 7;
  if (rest > 0) {
    const from = LANES + ((8 - rest) << 2);
    const p = v128.and(v128.load(source), v128.load(from)), q = v128.and(v128.load(source, 16), v128.load(from, 16));
    const rp = roundingOf(p), rq = roundingOf(q), a = rounded(p, rp), b = rounded(q, rq);
    storeSome(target, narrow(toHalfMagnitude(p, rp), toHalfMagnitude(q, rq)), rest);
    if (keep) for (let i: usize = 0; i < rest; i++, source += 4) {
      const one = f32x4.splat(load<f32>(source));
      store<f32>(source, f32x4.extract_lane(rounded(one, roundingOf(one)), 0));
    }
    s0 = f64x2.add(s0, promoteLow(a));
    s1 = f64x2.add(s1, promoteHigh(a));
    s2 = f64x2.add(s2, promoteLow(b));
    s3 = f64x2.add(s3, promoteHigh(b));
  }
  return addLanes64(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
}

/** Probabilities of one class for `count` rows, none of them NaN, to halves, and onto the sums of the rows. */
// @ts-ignore: decorator
@inline
export function narrowColumn(keep: bool, source: usize, target: usize, count: usize, sums: usize): void {
  let n = count >> 3;
  if (n > 0) do {
    const p = v128.load(source), q = v128.load(source, 16), rp = roundingOf(p), rq = roundingOf(q);
    v128.store(target, narrow(toHalfMagnitude(p, rp), toHalfMagnitude(q, rq)));
    const a = rounded(p, rp), b = rounded(q, rq);
    if (keep) {
      v128.store(source, a);
      v128.store(source, b, 16);
    }
    v128.store(sums, f64x2.add(v128.load(sums), promoteLow(a)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), promoteHigh(a)), 16);
    v128.store(sums, f64x2.add(v128.load(sums, 32), promoteLow(b)), 32);
    v128.store(sums, f64x2.add(v128.load(sums, 48), promoteHigh(b)), 48);
    source += 32;
    target += 16;
    sums += 64;
  } while (--n > 0);
  for (n = count & 7; n > 0; n--, source += 4, target += 2, sums += 8) {
    const p = f32x4.splat(load<f32>(source)), rp = roundingOf(p), a = f32x4.extract_lane(rounded(p, rp), 0);
    store<u16>(target, <u16>i32x4.extract_lane(toHalfMagnitude(p, rp), 0));
    if (keep) store<f32>(source, a);
    store<f64>(sums, load<f64>(sums) + <f64>a);
  }
}

/** Any float32 to halves. */
export function narrowAny(source: usize, target: usize, count: usize): void { narrowNumbers(false, source, target, count); }
/** The same, and they are replaced by the rounded ones; what is infinite as a half becomes 2^16. */
export function roundAny(source: usize, target: usize, count: usize): void { narrowNumbers(true, source, target, count); }

// @ts-ignore: decorator
@inline
function narrowNumbers(keep: bool, source: usize, target: usize, count: usize): void {
  const mask = magnitudeMask();
  let n = count >> 3;
  if (n > 0) do {
    const x = v128.load(source), y = v128.load(source, 16);
    v128.store(target, narrow(toHalf(x), toHalf(y)));
    if (keep) {
      v128.store(source, nearest(x, mask));
      v128.store(source, nearest(y, mask), 16);
    }
    source += 32;
    target += 16;
  } while (--n > 0);
  for (n = count & 7; n > 0; n--, source += 4, target += 2) {
    const x = f32x4.splat(load<f32>(source));
    store<u16>(target, <u16>i32x4.extract_lane(toHalf(x), 0));
    if (keep) store<f32>(source, f32x4.extract_lane(nearest(x, mask), 0));
  }
}

export function fillNaN(target: usize, count: usize): void {
  for (; count > 0; count--, target += 2) store<u16>(target, NAN);
}

/** The largest |log p - lp| in lanes, of halves as float32, over the p that are normal halves. */
export function largestDifference(probabilities: usize, logs: usize, count: usize): v128 {
  return differenceOf(probabilities, logs, count, v128.load32_splat(SMALLEST_NORMAL));
}
