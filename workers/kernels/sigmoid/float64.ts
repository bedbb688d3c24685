// As float32.ts, of float64 numbers: one quotient, corrected by what rounding took from it and from 1 + e (fused), or
// from e and 1 + e (not fused).
import { madd64 } from '../common';
import { fastSumError, nmadd64 } from '../float64/arithmetic';
import {
  C2, C3, C4, HIGH, LOW, LOWEST, MAGIC, STEPS, ZERO, constant, entry, grown, growth, indexMask, power, quotient, quotientError,
  reducedAlone, reducedQuotient, remainder, step, tableIndex,
} from '../float64/exponential';
import { one, scale, unscale } from '../float64/sums';
import { divides, inverse, inverseRest, prescale } from '../float64/temperature';

const SIGN: usize = memory.data<u64>([0x8000000000000000]);
const TABLE: usize = memory.data<f64>([
  6755399440990208.0, // 1.5 * 2^52 - 256 * 256: the table's powers are scaled by 2^256, and so come out as they are
  -700.0, // below it, e may be subnormal
]);

/** Returns whether one of them is NaN. `target` may be `source`. */
export function sigmoidOf64(source: usize, target: usize, count: usize): bool {
  return divides ? quotientSigmoids64(source, target, count) : plainSigmoids64(source, target, count);
}

export function plainSigmoids64(source: usize, target: usize, count: usize): bool {
  const steps = constant(STEPS), magic = v128.load64_splat(TABLE), high = constant(HIGH), low = constant(LOW), c2 = constant(C2),
    c3 = constant(C3), c4 = constant(C4), mask = indexMask(), none = constant(ZERO), floor = v128.load64_splat(TABLE, 8),
    sign = v128.load64_splat(SIGN), unit = one();
  let nan = i64x2.splat(0);
  for (let n = count; n > 0; ) {
    const x = n > 1 ? v128.load(source) : v128.load64_zero(source), y = v128.or(x, sign);
    let p: v128;
    if (v128.any_true(f64x2.lt(y, floor))) p = farSigmoids(x);
    else {
      const j = madd64(y, steps, magic), i = f64x2.sub(j, magic), r = nmadd64(i, low, nmadd64(i, high, y));
      const index = tableIndex(j, mask), first = entry(index, 0), second = entry(index, 1);
      const s = power(first, second, j), g = growth(first, second, r, c2, c3, c4), e = grown(s, g);
      const d = f64x2.add(unit, e), dRest = fastSumError(unit, e, d), negative = f64x2.lt(x, none),
        numerator = v128.bitselect(e, unit, negative), inverseOfD = f64x2.div(unit, d);
      if (ASC_FEATURE_RELAXED_SIMD) {
        p = f64x2.mul(numerator, inverseOfD);
        p = madd64(nmadd64(p, dRest, nmadd64(p, d, numerator)), inverseOfD, p);
      } else {
        const rest = remainder(s, g, e);
        p = f64x2.div(numerator, d);
        p = madd64(nmadd64(p, f64x2.add(dRest, rest), v128.and(rest, negative)), inverseOfD, p);
      }
    }
    nan = v128.or(nan, f64x2.ne(p, p));
    if (n == 1) {
      v128.store64_lane(target, p, 0);
      break;
    }
    v128.store(target, p);
    source += 16;
    target += 16;
    n -= 2;
  }
  return v128.any_true(nan);
}

/** The same of any numbers. */
function farSigmoids(x: v128): v128 {
  const y = v128.or(x, v128.load64_splat(SIGN)), none = constant(ZERO), bottom = constant(LOWEST);
  const j = step(y, none, none, bottom, constant(STEPS), constant(MAGIC));
  return scaledSigmoids(x, j, reducedAlone(y, bottom, j, constant(MAGIC), constant(HIGH), constant(LOW)));
}

/** From an exponential scaled by 2^256, and so in the numerators: none is subnormal. */
// @ts-ignore: decorator
@inline
function scaledSigmoids(x: v128, j: v128, r: v128): v128 {
  const index = tableIndex(j, indexMask()), first = entry(index, 0), second = entry(index, 1), down = unscale(), unit = one();
  const s = power(first, second, j), g = growth(first, second, r, constant(C2), constant(C3), constant(C4)), e = grown(s, g),
    rest = remainder(s, g, e);
  const small = f64x2.mul(e, down), d = f64x2.add(unit, small), dRest = madd64(rest, down, fastSumError(unit, small, d));
  const negative = f64x2.lt(x, constant(ZERO)), numerator = v128.bitselect(e, scale(), negative);
  const q = f64x2.div(numerator, d), p = f64x2.mul(q, down), inverseOfD = v128.bitselect(f64x2.sub(unit, p), p, negative);
  let left = nmadd64(q, dRest, v128.and(rest, negative));
  if (ASC_FEATURE_RELAXED_SIMD) left = f64x2.add(left, nmadd64(q, d, numerator));
  return f64x2.mul(madd64(left, inverseOfD, q), down);
}

export function quotientSigmoids64(source: usize, target: usize, count: usize): bool {
  const none = constant(ZERO), bottom = constant(LOWEST), sign = v128.load64_splat(SIGN), magic = constant(MAGIC),
    prescaling = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  let nan = i64x2.splat(0);
  for (let n = count; n > 0; ) {
    const x = n > 1 ? v128.load(source) : v128.load64_zero(source), y = v128.or(x, sign), q = quotient(y, none, prescaling, t);
    const j = step(q, none, none, bottom, constant(STEPS), magic), error = quotientError(y, none, prescaling, t, tRest, q);
    const p = scaledSigmoids(x, j, reducedQuotient(q, error, bottom, j, magic, constant(HIGH), constant(LOW)));
    nan = v128.or(nan, f64x2.ne(p, p));
    if (n == 1) {
      v128.store64_lane(target, p, 0);
      break;
    }
    v128.store(target, p);
    source += 16;
    target += 16;
    n -= 2;
  }
  return v128.any_true(nan);
}
