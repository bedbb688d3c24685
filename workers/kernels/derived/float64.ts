// Statistics of float64 logits, of one slice at a time, in the exponentials of ../float64/exponential.ts. A slice's numbers
// lie `stride` bytes apart; two at a time, whatever the stride, so that all forms give the same bits.
import { addLanes64 } from '../common';
import { sumError } from '../float64/arithmetic';
import { SCALE, exponentialOf, lastGrowth, lastPower, remainder } from '../float64/exponential';
import { divides, inverse, inverseRest, prescale } from '../float64/temperature';
import { storeStatistics } from './statistics';

let largest: f64 = -Infinity;
let second: f64 = -Infinity;
let anyNaN: bool = false;
let times: i32 = 0;
let sum: v128 = f64x2.splat(0);
let lost: v128 = f64x2.splat(0);
let weighted: v128 = f64x2.splat(0);

export function beginSlice64(): void {
  largest = -Infinity;
  second = -Infinity;
  anyNaN = false;
  times = 0;
  sum = f64x2.splat(0);
  lost = f64x2.splat(0);
  weighted = f64x2.splat(0);
}

export function addExtremes64(source: usize, stride: usize, count: usize): void {
  let a = largest, b = second, nan = anyNaN;
  for (; count > 0; count--, source += stride) {
    const x = load<f64>(source);
    if (isNaN(x)) nan = true;
    else if (x > a) {
      b = a;
      a = x;
    } else if (x > b) b = x;
  }
  largest = a;
  second = b;
  anyNaN = nan;
}

/** Pieces but the last have an even number of logits. */
export function addSums64(source: usize, stride: usize, count: usize): void {
  if (!isFinite(largest) || anyNaN) return;
  const m = f64x2.splat(largest), prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest),
    far = f64x2.splat(1e300), beyond = f64x2.splat(746);
  let s = sum, l = lost, w = weighted;
  for (; count > 0; source += stride << 1, count -= min<usize>(count, 2)) {
    const x = count > 1 ? v128.load64_lane(source + stride, v128.load64_zero(source), 1) : v128.load64_lane(source, f64x2.splat(-Infinity), 0);
    const same = f64x2.eq(x, m), e = exponentialOf(x, m, divides, prescaling, t, tRest);
    // -d; beyond what any result shows, -inf among it, exponentials are not 0.
    const away = f64x2.pmin(f64x2.mul(f64x2.sub(f64x2.mul(m, prescaling), f64x2.mul(x, prescaling)), t), far),
      counts = v128.andnot(f64x2.lt(away, beyond), same), other = v128.and(e, counts);
    times += popcnt(i64x2.bitmask(same));
    const next = f64x2.add(s, other), rest = v128.and(remainder(lastPower, lastGrowth, e), counts);
    l = f64x2.add(l, f64x2.add(sumError(s, other, next), rest));
    s = next;
    w = f64x2.add(w, f64x2.mul(other, away));
  }
  sum = s;
  lost = l;
  weighted = w;
}

export function endSlice64(at: usize): void {
  const high = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  const rest = sumErrorOf(f64x2.extract_lane(sum, 0), f64x2.extract_lane(sum, 1), high) + addLanes64(lost);
  const others = anyNaN ? NaN : (high + rest) / SCALE + <f64>(times - 1);
  storeStatistics(at, largest, second, others, addLanes64(weighted) / SCALE);
}

// @ts-ignore: decorator
@inline
function sumErrorOf(a: f64, b: f64, sum: f64): f64 {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}
