// Statistics of slices whose lanes run across rows: column-major tiles, and rows of few classes once they are transposed.
// A lane never meets another, so that a slice's bits depend on nothing but itself.
import { demote, promoteHigh, promoteLow } from '../common';
import {
  SCALE, argumentOf, beyond, c2, c3, c4, c5, c6, exponentOf, floorOf, grown, highOf, ln2High, ln2Low, log2e, lostOf, lowOf, lowOf64,
  lowest, magic, magicOf, near, originOf, powerOf, reachable, reducedOf64, roundedOf, roundedOf64, wordsOf,
} from '../float32/exponential';
import { get } from '../float32/lanes';
import { inverse } from '../float32/setup';
import { storeExponential, storeLargest } from '../float32/store-exponential';
import { STATISTICS, storeStatistics } from './statistics';

/** `buffer` has room for a vector; the last one to three rows are read by themselves. */
export function statisticsOfColumns32(
  source: usize, stride: usize, rows: usize, classes: usize, out: usize, buffer: usize,
): void {
  const whole = rows & ~3;
  for (let row: usize = 0; row < rows; row += 4, source += 16, out += STATISTICS << 2) {
    const count = min<usize>(rows - row, 4);
    if (inverse != 1) quotientStatistics(row < whole, count, source, stride, classes, out, buffer);
    else plainStatistics(row < whole, count, source, stride, classes, out, buffer);
  }
}

export function plainStatistics(
  whole: bool, count: usize, source: usize, stride: usize, classes: usize, out: usize, buffer: usize,
): void {
  statistics(false, whole, count, source, stride, classes, out, buffer);
}
export function quotientStatistics(
  whole: bool, count: usize, source: usize, stride: usize, classes: usize, out: usize, buffer: usize,
): void {
  statistics(true, whole, count, source, stride, classes, out, buffer);
}

// @ts-ignore: decorator
@inline
function statistics(
  divide: bool, whole: bool, count: usize, source: usize, stride: usize, classes: usize, out: usize, buffer: usize,
): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    inverse64 = f64x2.splat(inverse), far = f64x2.splat(1e300);
  let m = f32x4.splat(-Infinity), b = m;
  for (let i = classes, at = source; i > 0; i--, at += stride) {
    const x = get(at, whole, count, 0);
    b = f32x4.pmax(b, f32x4.pmin(m, x));
    m = f32x4.pmax(m, x);
  }
  const origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(k, lowest()),
    mg = magicOf(k, magic()), mLow = promoteLow(m), mHigh = promoteHigh(m);
  let rest = f32x4.splat(0), topLow = f64x2.splat(SCALE), topHigh = topLow;
  if (!divide) {
    rest = storeLargest(buffer, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2);
    const taken = storeExponential(buffer, true, 0, max, l2e, mg, rest, high, low, k6, k5, k4, k3, k2), top = v128.load(buffer);
    topLow = f64x2.add(promoteLow(top), promoteLow(taken));
    topHigh = f64x2.add(promoteHigh(top), promoteHigh(taken));
  }
  const none = f64x2.splat(0);
  let s0 = none, s1 = none, w0 = none, w1 = none, lost = none, times = none;
  for (let i = classes, at = source; i > 0; i--, at += stride) {
    const x = get(at, whole, count, 0), same = f32x4.eq(x, m), xLow = promoteLow(x), xHigh = promoteHigh(x);
    times = i32x4.sub(times, same);
    let s: v128, r: v128, more: v128;
    if (divide) {
      const p = argumentOf(xLow, mLow, inverse64), q = argumentOf(xHigh, mHigh, inverse64);
      const jp = roundedOf64(p), jq = roundedOf64(q), rp = reducedOf64(p, jp), rq = reducedOf64(q, jq);
      r = demote(rp, rq);
      s = powerOf(wordsOf(jp, jq));
      more = beyond(r, lowOf64(rp, rq, r), k6, k5, k4, k3, k2);
    } else {
      const y = reachable(x, origin, floor), j = roundedOf(y, l2e, mg), n = f32x4.sub(j, mg);
      s = powerOf(j);
      r = highOf(y, n, high);
      more = beyond(r, lowOf(n, rest, low), k6, k5, k4, k3, k2);
    }
    const e = grown(s, r, more), other = v128.andnot(e, same), low0 = promoteLow(other), high0 = promoteHigh(other);
    lost = f32x4.add(lost, v128.andnot(lostOf(s, e, r, more), same));
    s0 = f64x2.add(s0, low0);
    s1 = f64x2.add(s1, high0);
    w0 = f64x2.add(w0, f64x2.mul(low0, f64x2.pmin(f64x2.sub(mLow, xLow), far)));
    w1 = f64x2.add(w1, f64x2.mul(high0, f64x2.pmin(f64x2.sub(mHigh, xHigh), far)));
  }
  s0 = f64x2.div(f64x2.add(s0, promoteLow(lost)), topLow);
  s1 = f64x2.div(f64x2.add(s1, promoteHigh(lost)), topHigh);
  w0 = f64x2.mul(f64x2.div(w0, topLow), inverse64);
  w1 = f64x2.mul(f64x2.div(w1, topHigh), inverse64);
  for (let lane: usize = 0; lane < count; lane++) {
    storeStatistics(
      out, <f64>f32x4.extract_lane(m, 0), <f64>f32x4.extract_lane(b, 0), f64x2.extract_lane(s0, 0) + <f64>(i32x4.extract_lane(times, 0) - 1),
      f64x2.extract_lane(w0, 0),
    );
    out += STATISTICS;
    m = v128.shuffle<u32>(m, m, 1, 2, 3, 0);
    b = v128.shuffle<u32>(b, b, 1, 2, 3, 0);
    times = v128.shuffle<u32>(times, times, 1, 2, 3, 0);
    s0 = v128.shuffle<u64>(s0, s1, 1, 2);
    s1 = v128.shuffle<u64>(s1, s1, 1, 1);
    w0 = v128.shuffle<u64>(w0, w1, 1, 2);
    w1 = v128.shuffle<u64>(w1, w1, 1, 1);
  }
}
