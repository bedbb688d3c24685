// What the kernels of every dtype share. AssemblyScript: everything marked @inline is compiled into its caller.

/** a * b + c: rounded once in the relaxed build (where the processor has fused multiply-add), twice in the baseline. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The same in float64. */
// @ts-ignore: decorator
@inline
export function madd64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** The two low float32 lanes as float64. */
// @ts-ignore: decorator
@inline
export function promoteLow(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** The two high float32 (or int32) lanes in the place of the low ones. */
// @ts-ignore: decorator
@inline
export function highHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** The two high float32 lanes as float64. */
// @ts-ignore: decorator
@inline
export function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(highHalf(v));
}

/** Two float32 in memory as float64. */
// @ts-ignore: decorator
@inline
export function loadWide(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

/** Two pairs of float64 rounded to four float32. */
// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128): v128 {
  return i8x16.shuffle(
    f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  );
}

// @ts-ignore: decorator
@inline
export function addLanes64(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

// Why a row is invalid, as src/kernels/softmax.ts names it; the first that fits.
export const REASON_NAN: i64 = 1;
export const REASON_INFINITY: i64 = 2;
export const REASON_ALL_MINUS_INFINITY: i64 = 3;
/** Of a stored value: outside [0, 1]. */
export const REASON_RANGE: i64 = 4;

/** The NaN whose payload says why a row is invalid. */
// @ts-ignore: decorator
@inline
export function storeReason(address: usize, reason: i64): void {
  store<i64>(address, 0x7ff8000000000000 | reason);
}

/** `count` (1 to 3) float32 from `address`; the other lanes take `filler`'s. */
export function loadTail32(address: usize, count: usize, filler: v128): v128 {
  let v = v128.load32_lane(address, filler, 0);
  if (count > 1) v = v128.load32_lane(address, v, 1, 4);
  if (count > 2) v = v128.load32_lane(address, v, 2, 8);
  return v;
}

/** The first `count` (1 to 3) lanes of v to `address`, and nothing behind them. */
export function storeTail32(address: usize, count: usize, v: v128): void {
  v128.store32_lane(address, v, 0);
  if (count > 1) v128.store32_lane(address, v, 1, 4);
  if (count > 2) v128.store32_lane(address, v, 2, 8);
}
