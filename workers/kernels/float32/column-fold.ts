// dim 0, first pass: elements into the states of their columns; see ../reduction. Four columns at a time, row after row:
// what a column adds up depends on its elements and their order alone.
import { highHalf, promoteHigh, promoteLow } from '../common';
import { MAXIMUM, REFERENCE, SUM_HIGH } from '../reduction/arrays';
import { exponential, floorOf, restHighOf, restLowOf, shiftOf } from './column-frame';
import {
  c2, c3, c4, c5, c6, coarse, exponentialAt, exponentOf, ln2Nine, ln2Rest, log2e, lowest, magic, magicOf, near, originOf, reachable,
} from './exponential';

/**
 * How far a logit may exceed the reference. Rounding the limit to float32 at most doubles that, and the exponential ends
 * at 71.
 */
const REACH: f64 = 35;
/** From this kernel's scale of sums, 2^24, to the states', 2^256: a power of two, so that nothing is rounded. */
const TO_STATE: f64 = 6.901746346790564e69; // 2^232
const FROM_STATE: f64 = 1.448908652612274e-70; // 2^-232

/**
 * Folds `rows` vectors at `source`, one behind the other, into the states at `at` (an address in the array of
 * references); `spare` is room for one vector.
 */
export function foldColumns(source: usize, rows: usize, at: usize, bytes: usize, inverse: f64, spare: usize): void {
  const end = source + (rows << 4);
  while (source < end) {
    // Up to a logit that becomes the reference.
    const limit = limitsOf(at, inverse);
    let next = source;
    while (next < end && !v128.any_true(f32x4.gt(v128.load(next), limit))) next += 16;
    if (inverse == 1) foldRun(false, source, next, at, bytes, inverse);
    else foldRun(true, source, next, at, bytes, inverse);
    if (next < end) {
      raise(next, at, bytes, inverse, spare);
      if (inverse == 1) foldRun(false, spare, spare + 16, at, bytes, inverse);
      else foldRun(true, spare, spare + 16, at, bytes, inverse);
      next += 16;
    }
    source = next;
  }
}

/** Four float64 from an address as float32: they were such. */
// @ts-ignore: decorator
@inline
export function loadNarrow(at: usize): v128 {
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(v128.load(at)), f32x4.demote_f64x2_zero(v128.load(at, 16)), 0, 2);
}
// @ts-ignore: decorator
@inline
function storeWide(at: usize, v: v128): void {
  v128.store(at, promoteLow(v));
  v128.store(at, promoteHigh(v), 16);
}

/** The logits that do not become references. */
function limitsOf(at: usize, inverse: f64): v128 {
  const reach = f64x2.splat(REACH / inverse);
  return v128.shuffle<u64>(
    f32x4.demote_f64x2_zero(f64x2.add(v128.load(at + REFERENCE), reach)),
    f32x4.demote_f64x2_zero(f64x2.add(v128.load(at + REFERENCE, 16), reach)), 0, 2,
  );
}

// @ts-ignore: decorator
@inline
function foldRun(divide: bool, source: usize, end: usize, at: usize, bytes: usize, inverse: f64): void {
  if (source == end) return;
  const l2e = log2e(), high = ln2Nine(), low = ln2Rest(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), mg = magic();
  const stored = loadNarrow(at), reference = v128.and(stored, f32x4.gt(stored, f32x4.splat(-Infinity)));
  const origin = originOf(reference, near()), max = f32x4.sub(reference, origin), k = exponentOf(max, l2e, mg),
    shift = shiftOf(max, k, l2e), magicK = magicOf(k, mg), floor = floorOf(max, lowest()),
    restHigh = restHighOf(max, k, high, low, coarse()), restLow = restLowOf(max, k, restHigh, high, low);
  const inverse64 = f64x2.splat(inverse), wideLow = promoteLow(reference), wideHigh = promoteHigh(reference),
    down = f64x2.splat(FROM_STATE), up = f64x2.splat(TO_STATE);
  let maximum = loadNarrow(at + MAXIMUM * bytes), a = f64x2.mul(v128.load(at + SUM_HIGH * bytes), down),
    b = f64x2.mul(v128.load(at + SUM_HIGH * bytes, 16), down);
  do {
    const x = v128.load(source);
    // pmin(x, m) is m < x ? m : x, and lets NaN through; pmax(m, x) does not.
    const smaller = f32x4.pmin(x, maximum);
    maximum = f32x4.pmax(maximum, x);
    const e = divide
      ? exponentialAt(smaller, wideLow, wideHigh, inverse64, k6, k5, k4, k3, k2)
      : exponential(
        reachable(smaller, origin, floor), shift, magicK, restHigh, restLow, l2e, high, low, k6, k5, k4, k3, k2,
      );
    a = f64x2.add(a, promoteLow(e));
    b = f64x2.add(b, f64x2.promote_low_f32x4(highHalf(e)));
    source += 16;
  } while (source < end);
  storeWide(at + MAXIMUM * bytes, maximum);
  v128.store(at + SUM_HIGH * bytes, f64x2.mul(a, up));
  v128.store(at + SUM_HIGH * bytes, f64x2.mul(b, up), 16);
}

/**
 * Where a finite logit exceeds its limit, it becomes the reference. Copies the row to `spare`, without its infinite
 * logits, which only count as the maximum.
 */
function raise(row: usize, at: usize, bytes: usize, inverse: f64, spare: usize): void {
  v128.store(spare, v128.load(row));
  for (let lane: usize = 0; lane < 4; lane++) {
    const x = load<f32>(row + (lane << 2)), wide = lane << 3, reference = load<f64>(at + wide);
    if (!(x > <f32>(reference + REACH / inverse))) continue;
    if (x == Infinity) {
      store<f32>(spare + (lane << 2), -Infinity);
      store<f64>(at + MAXIMUM * bytes + wide, Infinity);
      continue;
    }
    const sum = at + SUM_HIGH * bytes + wide;
    // A column that has no reference has no sum, but perhaps NaN.
    if (reference > -Infinity) store<f64>(sum, load<f64>(sum) * NativeMath.exp((reference - <f64>x) * inverse));
    store<f64>(at + wide, <f64>x);
  }
}
