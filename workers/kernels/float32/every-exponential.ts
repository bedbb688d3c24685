// Not part of the product: what bench/exhaustive-exp-float32.ts runs, the exponential of every float32 there is. The
// bits of the `count` numbers (a multiple of 4) follow on from `bits`, upwards or downwards; `lost` is what rounding took.
import { promoteHigh, promoteLow } from '../common';
import { EXPONENTIALS, TAKEN } from './band-state';
import {
  c2, c3, c4, c5, c6, exponentOf, floorOf, ln2High, ln2Low, log2e, lowest, magic, magicOf, near, originOf, reachable,
} from './exponential';
import { fill } from './few-stages';
import { storeExponential, storeExponentialOfLog, storeLargest, storeQuotientExponential } from './store-exponential';

/** e^(x - largest) times what e^0 comes out as. */
export function every_exponential(bits: i32, count: usize, target: usize, lost: usize, largest: f32): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()),
    floor = floorOf(k, lowest()), mg = magicOf(k, magic()), rest = storeLargest(target, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2);
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    const y = reachable(x, origin, floor);
    v128.store(lost + at, storeExponential(target + at, true, 0, y, l2e, mg, rest, high, low, k6, k5, k4, k3, k2));
    x = i32x4.add(x, i32x4.splat(4));
  }
}

/** The same as it is for few classes, whose largest number's exponential is not made a float32; writes behind `lost` too. */
export function every_few(bits: i32, count: usize, target: usize, lost: usize, largest: f32): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), origin = originOf(m, near()), k = exponentOf(f32x4.sub(m, origin), l2e, magic()),
    floor = floorOf(k, lowest()), mg = magicOf(k, magic()), slot = lost + (count << 2);
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    fill(slot, reachable(x, origin, floor), mg, l2e, high, low, k6, k5, k4, k3, k2);
    v128.store(target + at, v128.load(slot, EXPONENTIALS));
    v128.store(lost + at, v128.load(slot, TAKEN));
    x = i32x4.add(x, i32x4.splat(4));
  }
}

/** The same of (x - largest) inverse. */
export function every_quotient(bits: i32, count: usize, target: usize, lost: usize, largest: f32, inverse: f64): void {
  const k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), m = f64x2.splat(<f64>largest), t = f64x2.splat(inverse);
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    v128.store(
      lost + at,
      storeQuotientExponential(target + at, true, 0, promoteLow(x), promoteHigh(x), m, m, t, k6, k5, k4, k3, k2),
    );
    x = i32x4.add(x, i32x4.splat(4));
  }
}

/** e^x 2^24 as that of a stored log-probability is computed. */
export function every_stored(bits: i32, count: usize, target: usize, lost: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  let x = i32x4.add(i32x4.splat(bits), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < count << 2; at += 16) {
    const y = f32x4.pmax(x, lowest());
    v128.store(lost + at, storeExponentialOfLog(target + at, y, l2e, mg, high, low, k6, k5, k4, k3, k2));
    x = i32x4.add(x, i32x4.splat(4));
  }
}
