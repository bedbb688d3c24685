// The sum of e^((x - m) / T) over all logits but the k largest: those that come after the last of these, in the order of
// topk.ts. Summed by themselves, so that however little is outside, it is exact.
import { addLanes64, loadTail32, promoteHigh, promoteLow } from '../common';
import { sumError } from '../float64/arithmetic';
import { SCALE as SCALE64, exponentialOf, lastGrowth, lastPower, remainder } from '../float64/exponential';
import { divides, inverse as inverse64, inverseRest, prescale } from '../float64/temperature';
import {
  SCALE, c2, c3, c4, c5, c6, exponentOf, floorOf, ln2High, ln2Low, log2e, lowest, magic, magicOf, near, originOf, reachable,
} from '../float32/exponential';
import { inverse } from '../float32/setup';
import { storeExponential, storeLargest, storeQuotientExponential } from '../float32/store-exponential';

let largest: f64 = 0;
/** The last of the k largest, and its class. */
let bound: f64 = 0;
let boundClass: i32 = 0;
let seen: i32 = 0;
let ofLargest: f64 = 1;
let sum0: v128 = f64x2.splat(0);
let sum1: v128 = f64x2.splat(0);

export function beginOutside(m: f64, last: f64, lastClass: i32): void {
  largest = m;
  bound = last;
  boundClass = lastClass;
  seen = 0;
  sum0 = f64x2.splat(0);
  sum1 = f64x2.splat(0);
}

/** Of whole vectors, or the last one. `buffer` has room for one. */
export function addOutside32(source: usize, count: usize, buffer: usize): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), divide = inverse != 1;
  const m = f32x4.splat(<f32>largest), m64 = f64x2.splat(largest), t = f64x2.splat(inverse), b = f32x4.splat(<f32>bound);
  const origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(k, lowest()),
    mg = magicOf(k, magic()), rest = storeLargest(buffer, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2), after = i32x4.splat(boundClass);
  const taken = storeExponential(buffer, true, 0, max, l2e, mg, rest, high, low, k6, k5, k4, k3, k2);
  ofLargest = divide ? SCALE : <f64>load<f32>(buffer) + <f64>f32x4.extract_lane(taken, 0);
  let s0 = sum0, s1 = sum1, index = i32x4.add(i32x4.splat(seen), i32x4(0, 1, 2, 3));
  const four = i32x4.splat(4), whole = count & ~3, tail = count & 3;
  for (let i: usize = 0; i < count; i += 4, source += 16) {
    const x = i < whole ? v128.load(source) : loadTail32(source, tail, f32x4.splat(-Infinity));
    const outside = v128.or(f32x4.lt(x, b), v128.and(f32x4.eq(x, b), i32x4.gt_s(index, after)));
    const lost = divide
      ? storeQuotientExponential(buffer, true, 0, promoteLow(x), promoteHigh(x), m64, m64, t, k6, k5, k4, k3, k2)
      : storeExponential(buffer, true, 0, reachable(x, origin, floor), l2e, mg, rest, high, low, k6, k5, k4, k3, k2);
    const e = v128.and(v128.load(buffer), outside), more = v128.and(lost, outside);
    s0 = f64x2.add(s0, f64x2.add(promoteLow(e), promoteLow(more)));
    s1 = f64x2.add(s1, f64x2.add(promoteHigh(e), promoteHigh(more)));
    index = i32x4.add(index, four);
  }
  sum0 = s0;
  sum1 = s1;
  seen += <i32>count;
}

/** `sum1` is what is lost. */
export function addOutside64(source: usize, stride: usize, count: usize): void {
  const m = f64x2.splat(largest), prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse64), tRest = f64x2.splat(inverseRest),
    b = f64x2.splat(bound), after = i64x2.splat(boundClass), beyond = f64x2.splat(-746);
  let s = sum0, l = sum1, index = i64x2.add(i64x2.splat(seen), i64x2(0, 1));
  ofLargest = SCALE64;
  for (let i: usize = 0; i < count; i += 2, source += stride << 1) {
    const x = i + 1 < count ? v128.load64_lane(source + stride, v128.load64_zero(source), 1) : v128.load64_lane(source, f64x2.splat(-Infinity), 0);
    const isAfter = v128.or(f64x2.lt(x, b), v128.and(f64x2.eq(x, b), i64x2.gt_s(index, after)));
    const d = f64x2.mul(f64x2.sub(f64x2.mul(x, prescaling), f64x2.mul(m, prescaling)), t), outside = v128.and(isAfter, f64x2.gt(d, beyond));
    const e = exponentialOf(x, m, divides, prescaling, t, tRest), other = v128.and(e, outside), next = f64x2.add(s, other);
    l = f64x2.add(l, f64x2.add(sumError(s, other, next), v128.and(remainder(lastPower, lastGrowth, e), outside)));
    s = next;
    index = i64x2.add(index, i64x2.splat(2));
  }
  sum0 = s;
  sum1 = l;
  seen += <i32>count;
}

/** The sum, as a part of the largest one's exponential. */
export function endOutside(): f64 {
  return (addLanes64(sum0) + addLanes64(sum1)) / ofLargest;
}
