// Halves to float32, exactly: a shift moves the fraction, an addition the exponent. A product with 2^112 would do both,
// but subnormal halves, which are common among probabilities, would be subnormal factors: those are slow.

// V8 recomputes splats of constants in every iteration of a loop, but not what was loaded from memory.
const TABLE: usize = memory.data<u32>([
  0x0fffe000, // where exponent and fraction stand after the shift
  112 << 23, // the difference of the exponents' offsets
  113 << 23, // 2^-14, the smallest normal half
  0x7f800000,
  0x80000000,
  0x0f800000, // from here on: infinity and NaN
]);
// @ts-ignore: decorator
@inline
function constant(index: usize): v128 { return v128.load32_splat(TABLE + (index << 2)); }

// What `widened` needs, to be taken out of a loop.
// @ts-ignore: decorator
@inline
export function field(): v128 { return constant(0); }
// @ts-ignore: decorator
@inline
export function offset(): v128 { return constant(1); }
// @ts-ignore: decorator
@inline
export function smallest(): v128 { return constant(2); }
// @ts-ignore: decorator
@inline
export function infinite(): v128 { return constant(3); }
// @ts-ignore: decorator
@inline
export function sign(): v128 { return constant(4); }
// @ts-ignore: decorator
@inline
export function last(): v128 { return constant(5); }

/** Four halves in 32-bit lanes as float32; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function widened(bits: v128, field: v128, offset: v128, smallest: v128, infinite: v128, sign: v128, last: v128): v128 {
  const shifted = i32x4.shl(bits, 13), magnitude = v128.and(shifted, field);
  const normal = i32x4.add(magnitude, offset);
  // The fraction after an implicit one that is taken away again.
  const subnormal = f32x4.sub(i32x4.add(magnitude, smallest), smallest);
  const value = v128.bitselect(subnormal, normal, i32x4.lt_s(normal, smallest));
  const beyond = v128.and(i32x4.ge_s(magnitude, last), infinite);
  return v128.or(v128.or(value, beyond), v128.and(i32x4.shl(bits, 16), sign));
}

/** `count` halves to float32; the two must not overlap. */
export function widen(source: usize, target: usize, count: usize): void {
  const f = field(), o = offset(), s = smallest(), i = infinite(), g = sign(), l = last();
  let n = count >> 3;
  if (n > 0) do {
    const halves = v128.load(source);
    v128.store(target, widened(i32x4.extend_low_i16x8_u(halves), f, o, s, i, g, l));
    v128.store(target, widened(i32x4.extend_high_i16x8_u(halves), f, o, s, i, g, l), 16);
    source += 16;
    target += 32;
  } while (--n > 0);
  for (n = count & 7; n > 0; n--, source += 2, target += 4) {
    const x = widened(i32x4.splat(load<u16>(source)), f, o, s, i, g, l);
    store<f32>(target, f32x4.extract_lane(x, 0));
  }
}
