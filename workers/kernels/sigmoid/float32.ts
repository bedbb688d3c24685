// 1 / (1 + e^-x) of float32 numbers, each by itself. With y = -|x|, e = e^y and d = 1 + e, it is 1 / d for x >= 0, else
// e / d: nothing is subtracted, so that results near 0 are as exact as others. e is that of ../float32/exponential.ts;
// the quotient is corrected by what rounding took from it and from d (fused), or from e and d (not fused), once more
// rounded. Where e would be subnormal, and for a temperature, the quotient is taken in float64.
import { demote, loadTail32, madd, promoteHigh, promoteLow, storeTail32 } from '../common';
import {
  argumentOf, beyond, c2, c3, c4, c5, c6, grown, highOf, ln2High, ln2Low, log2e, lostOf, lowOf64, lowOfLog, lowest, magic, powerOf,
  reducedOf64, roundedOf, roundedOf64, wordsOf,
} from '../float32/exponential';

// Loaded from memory for the reason given in exponential.ts.
const TABLE: usize = memory.data<f32>([
  12583039.0, // 1.5 * 2^23 + 127: so e comes out as it is
  -87.0, // below it, e may be subnormal
  1.0,
]);
/** What exponentials come out scaled by, where they may be subnormal. */
const SCALE: usize = memory.data<f64>([16777216.0]);
const SIGN: usize = memory.data<u32>([0x80000000]);

/** `inverse` is 1 / temperature. Returns whether one of them is NaN. `target` may be `source`. */
export function sigmoidOf32(source: usize, target: usize, count: usize, inverse: f64): bool {
  return inverse == 1 ? plainSigmoids(source, target, count) : quotientSigmoids(source, target, count, inverse);
}

// Exported from the module, so that each stays a function of its own: V8 compiles those that are used, when they are.

export function plainSigmoids(source: usize, target: usize, count: usize): bool {
  const l2e = log2e(), mg = v128.load32_splat(TABLE), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(),
    k2 = c2(), floor = v128.load32_splat(TABLE, 4), one = v128.load32_splat(TABLE, 8), sign = v128.load32_splat(SIGN),
    none = f32x4.splat(0);
  let nan = i32x4.splat(0);
  const tail = count & 3;
  for (const end = source + ((count & ~3) << 2); source < end; source += 16, target += 16) {
    const x = v128.load(source), y = v128.or(x, sign);
    if (v128.any_true(f32x4.lt(y, floor))) {
      v128.store(target, farSigmoids(x));
      nan = v128.or(nan, f32x4.ne(x, x));
      continue;
    }
    const p = sigmoids(x, y, l2e, mg, high, low, k6, k5, k4, k3, k2, one, none);
    v128.store(target, p);
    nan = v128.or(nan, f32x4.ne(p, p));
  }
  if (tail) {
    const x = loadTail32(source, tail, none), y = v128.or(x, sign);
    const isFar = v128.any_true(f32x4.lt(y, floor));
    storeTail32(target, tail, isFar ? farSigmoids(x) : sigmoids(x, y, l2e, mg, high, low, k6, k5, k4, k3, k2, one, none));
    nan = v128.or(nan, f32x4.ne(x, x));
  }
  return v128.any_true(nan);
}

// @ts-ignore: decorator
@inline
function sigmoids(
  x: v128, y: v128, log2e: v128, magic: v128, ln2High: v128, ln2Low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128,
  one: v128, none: v128,
): v128 {
  const j = roundedOf(y, log2e, magic), n = f32x4.sub(j, magic), s = powerOf(j), r = highOf(y, n, ln2High);
  const more = beyond(r, lowOfLog(n, ln2Low), c6, c5, c4, c3, c2), e = grown(s, r, more);
  const d = f32x4.add(one, e), dRest = f32x4.sub(e, f32x4.sub(d, one)), negative = f32x4.lt(x, none),
    numerator = v128.bitselect(e, one, negative), inverse = f32x4.div(one, d);
  if (ASC_FEATURE_RELAXED_SIMD) {
    const p = f32x4.mul(numerator, inverse);
    // What is left of the numerator, exactly, and of it beside p dRest.
    const left = f32x4.relaxed_nmadd(p, dRest, f32x4.relaxed_nmadd(p, d, numerator));
    return madd(left, inverse, p);
  }
  const lost = lostOf(s, e, r, more), p = f32x4.div(numerator, d);
  return f32x4.add(p, f32x4.mul(f32x4.sub(v128.and(lost, negative), f32x4.mul(p, f32x4.add(dRest, lost))), inverse));
}

/** The same of any numbers. */
function farSigmoids(x: v128): v128 {
  const j = roundedOf(f32x4.pmax(v128.or(x, v128.load32_splat(SIGN)), lowest()), log2e(), magic()), n = f32x4.sub(j, magic()),
    s = powerOf(j), y = f32x4.pmax(v128.or(x, v128.load32_splat(SIGN)), lowest()), r = highOf(y, n, ln2High());
  const more = beyond(r, lowOfLog(n, ln2Low()), c6(), c5(), c4(), c3(), c2()), e = grown(s, r, more);
  return quotients(x, e, lostOf(s, e, r, more), v128.load64_splat(SCALE));
}

/** Of scaled exponentials and what rounding took from them, in float64, rounded once. */
// @ts-ignore: decorator
@inline
function quotients(x: v128, e: v128, lost: v128, scale: v128): v128 {
  const eLow = f64x2.add(promoteLow(e), promoteLow(lost)), eHigh = f64x2.add(promoteHigh(e), promoteHigh(lost)),
    negative = f32x4.lt(x, f32x4.splat(0));
  return demote(
    f64x2.div(v128.bitselect(eLow, scale, i64x2.extend_low_i32x4_s(negative)), f64x2.add(scale, eLow)),
    f64x2.div(v128.bitselect(eHigh, scale, i64x2.extend_high_i32x4_s(negative)), f64x2.add(scale, eHigh)),
  );
}

export function quotientSigmoids(source: usize, target: usize, count: usize, inverse: f64): bool {
  const k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2(), sign = v128.load32_splat(SIGN), scale = v128.load64_splat(SCALE),
    inverse64 = f64x2.splat(inverse), none = f64x2.splat(0), tail = count & 3, whole = source + ((count & ~3) << 2);
  let nan = i32x4.splat(0);
  for (const end = source + (count << 2); source < end; source += 16, target += 16) {
    const x = source < whole ? v128.load(source) : loadTail32(source, tail, f32x4.splat(0)), y = v128.or(x, sign);
    const a = argumentOf(promoteLow(y), none, inverse64), b = argumentOf(promoteHigh(y), none, inverse64);
    const ja = roundedOf64(a), jb = roundedOf64(b), ra = reducedOf64(a, ja), rb = reducedOf64(b, jb), r = demote(ra, rb),
      s = powerOf(wordsOf(ja, jb)), more = beyond(r, lowOf64(ra, rb, r), k6, k5, k4, k3, k2), e = grown(s, r, more);
    const p = quotients(x, e, lostOf(s, e, r, more), scale);
    if (source < whole) v128.store(target, p);
    else storeTail32(target, tail, p);
    nan = v128.or(nan, f32x4.ne(p, p));
  }
  return v128.any_true(nan);
}
