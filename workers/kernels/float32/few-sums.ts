// The sums over a band's slots of exponentials (few-stages.ts), and what follows from them: 1 / sum, and log-sum-exp.
import { promoteHigh, promoteLow } from '../common';
import { deep, storeInverses } from './band';
import { EXPONENTIALS, L, SLOT, TAKEN } from './band-state';
import { SCALE } from './exponential';
import { log2, logarithmOfFew, ofFew } from './logarithm';
import { LIFT } from './results';

/**
 * The sum of all classes in their order, of exponentials before their rounding. Of logits' exponentials, 1 / sum is stored,
 * and whether some sum is NaN is returned; those of log-probabilities (`sums` is given) are stored there.
 */
// @ts-ignore: decorator
@inline
export function sumFew(count: i32, ofLogs: bool, rows: usize, sums: usize, scratch: usize): bool {
  const lift = f64x2.splat(deep ? LIFT : 1), unscale = f64x2.splat(1 / SCALE);
  let nan = f64x2.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at;
    let e = v128.load(state, EXPONENTIALS), taken = v128.load(state, TAKEN), low = promoteLow(e), high = promoteHigh(e);
    e = v128.load(state + SLOT, EXPONENTIALS);
    taken = f32x4.add(taken, v128.load(state + SLOT, TAKEN));
    low = f64x2.add(low, promoteLow(e));
    high = f64x2.add(high, promoteHigh(e));
    if (count >= 3) {
      e = v128.load(state + 2 * SLOT, EXPONENTIALS);
      taken = f32x4.add(taken, v128.load(state + 2 * SLOT, TAKEN));
      low = f64x2.add(low, promoteLow(e));
      high = f64x2.add(high, promoteHigh(e));
    }
    if (count >= 4) {
      e = v128.load(state + 3 * SLOT, EXPONENTIALS);
      taken = f32x4.add(taken, v128.load(state + 3 * SLOT, TAKEN));
      low = f64x2.add(low, promoteLow(e));
      high = f64x2.add(high, promoteHigh(e));
    }
    if (count >= 5) {
      e = v128.load(state + 4 * SLOT, EXPONENTIALS);
      taken = f32x4.add(taken, v128.load(state + 4 * SLOT, TAKEN));
      low = f64x2.add(low, promoteLow(e));
      high = f64x2.add(high, promoteHigh(e));
    }
    low = f64x2.add(low, promoteLow(taken));
    high = f64x2.add(high, promoteHigh(taken));
    if (ofLogs) {
      v128.store(sums + (at << 1), f64x2.mul(low, unscale));
      v128.store(sums + (at << 1), f64x2.mul(high, unscale), 16);
    } else {
      const both = f64x2.add(low, high);
      nan = v128.or(nan, f64x2.ne(both, both));
      storeInverses(state, f64x2.div(lift, low), f64x2.div(lift, high));
    }
  }
  return v128.any_true(nan);
}

// @ts-ignore: decorator
@inline
function select(a: v128, b: v128, mask: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_laneselect(a, b, mask) : v128.bitselect(a, b, mask);
}

/**
 * log-sum-exp less the largest, from the sum of the others than the largest and its own exponential. The largest is in the first slot where they
 * are `sorted`; else `source` has the logits that tell, and others are added up in the order that sorting would give them.
 * Returns whether some is NaN.
 */
// @ts-ignore: decorator
@inline
export function logSumsOfFew(count: i32, sorted: bool, source: usize, stride: usize, rows: usize, scratch: usize): bool {
  const s1 = stride, s2 = stride << 1, s3 = stride * 3, s4 = stride << 2;
  const ln2 = log2(), first = ofFew(0), second = ofFew(1), c2 = ofFew(2), c4 = ofFew(3), c6 = ofFew(4), c8 = ofFew(5);
  let nan = f64x2.splat(0);
  for (let at: usize = 0; at < rows << 2; at += 16) {
    const state = scratch + at, from = source + at;
    let top = v128.load(state, EXPONENTIALS), topTaken = v128.load(state, TAKEN);
    let largest = top, x = top, above = top, e = v128.load(state + SLOT, EXPONENTIALS), t = v128.load(state + SLOT, TAKEN), other = e,
      taken = t;
    if (!sorted) {
      largest = v128.load(from);
      x = v128.load(from + s1);
      above = f32x4.gt(x, largest);
      largest = f32x4.pmax(largest, x);
      other = select(top, e, above);
      taken = select(topTaken, t, above);
      top = select(e, top, above);
      topTaken = select(t, topTaken, above);
    }
    let low = promoteLow(other), high = promoteHigh(other);
    if (count >= 3) {
      e = v128.load(state + 2 * SLOT, EXPONENTIALS);
      t = v128.load(state + 2 * SLOT, TAKEN);
      if (sorted) {
        other = e;
        taken = f32x4.add(taken, t);
      } else {
        x = v128.load(from + s2);
        above = f32x4.gt(x, largest);
        largest = f32x4.pmax(largest, x);
        other = select(top, e, above);
        taken = f32x4.add(taken, select(topTaken, t, above));
        top = select(e, top, above);
        topTaken = select(t, topTaken, above);
      }
      low = f64x2.add(low, promoteLow(other));
      high = f64x2.add(high, promoteHigh(other));
    }
    if (count >= 4) {
      e = v128.load(state + 3 * SLOT, EXPONENTIALS);
      t = v128.load(state + 3 * SLOT, TAKEN);
      if (sorted) {
        other = e;
        taken = f32x4.add(taken, t);
      } else {
        x = v128.load(from + s3);
        above = f32x4.gt(x, largest);
        largest = f32x4.pmax(largest, x);
        other = select(top, e, above);
        taken = f32x4.add(taken, select(topTaken, t, above));
        top = select(e, top, above);
        topTaken = select(t, topTaken, above);
      }
      low = f64x2.add(low, promoteLow(other));
      high = f64x2.add(high, promoteHigh(other));
    }
    if (count >= 5) {
      e = v128.load(state + 4 * SLOT, EXPONENTIALS);
      t = v128.load(state + 4 * SLOT, TAKEN);
      if (sorted) {
        other = e;
        taken = f32x4.add(taken, t);
      } else {
        x = v128.load(from + s4);
        above = f32x4.gt(x, largest);
        largest = f32x4.pmax(largest, x);
        other = select(top, e, above);
        taken = f32x4.add(taken, select(topTaken, t, above));
        top = select(e, top, above);
        topTaken = select(t, topTaken, above);
      }
      low = f64x2.add(low, promoteLow(other));
      high = f64x2.add(high, promoteHigh(other));
    }
    low = logarithmOfFew(
      count > 3, f64x2.add(low, promoteLow(taken)), f64x2.add(promoteLow(top), promoteLow(topTaken)), ln2, first, second, c2, c4,
      c6, c8,
    );
    high = logarithmOfFew(
      count > 3, f64x2.add(high, promoteHigh(taken)), f64x2.add(promoteHigh(top), promoteHigh(topTaken)), ln2, first, second, c2,
      c4, c6, c8,
    );
    const both = f64x2.add(low, high);
    nan = v128.or(nan, f64x2.ne(both, both));
    v128.store(scratch + (at << 1), low, L);
    v128.store(scratch + (at << 1), high, L + 16);
  }
  return v128.any_true(nan);
}
