// Logits as float64, whatever their type; T is that type, and u16 stands for half precision.
import { field, infinite, last, offset, sign, smallest, widened } from '../float16/widen';

// @ts-ignore: decorator
@inline
export function numberOf<T>(address: usize): f64 {
  if (sizeof<T>() == 4) return <f64>load<f32>(address);
  if (sizeof<T>() == 8) return load<f64>(address);
  const half = i32x4.splat(load<u16>(address));
  return <f64>f32x4.extract_lane(widened(half, field(), offset(), smallest(), infinite(), sign(), last()), 0);
}

/** Whether one of the numbers of a vector is above `bound` in all lanes, which is made by `boundOf`. */
// @ts-ignore: decorator
@inline
export function anyAbove<T>(x: v128, bound: v128): bool {
  return v128.any_true(above<T>(x, bound));
}
// @ts-ignore: decorator
@inline
export function above<T>(x: v128, bound: v128): v128 {
  if (sizeof<T>() == 4) return f32x4.gt(x, bound);
  if (sizeof<T>() == 8) return f64x2.gt(x, bound);
  const negative = i16x8.shr_s(x, 15), key = i16x8.sub(v128.xor(v128.and(x, i16x8.splat(0x7fff)), negative), negative);
  // NaN is beyond infinity on either side.
  return v128.and(i16x8.gt_s(key, bound), i16x8.le_s(key, i16x8.splat(0x7c00)));
}
/** Of a number of type T. */
// @ts-ignore: decorator
@inline
export function boundOf<T>(address: usize): v128 {
  if (sizeof<T>() == 4) return v128.load32_splat(address);
  if (sizeof<T>() == 8) return v128.load64_splat(address);
  const x = v128.load16_splat(address), negative = i16x8.shr_s(x, 15);
  return i16x8.sub(v128.xor(v128.and(x, i16x8.splat(0x7fff)), negative), negative);
}
