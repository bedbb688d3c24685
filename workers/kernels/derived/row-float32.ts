// Statistics of one slice of float32 logits that lie one after the other: lanes run across the classes, in blocks of 256,
// so that a slice in pieces of whole blocks comes out as a whole one does. Exponentials are those of
// ../float32/exponential.ts, with what rounding took from them; sums are float64.
import { demote, loadTail32, loadWide, madd64, promoteHigh, promoteLow } from '../common';
import {
  SCALE, argumentOf, beyond, c2, c3, c4, c5, c6, exponentOf, floorOf, grown, highOf, isNear, ln2High, ln2Low, log2e, lostOf, lowOf,
  lowOf64, lowest, magic, magicOf, near, originOf, powerOf, reachable, reducedOf64, roundedOf, roundedOf64, wordsOf,
} from '../float32/exponential';
import { total } from '../float32/lanes';
import { SHALLOW } from '../float32/results';
import { inverse } from '../float32/setup';
import { storeExponential, storeLargest } from '../float32/store-exponential';
import { storeStatistics } from './statistics';

/** Bytes of a block. */
const BLOCK: usize = 1024;
/** Beyond any distance between logits; 0 times it is 0. */
const FAR: usize = memory.data<f64>([1e300]);

let largest: f32 = -Infinity;
let second: f32 = -Infinity;
let smallest: f32 = Infinity;
let ofLargest: f64 = 1;
let sum0: v128 = f64x2.splat(0);
let sum1: v128 = f64x2.splat(0);
let weighted0: v128 = f64x2.splat(0);
let weighted1: v128 = f64x2.splat(0);
let lost: v128 = f32x4.splat(0);
/** How often the largest is there. */
let times: v128 = i32x4.splat(0);

export function beginSlice32(): void {
  largest = -Infinity;
  second = -Infinity;
  smallest = Infinity;
}

/** The two largest, and the smallest; NaN is left aside. */
export function addExtremes32(source: usize, count: usize): void {
  // pmax(a, x) is a < x ? x : a, and so never takes a NaN from x.
  let a = f32x4.splat(largest), b = f32x4.splat(-Infinity), c = f32x4.splat(smallest);
  b = f32x4.replace_lane(b, 0, second);
  a = f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(a, 1, -Infinity), 2, -Infinity), 3, -Infinity);
  const end = source + ((count & ~3) << 2), tail = count & 3, pairs = source + ((count & ~7) << 2);
  let e = f32x4.splat(-Infinity), f = e, g = c;
  for (; source < pairs; source += 32) {
    const x = v128.load(source), y = v128.load(source, 16);
    b = f32x4.pmax(b, f32x4.pmin(a, x));
    f = f32x4.pmax(f, f32x4.pmin(e, y));
    a = f32x4.pmax(a, x);
    e = f32x4.pmax(e, y);
    c = f32x4.pmin(c, x);
    g = f32x4.pmin(g, y);
  }
  b = f32x4.pmax(f32x4.pmax(b, f), f32x4.pmin(a, e));
  a = f32x4.pmax(a, e);
  c = f32x4.pmin(c, g);
  for (; source < end; source += 16) {
    const x = v128.load(source);
    b = f32x4.pmax(b, f32x4.pmin(a, x));
    a = f32x4.pmax(a, x);
    c = f32x4.pmin(c, x);
  }
  if (tail) {
    const x = loadTail32(source, tail, f32x4.splat(-Infinity));
    b = f32x4.pmax(b, f32x4.pmin(a, x));
    a = f32x4.pmax(a, x);
    c = f32x4.pmin(c, loadTail32(source, tail, f32x4.splat(Infinity)));
  }
  largest = -Infinity;
  second = -Infinity;
  for (let lane: i32 = 0; lane < 4; lane++) {
    const x = f32x4.extract_lane(a, 0), y = f32x4.extract_lane(b, 0);
    second = max(max(second, min(largest, x)), y);
    largest = max(largest, x);
    smallest = min(smallest, f32x4.extract_lane(c, 0));
    a = v128.shuffle<u32>(a, a, 1, 2, 3, 0);
    b = v128.shuffle<u32>(b, b, 1, 2, 3, 0);
    c = v128.shuffle<u32>(c, c, 1, 2, 3, 0);
  }
}

/** After all extremes, before the sums. `buffer` has room for a block. */
export function beginSums32(buffer: usize): void {
  const zero = f64x2.splat(0);
  sum0 = zero;
  sum1 = zero;
  weighted0 = zero;
  weighted1 = zero;
  lost = zero;
  times = zero;
  ofLargest = SCALE;
  if (inverse != 1 || !isFinite(largest)) return;
  const m = f32x4.splat(largest), max = f32x4.sub(m, originOf(m, near())), k = exponentOf(max, log2e(), magic()),
    mg = magicOf(k, magic());
  const rest = storeLargest(buffer, max, k, log2e(), mg, ln2High(), ln2Low(), c6(), c5(), c4(), c3(), c2());
  const taken = storeExponential(buffer, true, 0, max, log2e(), mg, rest, ln2High(), ln2Low(), c6(), c5(), c4(), c3(), c2());
  ofLargest = <f64>load<f32>(buffer) + <f64>f32x4.extract_lane(taken, 0);
}

export function addSums32(source: usize, count: usize, buffer: usize): void {
  if (!isFinite(largest)) return;
  if (inverse != 1) addQuotientSums(source, count, buffer);
  else if (smallest - largest < SHALLOW || !isNear(largest)) addGeneralSums(source, count, buffer);
  else addPlainSums(source, count, buffer);
}

// Exported from the module, so that each stays a function of its own: V8 compiles those that are used, when they are.

export function addPlainSums(source: usize, count: usize, buffer: usize): void {
  sums(false, true, source, count, buffer);
}
export function addGeneralSums(source: usize, count: usize, buffer: usize): void {
  sums(false, false, source, count, buffer);
}
export function addQuotientSums(source: usize, count: usize, buffer: usize): void {
  sums(true, false, source, count, buffer);
}

// @ts-ignore: decorator
@inline
function sums(divide: bool, plain: bool, source: usize, count: usize, buffer: usize): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const m = f32x4.splat(largest), m64 = f64x2.splat(<f64>largest), inverse64 = f64x2.splat(inverse), far = v128.load64_splat(FAR);
  const origin = originOf(m, near()), max = f32x4.sub(m, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(k, lowest()),
    mg = magicOf(k, magic());
  const rest = divide ? f32x4.splat(0) : storeLargest(buffer, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2);
  let s0 = sum0, s1 = sum1, w0 = weighted0, w1 = weighted1, l = lost, n = times;
  const length = count << 2, tail = count & 3, filler = f32x4.splat(-Infinity);
  for (let from: usize = 0; from < length; from += BLOCK) {
    const end = min(length, from + BLOCK), whole = end & ~15, to = buffer - from;
    let at = from;
    for (; at < whole; at += 16) {
      const x = v128.load(source + at), same = f32x4.eq(x, m);
      n = i32x4.sub(n, same);
      let s: v128, r: v128, more: v128;
      if (divide) {
        const a = argumentOf(promoteLow(x), m64, inverse64), b = argumentOf(promoteHigh(x), m64, inverse64);
        const ja = roundedOf64(a), jb = roundedOf64(b), ra = reducedOf64(a, ja), rb = reducedOf64(b, jb);
        r = demote(ra, rb);
        s = powerOf(wordsOf(ja, jb));
        more = beyond(r, lowOf64(ra, rb, r), k6, k5, k4, k3, k2);
      } else {
        const y = plain ? x : reachable(x, origin, floor), j = roundedOf(y, l2e, mg), i = f32x4.sub(j, mg);
        s = powerOf(j);
        r = highOf(y, i, high);
        more = beyond(r, lowOf(i, rest, low), k6, k5, k4, k3, k2);
      }
      const e = grown(s, r, more);
      v128.store(to + at, v128.andnot(e, same));
      l = f32x4.add(l, v128.andnot(lostOf(s, e, r, more), same));
    }
    if (at < end) {
      const x = loadTail32(source + at, tail, filler), same = f32x4.eq(x, m);
      n = i32x4.sub(n, same);
      let s: v128, r: v128, more: v128;
      if (divide) {
        const a = argumentOf(promoteLow(x), m64, inverse64), b = argumentOf(promoteHigh(x), m64, inverse64);
        const ja = roundedOf64(a), jb = roundedOf64(b), ra = reducedOf64(a, ja), rb = reducedOf64(b, jb);
        r = demote(ra, rb);
        s = powerOf(wordsOf(ja, jb));
        more = beyond(r, lowOf64(ra, rb, r), k6, k5, k4, k3, k2);
      } else {
        const y = reachable(x, origin, floor), j = roundedOf(y, l2e, mg), i = f32x4.sub(j, mg);
        s = powerOf(j);
        r = highOf(y, i, high);
        more = beyond(r, lowOf(i, rest, low), k6, k5, k4, k3, k2);
      }
      const e = v128.andnot(grown(s, r, more), same);
      l = f32x4.add(l, v128.andnot(lostOf(s, grown(s, r, more), r, more), same));
      const low0 = promoteLow(e), high0 = promoteHigh(e);
      s0 = f64x2.add(s0, low0);
      s1 = f64x2.add(s1, high0);
      w0 = f64x2.add(w0, f64x2.mul(low0, f64x2.pmin(f64x2.sub(m64, promoteLow(x)), far)));
      w1 = f64x2.add(w1, f64x2.mul(high0, f64x2.pmin(f64x2.sub(m64, promoteHigh(x)), far)));
    }
    for (at = from; at < whole; at += 16) {
      const low0 = loadWide(to + at), high0 = loadWide(to + at + 8);
      let d0 = f64x2.sub(m64, loadWide(source + at)), d1 = f64x2.sub(m64, loadWide(source + at + 8));
      if (!plain) {
        d0 = f64x2.pmin(d0, far);
        d1 = f64x2.pmin(d1, far);
      }
      s0 = f64x2.add(s0, low0);
      s1 = f64x2.add(s1, high0);
      w0 = madd64(low0, d0, w0);
      w1 = madd64(high0, d1, w1);
    }
  }
  sum0 = s0;
  sum1 = s1;
  weighted0 = w0;
  weighted1 = w1;
  lost = l;
  times = n;
}

export function endSlice32(at: usize): void {
  const zero = f64x2.splat(0);
  const sum = total(f64x2.add(sum0, promoteLow(lost)), f64x2.add(sum1, promoteHigh(lost)), zero, zero);
  const count = i32x4.extract_lane(times, 0) + i32x4.extract_lane(times, 1) + i32x4.extract_lane(times, 2) + i32x4.extract_lane(times, 3);
  storeStatistics(
    at, <f64>largest, <f64>second, sum / ofLargest + <f64>(count - 1), (total(weighted0, weighted1, zero, zero) / ofLargest) * inverse,
  );
}
