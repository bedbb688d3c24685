// Halves are compared as whole numbers.

/** Signed 16-bit numbers ordered like the halves; both zeros are 0, infinities 0x7c00 and -0x7c00, NaN lies beyond. */
// @ts-ignore: decorator
@inline
export function keysOf(halves: v128): v128 {
  const negative = i16x8.shr_s(halves, 15), magnitude = v128.and(halves, i16x8.splat(0x7fff));
  return i16x8.sub(v128.xor(magnitude, negative), negative);
}
