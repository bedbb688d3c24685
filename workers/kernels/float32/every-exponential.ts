// Not part of the product: what bench/exhaustive-exp-float32.ts runs, the exponential of every float32 there is.
import { madd } from '../common';
import {
  c2, c3, c4, c5, c6, coarse, exponential, exponentialAt, exponentOf, floorOf, highOfLog, ln2High, ln2Low, log2e, lostOfLog, lowest,
  magic, magicOf, near, originOf, powerOfLog, reachable, restHighOf, restLowOf, restOfLog, roundedOfLog, shiftOf,
} from './exponential';

/** e^(x - largest) 2^24 of `count` float32 (a multiple of 4) whose bits follow on from `bits`, upwards or downwards. */
export function every_exponential(bits: i32, count: usize, target: usize, largest: f32): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()),
    floor = floorOf(max, lowest()), shift = shiftOf(max, k, l2e), mg = magicOf(k, magic()),
    restHigh = restHighOf(max, k, high, low, coarse()), restLow = restLowOf(max, k, restHigh, high, low);
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    const y = reachable(x, origin, floor);
    v128.store(target + at, exponential(y, shift, mg, restHigh, restLow, l2e, high, low, k6, k5, k4, k3, k2));
    x = i32x4.add(x, i32x4.splat(4));
  }
}

/** The same of (x - largest) inverse. */
export function every_quotient(bits: i32, count: usize, target: usize, largest: f32, inverse: f64): void {
  const k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), m = f64x2.splat(<f64>largest), inverse64 = f64x2.splat(inverse);
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    v128.store(target + at, exponentialAt(x, m, m, inverse64, k6, k5, k4, k3, k2));
    x = i32x4.add(x, i32x4.splat(4));
  }
}

/** e^x 2^24 as a stored log-probability's is computed, and what its rounding lost. */
export function every_stored(bits: i32, count: usize, target: usize, lost: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    const y = f32x4.pmax(x, lowest());
    const j = roundedOfLog(y, l2e, mg), n = f32x4.sub(j, mg), s = powerOfLog(j);
    const h = highOfLog(y, n, high), u = restOfLog(h, n, low, k6, k5, k4, k3, k2), e = f32x4.add(h, u), sum = madd(s, e, s);
    v128.store(target + at, sum);
    v128.store(lost + at, lostOfLog(s, sum, e, h, u));
    x = i32x4.add(x, i32x4.splat(4));
  }
}
