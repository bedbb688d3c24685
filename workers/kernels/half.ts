// IEEE binary16 in 32-bit lanes: WebAssembly has no such type, so its bits are moved by integer operations.

// V8 recomputes splats of constants in every iteration of a loop, but not what was loaded from memory.
const TABLE: usize = memory.data<u32>([
  0x8fffe000, // sign and the fifteen bits below it, once they stand in bits 13 to 27
  0x77800000, // 2^112: from a field of five exponent bits to one of eight
  0x07800000, // 2^-112
  0x7fffffff,
  0x47800000, // 65536: what the first number too large becomes, before its bits are taken
  0x7f800000,
  0x38800000, // 2^-14, the smallest normal half
  0x06800000, // 2^13 as a difference of exponent bits
  0x00007e00, // NaN
  0x00008000,
  0x00400000, // makes infinity NaN
]);
// @ts-ignore: decorator
@inline
function constant(index: usize): v128 { return v128.load32_splat(TABLE + (index << 2)); }

/**
 * Halves, sign-extended to 32 bits, as float32. The first product gives infinity the value 65536, the second and
 * third make it infinite; NaN becomes infinite too.
 */
// @ts-ignore: decorator
@inline
export function fromHalf(bits: v128): v128 {
  const up = constant(1);
  const moved = v128.and(i32x4.shl(bits, 13), constant(0));
  return f32x4.mul(f32x4.mul(f32x4.mul(moved, up), up), constant(2));
}

/** The same, and NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function fromHalfOrNaN(bits: v128): v128 {
  const magnitude = v128.and(bits, i32x4.splat(0x7fff));
  return v128.or(fromHalf(bits), v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7c00)), constant(10)));
}

// x is rounded to a multiple of its exponent's 2^-10, or of 2^-24, by adding 2^13 times that power of two; the
// integer difference of the two sums' bits is the half's fraction with its implicit bit, and the exponent is added.

/** 2^13 times the power of two not above |x| < 2^17, but at least 2^-14. */
// @ts-ignore: decorator
@inline
export function roundingOf(magnitude: v128): v128 {
  return i32x4.add(i32x4.max_s(v128.and(magnitude, constant(5)), constant(6)), constant(7));
}
/** x >= 0, less than 2^17, rounded to a half's precision; 65536 is what was too large. */
// @ts-ignore: decorator
@inline
export function rounded(magnitude: v128, rounding: v128): v128 {
  return f32x4.sub(f32x4.add(magnitude, rounding), rounding);
}
/** The half's bits of x >= 0, at most 65536, which is infinity. */
// @ts-ignore: decorator
@inline
export function toHalfMagnitude(magnitude: v128, rounding: v128): v128 {
  const fraction = i32x4.sub(f32x4.add(magnitude, rounding), rounding);
  return i32x4.add(fraction, i32x4.shr_u(i32x4.sub(i32x4.sub(rounding, constant(7)), constant(6)), 13));
}

/** Any float32 as the nearest half, in the lower 16 bits of each lane. */
// @ts-ignore: decorator
@inline
export function toHalf(x: v128): v128 {
  const magnitude = f32x4.pmin(v128.and(x, constant(3)), constant(4));
  const bits = toHalfMagnitude(magnitude, roundingOf(magnitude));
  const sign = v128.and(i32x4.shr_u(x, 16), constant(9));
  return v128.or(v128.bitselect(constant(8), bits, f32x4.ne(x, x)), sign);
}

/** The halves of two vectors, in order. */
// @ts-ignore: decorator
@inline
export function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<u16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
}
