// dim 0, second pass: from elements and the parameters of their columns to results, and to the sums of what is stored.
// Each step goes down an array of vectors of four columns; an element's result depends on nothing but itself and its
// column's parameters, and sums are added up row after row.
import { demote, promoteHigh, promoteLow } from '../common';
import { INVERSE, INVERSE_REST, LOG, LOG_REST, MAXIMUM, REASON } from '../reduction/arrays';
import { exponential, floorOf, restHighOf, restLowOf, shiftOf } from './column-frame';
import { differenceOf } from './difference';
import {
  SCALE, beyond, c2, c3, c4, c5, c6, coarse, exponentialAt, exponentOf, grown, highOf, highest, ln2High, ln2Low, ln2Nine, ln2Rest,
  log2e, lostOf, lowOfLog, lowest, magic, magicOf, near, originOf, powerOf, reachable, roundedOf,
} from './exponential';
import {
  LIFT, firstOf, halfMask, largestFinite, logProbability, logProbabilityAt, logSumHigh, logSumLow, lowered, probability,
  secondOf, smallestNormal, unlift,
} from './results';
import { loadNarrow } from './column-fold';

/** 2^-73 2^24: below this share of the sum, a probability or a product on the way to it may be subnormal. */
const DEEP: f64 = 1.7763568394002505e-15;

/** The smallest exponential of the last array, and the frame of its columns. */
// @ts-ignore: decorator
@inline
function maximumOf(at: usize, bytes: usize): v128 {
  // Where it is infinite, all results will be NaN: see `spoil`.
  const m = loadNarrow(at + MAXIMUM * bytes);
  return v128.and(m, f32x4.le(f32x4.abs(m), largestFinite()));
}

/** Logits to exponentials, e^((x - maximum) / T) 2^24. Returns the smallest of each column. */
// @ts-ignore: decorator
@inline
function exponentialsOf(divide: bool, logits: usize, target: usize, bytes: usize, at: usize, columnBytes: usize, inverse: f64): v128 {
  const l2e = log2e(), high = ln2Nine(), low = ln2Rest(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), mg = magic();
  const maximum = maximumOf(at, columnBytes), origin = originOf(maximum, near()), max = f32x4.sub(maximum, origin),
    k = exponentOf(max, l2e, mg), shift = shiftOf(max, k, l2e), magicK = magicOf(k, mg), floor = floorOf(max, lowest()),
    restHigh = restHighOf(max, k, high, low, coarse()), restLow = restLowOf(max, k, restHigh, high, low);
  const inverse64 = f64x2.splat(inverse), wideLow = promoteLow(maximum), wideHigh = promoteHigh(maximum);
  let smallest = f32x4.splat(<f32>SCALE), i: usize = 0;
  do {
    const x = v128.load(logits + i);
    const e = divide
      ? exponentialAt(x, wideLow, wideHigh, inverse64, k6, k5, k4, k3, k2)
      : exponential(reachable(x, origin, floor), shift, magicK, restHigh, restLow, l2e, high, low, k6, k5, k4, k3, k2);
    smallest = f32x4.pmin(smallest, e);
    v128.store(target + i, e);
    i += 16;
  } while (i < bytes);
  return smallest;
}

/** `bytes` of an array of logits to probabilities. */
export function probabilitiesOf(
  logits: usize, target: usize, bytes: usize, at: usize, columnBytes: usize, inverse: f64,
): void {
  const smallest = inverse == 1
    ? exponentialsOf(false, logits, target, bytes, at, columnBytes, 1)
    : exponentialsOf(true, logits, target, bytes, at, columnBytes, inverse);
  const a = v128.load(at + INVERSE * columnBytes), b = v128.load(at + INVERSE * columnBytes, 16);
  const bound = f64x2.splat(DEEP);
  const deep = v128.any_true(v128.or(
    f64x2.lt(f64x2.mul(promoteLow(smallest), a), bound), f64x2.lt(f64x2.mul(promoteHigh(smallest), b), bound),
  ));
  const scale = f64x2.splat(deep ? LIFT / SCALE : 1 / SCALE);
  // 1 / sum to more than a float64 holds decides nothing in float32.
  const low = f64x2.mul(f64x2.add(a, v128.load(at + INVERSE_REST * columnBytes)), scale),
    high = f64x2.mul(f64x2.add(b, v128.load(at + INVERSE_REST * columnBytes, 16)), scale);
  const rounded = demote(low, high), first = firstOf(rounded), second = secondOf(low, high, first);
  if (deep) scaleAll(true, target, bytes, first, second, rounded);
  else scaleAll(false, target, bytes, first, second, rounded);
}

// @ts-ignore: decorator
@inline
function scaleAll(deep: bool, target: usize, bytes: usize, first: v128, second: v128, rounded: v128): void {
  const mask = halfMask(), down = unlift(), bound = smallestNormal();
  let i: usize = 0;
  do {
    let p = probability(v128.load(target + i), first, second, rounded, mask);
    if (deep) p = lowered(p, down, bound);
    v128.store(target + i, p);
    i += 16;
  } while (i < bytes);
}

/** `bytes` of an array of logits to log-probabilities; `target` may be `logits`. */
export function logProbabilitiesOf(
  logits: usize, target: usize, bytes: usize, at: usize, columnBytes: usize, inverse: f64,
): void {
  const m = maximumOf(at, columnBytes), finite = largestFinite(), log = at + LOG * columnBytes, rest = at + LOG_REST * columnBytes;
  const low = f64x2.add(v128.load(log), v128.load(rest)), high = f64x2.add(v128.load(log, 16), v128.load(rest, 16));
  let i: usize = 0;
  if (inverse == 1) {
    const logHigh = logSumHigh(m, low, high), logLow = logSumLow(m, low, high, logHigh);
    do {
      v128.store(target + i, logProbability(v128.load(logits + i), logHigh, logLow, finite));
      i += 16;
    } while (i < bytes);
  } else {
    const wideLow = promoteLow(m), wideHigh = promoteHigh(m), inverse64 = f64x2.splat(inverse);
    do {
      v128.store(target + i, logProbabilityAt(v128.load(logits + i), wideLow, wideHigh, inverse64, low, high));
      i += 16;
    } while (i < bytes);
  }
}

/** Columns that are invalid get NaN throughout. */
export function spoil(array: usize, bytes: usize, at: usize, columnBytes: usize): void {
  for (let lane: usize = 0; lane < 4; lane++) {
    if (load<i64>(at + REASON * columnBytes + (lane << 3)) == 0) continue;
    for (let i: usize = lane << 2; i < bytes; i += 16) store<u32>(array + i, 0x7fc00000);
  }
}

/** Whether any of four columns is. */
// @ts-ignore: decorator
@inline
export function isSpoilt(at: usize, columnBytes: usize): bool {
  const reasons = at + REASON * columnBytes;
  return v128.any_true(v128.or(v128.load(reasons), v128.load(reasons, 16)));
}

/** Adds stored probabilities to the sums at `sums`. */
export function addStored(array: usize, bytes: usize, sums: usize): void {
  let a = v128.load(sums), b = v128.load(sums, 16), i: usize = 0;
  do {
    const p = v128.load(array + i);
    a = f64x2.add(a, promoteLow(p));
    b = f64x2.add(b, promoteHigh(p));
    i += 16;
  } while (i < bytes);
  v128.store(sums, a);
  v128.store(sums, b, 16);
}

/** Adds exp of stored log-probabilities; what rounding the exponentials loses goes to the sums' second array. */
export function addStoredLogs(array: usize, bytes: usize, sums: usize, columnBytes: usize): void {
  const l2e = log2e(), mg = magic(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(),
    floor = lowest(), ceiling = highest(), unscale = f64x2.splat(1 / SCALE), rest = sums + columnBytes;
  let a = v128.load(sums), b = v128.load(sums, 16), restA = v128.load(rest), restB = v128.load(rest, 16), i: usize = 0;
  do {
    const x = f32x4.pmax(f32x4.pmin(v128.load(array + i), ceiling), floor);
    const j = roundedOf(x, l2e, mg), n = f32x4.sub(j, mg), s = powerOf(j), h = highOf(x, n, high);
    const u = beyond(h, lowOfLog(n, low), k6, k5, k4, k3, k2), e = grown(s, h, u), lost = lostOf(s, e, h, u);
    a = f64x2.add(a, f64x2.mul(promoteLow(e), unscale));
    b = f64x2.add(b, f64x2.mul(promoteHigh(e), unscale));
    restA = f64x2.add(restA, f64x2.mul(promoteLow(lost), unscale));
    restB = f64x2.add(restB, f64x2.mul(promoteHigh(lost), unscale));
    i += 16;
  } while (i < bytes);
  v128.store(sums, a);
  v128.store(sums, b, 16);
  v128.store(rest, restA);
  v128.store(rest, restB, 16);
}

/** The largest |log p - lp| in the first `columns` lanes, over the p that are not below `normal`. */
export function largestDifference(probabilities: usize, logs: usize, bytes: usize, columns: usize, normal: v128): f32 {
  const d = differenceOf(probabilities, logs, bytes >> 2, normal);
  let largest = f32x4.extract_lane(d, 0);
  if (columns > 1) largest = max(largest, f32x4.extract_lane(d, 1));
  if (columns > 2) largest = max(largest, f32x4.extract_lane(d, 2));
  if (columns > 3) largest = max(largest, f32x4.extract_lane(d, 3));
  return largest;
}
