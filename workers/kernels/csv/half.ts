// float64 to float16, where that float64 is a decimal text's nearest: rounding again is wrong only at a tie.

/** Half the distance between two float16 as a float64's cut-off bits. */
const HALF: u64 = <u64>1 << 41;

/** The float16 nearest to a finite number; -1 when that number is halfway between two, or so large that it might be. */
@inline
export function toHalf(value: f64): i32 {
  const bits = reinterpret<u64>(value);
  const sign = <i32>(bits >> 48) & 0x8000;
  const size = bits & 0x7fffffffffffffff;
  if (size < 0x3f10000000000000) {
    // Below 2^-14 all float16 are multiples of 2^-24, which is what float64 near 2^28 has place for.
    const magnitude = reinterpret<f64>(size);
    const rounded = magnitude + 268435456.0;
    if (abs(magnitude - (rounded - 268435456.0)) == 2.98023223876953125e-8) return -1;
    return sign | <i32>(reinterpret<u64>(rounded) & 0xffff);
  }
  if (size >= 0x40effe0000000000) return -1;
  if ((size & (2 * HALF - 1)) == HALF) return -1;
  return sign | <i32>(((size + HALF) >> 42) - <u64>((1023 - 15) << 10));
}
