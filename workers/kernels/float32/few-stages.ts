// What few.ts does to a band of rows of two to five classes: all classes of four rows at a time, so that what belongs to a
// row stays in registers. `count` and the flags are constants at every call. Exponentials lie in the scratch, a slot for each
// class, with what rounding took from them beside them.
import { promoteHigh, promoteLow } from '../common';
import { findDepth } from './band';
import { EXPONENTIALS, LARGEST, MAGIC, SLOT, TAKEN } from './band-state';
import {
  beyond, c2, c3, c4, c5, c6, exponentOf, floorOf, grown, highOf, ln2High, ln2Low, log2e, lostOf, lowOfLog, lowest, magic, magicOf,
  near, originOf, powerOf, reachable, roundedOf,
} from './exponential';

/**
 * The largest number of each row, and the frame of its exponentials. With `sort` it goes to the first slot, and the others,
 * in any order, to those behind it; NaN goes to any.
 */
// @ts-ignore: decorator
@inline
export function startFew(count: i32, sort: bool, source: usize, stride: usize, rows: usize, scratch: usize): void {
  const l2e = log2e(), mg = magic(), s1 = stride, s2 = stride << 1, s3 = stride * 3, s4 = stride << 2;
  let farthest = f32x4.splat(0), deepest = farthest;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const from = source + at, state = scratch + at;
    // pmax(m, x) is m < x ? x : m, and pmin(x, m) m < x ? m : x.
    let m = v128.load(from), x = v128.load(from + s1), other = f32x4.pmin(x, m), least = other;
    m = f32x4.pmax(m, x);
    if (sort) v128.store(state + SLOT, other, EXPONENTIALS);
    if (count >= 3) {
      x = v128.load(from + s2);
      other = f32x4.pmin(x, m);
      least = f32x4.pmin(least, other);
      m = f32x4.pmax(m, x);
      if (sort) v128.store(state + 2 * SLOT, other, EXPONENTIALS);
    }
    if (count >= 4) {
      x = v128.load(from + s3);
      other = f32x4.pmin(x, m);
      least = f32x4.pmin(least, other);
      m = f32x4.pmax(m, x);
      if (sort) v128.store(state + 3 * SLOT, other, EXPONENTIALS);
    }
    if (count >= 5) {
      x = v128.load(from + s4);
      other = f32x4.pmin(x, m);
      least = f32x4.pmin(least, other);
      m = f32x4.pmax(m, x);
      if (sort) v128.store(state + 4 * SLOT, other, EXPONENTIALS);
    }
    if (sort) v128.store(state, m, EXPONENTIALS);
    v128.store(state, m, LARGEST);
    v128.store(state, magicOf(exponentOf(m, l2e, mg), mg), MAGIC);
    farthest = f32x4.pmax(farthest, f32x4.abs(m));
    deepest = f32x4.pmin(deepest, f32x4.sub(least, m));
  }
  findDepth(farthest, deepest, count, 1);
}

/** The same frame where some row's largest number is far from 0. */
export function startFar(rows: usize, scratch: usize): void {
  const l2e = log2e(), mg = magic(), far = near();
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const m = v128.load(scratch + at, LARGEST);
    v128.store(scratch + at, magicOf(exponentOf(f32x4.sub(m, originOf(m, far)), l2e, mg), mg), MAGIC);
  }
}

/** An exponential, and what rounding took from it, to the slot at `to`. */
// @ts-ignore: decorator
@inline
export function fill(
  to: usize, y: v128, magic: v128, log2e: v128, ln2High: v128, ln2Low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
): void {
  const j = roundedOf(y, log2e, magic), n = f32x4.sub(j, magic), s = powerOf(j);
  const high = highOf(y, n, ln2High), more = beyond(high, lowOfLog(n, ln2Low), c6, c5, c4, c3, c2), e = grown(s, high, more);
  v128.store(to, e, EXPONENTIALS);
  v128.store(to, lostOf(s, e, high, more), TAKEN);
}

/** Logits to exponentials, in the slots. In a band that is `plain` none is out of reach. */
// @ts-ignore: decorator
@inline
export function exponentialsOfFew(count: i32, plain: bool, source: usize, stride: usize, rows: usize, scratch: usize): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), far = near(),
    zeroth = magic(), least = lowest();
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, s4 = stride << 2;
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const from = source + at, state = scratch + at, mg = v128.load(state, MAGIC);
    const origin = plain ? mg : originOf(v128.load(state, LARGEST), far),
      floor = plain ? mg : floorOf(f32x4.sub(zeroth, mg), least);
    fill(state, argument(plain, from, origin, floor), mg, l2e, high, low, k6, k5, k4, k3, k2);
    fill(state + SLOT, argument(plain, from + s1, origin, floor), mg, l2e, high, low, k6, k5, k4, k3, k2);
    if (count >= 3) fill(state + 2 * SLOT, argument(plain, from + s2, origin, floor), mg, l2e, high, low, k6, k5, k4, k3, k2);
    if (count >= 4) fill(state + 3 * SLOT, argument(plain, from + s3, origin, floor), mg, l2e, high, low, k6, k5, k4, k3, k2);
    if (count >= 5) fill(state + 4 * SLOT, argument(plain, from + s4, origin, floor), mg, l2e, high, low, k6, k5, k4, k3, k2);
  }
}
// @ts-ignore: decorator
@inline
function argument(plain: bool, at: usize, origin: v128, floor: v128): v128 {
  return plain ? v128.load(at) : reachable(v128.load(at), origin, floor);
}
