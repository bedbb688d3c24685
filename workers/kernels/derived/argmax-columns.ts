// argmax over column-major tiles: lanes run across the rows.
import { NONE, argmaxApart } from './argmax';
import { keysOf } from './halves';

export function argmaxOfColumns<T>(source: usize, stride: usize, rows: usize, classes: usize, out: usize): void {
  const lanes: usize = 16 / sizeof<T>(), whole: usize = classes == 0 ? 0 : rows - rows % lanes;
  for (let row: usize = 0; row < whole; row += lanes)
    argmaxOfLanes<T>(source + row * sizeof<T>(), stride, classes, out + (row << 2));
  for (let row = whole; row < rows; row++)
    store<i32>(out + (row << 2), argmaxApart<T>(source + row * sizeof<T>(), stride, classes));
}

/** As many rows as a vector has lanes. */
function argmaxOfLanes<T>(source: usize, stride: usize, classes: usize, out: usize): void {
  const none = i32x4.splat(NONE);
  if (sizeof<T>() == 4) {
    let m = f32x4.splat(-Infinity), nan = i32x4.splat(0), place = none, i = i32x4.splat(0);
    for (let n = classes; n > 0; n--, source += stride) {
      const x = v128.load(source), above = f32x4.gt(x, m);
      m = v128.bitselect(x, m, above);
      place = v128.bitselect(i, place, above);
      nan = v128.or(nan, f32x4.ne(x, x));
      i = i32x4.add(i, i32x4.splat(1));
    }
    v128.store(out, v128.or(place, v128.or(nan, f32x4.eq(m, f32x4.splat(Infinity)))));
  } else if (sizeof<T>() == 8) {
    let m = f64x2.splat(-Infinity), nan = i64x2.splat(0), place = i64x2.splat(NONE), i = i64x2.splat(0);
    for (let n = classes; n > 0; n--, source += stride) {
      const x = v128.load(source), above = f64x2.gt(x, m);
      m = v128.bitselect(x, m, above);
      place = v128.bitselect(i, place, above);
      nan = v128.or(nan, f64x2.ne(x, x));
      i = i64x2.add(i, i64x2.splat(1));
    }
    place = v128.or(place, v128.or(nan, f64x2.eq(m, f64x2.splat(Infinity))));
    v128.store64_lane(out, v128.shuffle<u32>(place, place, 0, 2, 0, 2), 0);
  } else {
    let m = i16x8.splat(-0x7c00), nan = i16x8.splat(0), low = none, high = none, i = i32x4.splat(0);
    for (let n = classes; n > 0; n--, source += stride) {
      const halves = v128.load(source), x = keysOf(halves), above = i16x8.gt_s(x, m);
      m = v128.bitselect(x, m, above);
      low = v128.bitselect(i, low, i32x4.extend_low_i16x8_s(above));
      high = v128.bitselect(i, high, i32x4.extend_high_i16x8_s(above));
      nan = v128.or(nan, i16x8.gt_s(v128.and(halves, i16x8.splat(0x7fff)), i16x8.splat(0x7c00)));
      i = i32x4.add(i, i32x4.splat(1));
    }
    nan = v128.or(nan, i16x8.ge_s(m, i16x8.splat(0x7c00)));
    v128.store(out, v128.or(low, i32x4.extend_low_i16x8_s(nan)));
    v128.store(out, v128.or(high, i32x4.extend_high_i16x8_s(nan)), 16);
  }
}
