// What stored results cannot be: probabilities below 0 or above 1, logarithms above 0; and doubles that are floats.

/** Halves compare like whole numbers of 16 bits: negative ones lie above all others, NaN above each infinity. */
// @ts-ignore: decorator
@inline
function isHalfOut(half: u32, most: u32, logs: bool): bool {
  if (half > most && half <= 0x7c00) return true;
  return !logs && half > 0x8000 && half <= 0xfc00;
}

function halvesOut(values: usize, count: usize, logs: bool): i32 {
  const most: u32 = logs ? 0 : 0x3c00;
  for (let i: usize = 0; i < count; i++) if (isHalfOut(<u32>load<u16>(values + (i << 1)), most, logs)) return <i32>i;
  return -1;
}

/** The index of the first of `count` floats of `size` bytes that is out of range, or -1; NaN is not looked at. */
export function first_out_of_range(values: usize, count: usize, size: i32, logs: bool): i32 {
  let i: usize = 0;
  if (size == 2) {
    const most = i16x8.splat(logs ? 0 : 0x3c00), least = i16x8.splat(logs ? <i16>0xfc00 : <i16>0x8000);
    const infinity = i16x8.splat(0x7c00), minusInfinity = i16x8.splat(<i16>0xfc00);
    for (; i + 8 <= count; i += 8) {
      const v = v128.load(values + (i << 1));
      const above = v128.and(i16x8.gt_u(v, most), i16x8.le_u(v, infinity));
      const below = v128.and(i16x8.gt_u(v, least), i16x8.le_u(v, minusInfinity));
      if (v128.any_true(v128.or(above, below))) break;
    }
    const found = halvesOut(values + (i << 1), count - i, logs);
    return found < 0 ? -1 : <i32>i + found;
  }
  if (size == 4) {
    const most = f32x4.splat(logs ? 0 : 1), least = f32x4.splat(logs ? -Infinity : 0);
    for (; i + 8 <= count; i += 8) {
      const a = v128.load(values + (i << 2)), b = v128.load(values + (i << 2), 16);
      const above = v128.or(f32x4.gt(a, most), f32x4.gt(b, most));
      if (v128.any_true(v128.or(above, v128.or(f32x4.lt(a, least), f32x4.lt(b, least))))) break;
    }
    for (; i < count; i++) {
      const value = load<f32>(values + (i << 2));
      if (value > (logs ? <f32>0 : <f32>1) || (!logs && value < 0)) return <i32>i;
    }
    return -1;
  }
  const most = f64x2.splat(logs ? 0 : 1), least = f64x2.splat(logs ? -Infinity : 0);
  for (; i + 4 <= count; i += 4) {
    const a = v128.load(values + (i << 3)), b = v128.load(values + (i << 3), 16);
    const above = v128.or(f64x2.gt(a, most), f64x2.gt(b, most));
    if (v128.any_true(v128.or(above, v128.or(f64x2.lt(a, least), f64x2.lt(b, least))))) break;
  }
  for (; i < count; i++) {
    const value = load<f64>(values + (i << 3));
    if (value > (logs ? 0.0 : 1.0) || (!logs && value < 0)) return <i32>i;
  }
  return -1;
}

/** Whether each of `count` doubles is a float; NaN is. */
export function are_float32(values: usize, count: usize): bool {
  let i: usize = 0;
  for (; i + 2 <= count; i += 2) {
    const v = v128.load(values + (i << 3));
    const back = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(v));
    if (v128.any_true(v128.and(f64x2.ne(v, back), f64x2.eq(v, v)))) return false;
  }
  if (i < count) {
    const value = load<f64>(values + (i << 3));
    return value != value || <f64>(<f32>value) == value;
  }
  return true;
}
