// Casts before the kernel, as PyTorch's `dtype` does them: each number rounded once, to the nearest, ties to even.
import { fromHalfOrNaN, narrow, toHalf } from '../half';

// The codes of CAST_TYPES in src/kernels/convert.ts.
const INT8: i32 = 0;
const UINT8: i32 = 1;
const INT16: i32 = 2;
const UINT16: i32 = 3;
const INT32: i32 = 4;
const UINT32: i32 = 5;
const INT64: i32 = 6;
const UINT64: i32 = 7;
const FLOAT16: i32 = 8;
const FLOAT32: i32 = 9;
const FLOAT64: i32 = 10;
const BFLOAT16: i32 = 11;

export function cast(source: usize, sourceType: i32, target: usize, targetType: i32, count: usize): void {
  if (sourceType == targetType) memory.copy(target, source, count * sizeOf(sourceType));
  else if (targetType == FLOAT32) toFloat<f32>(source, sourceType, target, count);
  else if (targetType == FLOAT64) toFloat<f64>(source, sourceType, target, count);
  else toHalves(source, sourceType, target, count);
}

function sizeOf(type: i32): usize {
  return <usize>(type < INT16 ? 1 : type < INT32 || type == FLOAT16 || type == BFLOAT16 ? 2 : type < INT64 || type == FLOAT32 ? 4 : 8);
}

// @ts-ignore: decorator
@inline
function toFloat<T>(source: usize, sourceType: i32, target: usize, count: usize): void {
  switch (sourceType) {
    case INT8: return each<i8, T>(source, target, count);
    case UINT8: return each<u8, T>(source, target, count);
    case INT16: return each<i16, T>(source, target, count);
    case UINT16: return each<u16, T>(source, target, count);
    case INT32: return each<i32, T>(source, target, count);
    case UINT32: return each<u32, T>(source, target, count);
    case INT64: return each<i64, T>(source, target, count);
    case UINT64: return each<u64, T>(source, target, count);
    case FLOAT16: return halves<T>(source, target, count);
    case FLOAT32: return each<f32, T>(source, target, count);
    case BFLOAT16: return brains<T>(source, target, count);
    default: return each<f64, T>(source, target, count);
  }
}

// @ts-ignore: decorator
@inline
function each<S, T>(source: usize, target: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<T>(target + i * sizeof<T>(), <T>load<S>(source + i * sizeof<S>()));
}

// @ts-ignore: decorator
@inline
function halves<T>(source: usize, target: usize, count: usize): void {
  const whole = count & ~3;
  let i: usize = 0;
  for (; i < whole; i += 4) {
    const x = fromHalfOrNaN(v128.load_ext<i16>(source + (i << 1)));
    const to = target + i * sizeof<T>();
    if (sizeof<T>() == 4) v128.store(to, x);
    else {
      v128.store(to, f64x2.promote_low_f32x4(x));
      v128.store(to, f64x2.promote_low_f32x4(v128.shuffle<u64>(x, x, 1, 1)), 16);
    }
  }
  for (; i < count; i++) {
    const x = fromHalfOrNaN(i32x4.splat(load<i16>(source + (i << 1))));
    store<T>(target + i * sizeof<T>(), <T>f32x4.extract_lane(x, 0));
  }
}

/** A bfloat16 is the upper half of a float32. */
// @ts-ignore: decorator
@inline
function brain(at: usize): f32 {
  return reinterpret<f32>(<u32>load<u16>(at) << 16);
}

// @ts-ignore: decorator
@inline
function brains<T>(source: usize, target: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<T>(target + i * sizeof<T>(), <T>brain(source + (i << 1)));
}

function toHalves(source: usize, sourceType: i32, target: usize, count: usize): void {
  if (sourceType == FLOAT32) {
    const whole = count & ~7;
    let i: usize = 0;
    for (; i < whole; i += 8) {
      const from = source + (i << 2);
      v128.store(target + (i << 1), narrow(toHalf(v128.load(from)), toHalf(v128.load(from, 16))));
    }
    for (; i < count; i++) storeHalf(target + (i << 1), load<f32>(source + (i << 2)));
    return;
  }
  // Integers beyond 2^24 are infinite in a half, so that rounding them to float32 first changes nothing.
  for (let i: usize = 0; i < count; i++) {
    let x: f32;
    switch (sourceType) {
      case INT8: x = <f32>load<i8>(source + i); break;
      case UINT8: x = <f32>load<u8>(source + i); break;
      case INT16: x = <f32>load<i16>(source + (i << 1)); break;
      case UINT16: x = <f32>load<u16>(source + (i << 1)); break;
      case INT32: x = <f32>load<i32>(source + (i << 2)); break;
      case UINT32: x = <f32>load<u32>(source + (i << 2)); break;
      case INT64: x = <f32>load<i64>(source + (i << 3)); break;
      case UINT64: x = <f32>load<u64>(source + (i << 3)); break;
      case BFLOAT16: x = brain(source + (i << 1)); break;
      default: x = toOdd(load<f64>(source + (i << 3)));
    }
    storeHalf(target + (i << 1), x);
  }
}

/**
 * A float32 that rounds to the same half as x: the nearest, but where that is not x, the one beside x whose last bit
 * is 1. It is never half-way between two halves.
 */
// @ts-ignore: decorator
@inline
function toOdd(x: f64): f32 {
  const near = <f32>x, back = <f64>near;
  let bits = reinterpret<u32>(near);
  if (back != x && x == x) {
    if (abs(back) > abs(x)) bits--;
    bits |= 1;
  }
  return reinterpret<f32>(bits);
}

// @ts-ignore: decorator
@inline
function storeHalf(at: usize, x: f32): void {
  store<u16>(at, <u16>i32x4.extract_lane(toHalf(f32x4.splat(x)), 0));
}
