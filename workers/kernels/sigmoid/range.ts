// Stored values of an op whose slices have no sum: each must lie within [0, 1]. In the place of a sum, 1, or why not.
import { REASON_NAN, REASON_RANGE, storeReason } from '../common';

/** Why these values are no probabilities; 0: they are. T is their type; u16 stands for half precision. */
export function rangeOf<T>(values: usize, count: usize): i64 {
  return areWithin<T>(values, count) ? 0 : reasonOf<T>(values, sizeof<T>(), count);
}

export function storeRange(sums: usize, reason: i64): void {
  if (reason == 0) store<f64>(sums, 1);
  else storeReason(sums, reason);
}

export function rangeOfRows<T>(values: usize, rows: usize, classes: usize, sums: usize): void {
  for (let row: usize = 0; row < rows; row++, values += classes * sizeof<T>(), sums += 8)
    storeRange(sums, rangeOf<T>(values, classes));
}

export function rangeOfColumns<T>(values: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  let within = true;
  for (let i: usize = 0; i < classes; i++) if (!areWithin<T>(values + i * stride, rows)) within = false;
  for (let row: usize = 0; row < rows; row++, values += sizeof<T>(), sums += 8)
    storeRange(sums, within ? 0 : reasonOf<T>(values, stride, classes));
}

function areWithin<T>(values: usize, count: usize): bool {
  const lanes: usize = 16 / sizeof<T>(), end = values + (count - count % lanes) * sizeof<T>();
  let within = i32x4.splat(-1);
  for (; values < end; values += 16) {
    const x = v128.load(values);
    if (sizeof<T>() == 2) {
      // -0 too; as whole numbers, positive halves are ordered like their values.
      const isZero = i16x8.eq(x, i16x8.splat(-0x8000));
      within = v128.and(within, v128.or(isZero, i16x8.le_u(x, i16x8.splat(0x3c00))));
    } else if (sizeof<T>() == 4) {
      within = v128.and(within, v128.and(f32x4.ge(x, f32x4.splat(0)), f32x4.le(x, f32x4.splat(1))));
    } else {
      within = v128.and(within, v128.and(f64x2.ge(x, f64x2.splat(0)), f64x2.le(x, f64x2.splat(1))));
    }
  }
  return i32x4.all_true(i32x4.eq(within, i32x4.splat(-1))) && reasonOf<T>(values, sizeof<T>(), count % lanes) == 0;
}

function reasonOf<T>(values: usize, stride: usize, count: usize): i64 {
  let reason: i64 = 0;
  for (let i: usize = 0; i < count; i++, values += stride) {
    if (sizeof<T>() == 2) {
      const bits = load<u16>(values);
      if ((bits & 0x7fff) > 0x7c00) return REASON_NAN;
      if (bits > 0x3c00 && bits != 0x8000) reason = REASON_RANGE;
    } else {
      const x = sizeof<T>() == 4 ? <f64>load<f32>(values) : load<f64>(values);
      if (isNaN(x)) return REASON_NAN;
      if (x < 0 || x > 1) reason = REASON_RANGE;
    }
  }
  return reason;
}
