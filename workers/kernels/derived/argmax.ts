// The class with the largest logit, the first of equal ones; -1 where a slice has no softmax (NaN, +inf, -inf alone) or
// no classes. T is the logits' type: u16 stands for half precision.
import { keysOf } from './halves';

export const NONE: i32 = -1;

// The largest so far, its class, and how far the classes have been seen; of a row in pieces these stay from one to the next.
let best: f64 = -Infinity;
let bestClass: i32 = NONE;
let seen: i32 = 0;
let spoilt: bool = false;

export function beginArgmax(): void {
  best = -Infinity;
  bestClass = NONE;
  seen = 0;
  spoilt = false;
}

export function endArgmax(): i32 {
  return spoilt || best == Infinity || best == -Infinity ? NONE : bestClass;
}

/** Some classes one after the other. */
export function addArgmax<T>(source: usize, count: usize): void {
  let at: usize = 0;
  const lanes: usize = 16 / sizeof<T>(), whole = count - count % (4 * lanes);
  if (whole > 0) {
    // In two steps: the largest of all, then where it stands.
    const m = largestOf<T>(source, whole);
    if (isNaN(m)) spoilt = true;
    else if (m > best) {
      best = m;
      bestClass = seen + <i32>placeOf<T>(source, whole, m);
    }
    at = whole;
  }
  for (; at < count; at++) {
    const x = numberAt<T>(source + at * sizeof<T>());
    if (isNaN(x)) spoilt = true;
    else if (x > best) {
      best = x;
      bestClass = seen + <i32>at;
    }
  }
  seen += <i32>count;
}

/** Classes `stride` bytes apart. */
export function argmaxApart<T>(source: usize, stride: usize, classes: usize): i32 {
  let m: f64 = -Infinity;
  let place = NONE;
  for (let i: usize = 0; i < classes; i++, source += stride) {
    const x = numberAt<T>(source);
    if (isNaN(x)) return NONE;
    if (x > m) {
      m = x;
      place = <i32>i;
    }
  }
  return m == Infinity ? NONE : place;
}

/** A float as it is; of a half, a whole number that is ordered like it. */
// @ts-ignore: decorator
@inline
function numberAt<T>(address: usize): f64 {
  if (sizeof<T>() == 4) return <f64>load<f32>(address);
  if (sizeof<T>() == 8) return load<f64>(address);
  return numberOf(i16x8.extract_lane_s(keysOf(i16x8.splat(load<i16>(address))), 0));
}
// @ts-ignore: decorator
@inline
function numberOf(key: i32): f64 {
  if (key > 0x7c00 || key < -0x7c00) return NaN;
  return key == 0x7c00 ? Infinity : key == -0x7c00 ? -Infinity : <f64>key;
}

/** Of whole groups of four vectors; NaN if one is there. */
function largestOf<T>(source: usize, count: usize): f64 {
  const end = source + count * sizeof<T>();
  if (sizeof<T>() == 2) {
    let a = i16x8.splat(-0x7fff), b = a, c = i16x8.splat(0x7fff), d = c;
    for (; source < end; source += 64) {
      const w = keysOf(v128.load(source)), x = keysOf(v128.load(source, 16)), y = keysOf(v128.load(source, 32)),
        z = keysOf(v128.load(source, 48));
      a = i16x8.max_s(a, i16x8.max_s(w, x));
      b = i16x8.max_s(b, i16x8.max_s(y, z));
      c = i16x8.min_s(c, i16x8.min_s(w, x));
      d = i16x8.min_s(d, i16x8.min_s(y, z));
    }
    a = i16x8.max_s(a, b);
    c = i16x8.min_s(c, d);
    let most: i32 = -0x7fff, least: i32 = 0x7fff;
    for (let lane: i32 = 0; lane < 8; lane++) {
      most = max(most, <i32>i16x8.extract_lane_s(a, 0));
      least = min(least, <i32>i16x8.extract_lane_s(c, 0));
      a = i8x16.shuffle(a, a, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
      c = i8x16.shuffle(c, c, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1);
    }
    return least < -0x7c00 ? NaN : numberOf(most);
  }
  // max, unlike pmax, lets NaN through.
  let a = v128.load(source), b = v128.load(source, 16), c = v128.load(source, 32), d = v128.load(source, 48);
  for (source += 64; source < end; source += 64) {
    a = v128.max<T>(a, v128.load(source));
    b = v128.max<T>(b, v128.load(source, 16));
    c = v128.max<T>(c, v128.load(source, 32));
    d = v128.max<T>(d, v128.load(source, 48));
  }
  a = v128.max<T>(v128.max<T>(a, b), v128.max<T>(c, d));
  if (sizeof<T>() == 4)
    return max(
      max(<f64>f32x4.extract_lane(a, 0), <f64>f32x4.extract_lane(a, 1)),
      max(<f64>f32x4.extract_lane(a, 2), <f64>f32x4.extract_lane(a, 3)),
    );
  return max(f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1));
}

/** Where `m` stands first among whole groups of four vectors, one of which has it. */
function placeOf<T>(source: usize, count: usize, m: f64): usize {
  let at = source;
  const end = source + count * sizeof<T>();
  if (sizeof<T>() == 2) {
    const key = i16x8.splat(m == -Infinity ? -0x7c00 : m == Infinity ? 0x7c00 : <i16>m);
    for (; at < end; at += 16) {
      const found = i16x8.eq(keysOf(v128.load(at)), key);
      if (v128.any_true(found)) return ((at - source) >> 1) + ctz(<usize>i16x8.bitmask(found));
    }
  } else if (sizeof<T>() == 4) {
    const key = f32x4.splat(<f32>m);
    for (; at < end; at += 16) {
      const found = f32x4.eq(v128.load(at), key);
      if (v128.any_true(found)) return ((at - source) >> 2) + ctz(<usize>i32x4.bitmask(found));
    }
  } else {
    const key = f64x2.splat(m);
    for (; at < end; at += 16) {
      const found = f64x2.eq(v128.load(at), key);
      if (v128.any_true(found)) return ((at - source) >> 3) + ctz(<usize>i64x2.bitmask(found));
    }
  }
  return unreachable();
}
