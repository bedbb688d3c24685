// dim 0: tiles as in float32/column-tiles.ts, made of halves and written as such.
import { ARRAY } from '../float32/column-tiles';
import { narrow, toHalf } from '../half';
import { field, infinite, last, offset, sign, smallest, widened } from './widen';

/** As `gatherRows`. */
export function gatherHalfRows(source: usize, stride: usize, rows: usize, columns: usize, tile: usize): void {
  const f = field(), o = offset(), s = smallest(), i = infinite(), g = sign(), l = last(), end = tile + (rows << 4);
  if (columns == 16) {
    for (let to = tile; to < end; to += 16, source += stride) {
      const a = v128.load(source), b = v128.load(source, 16);
      v128.store(to, widened(i32x4.extend_low_i16x8_u(a), f, o, s, i, g, l));
      v128.store(to, widened(i32x4.extend_high_i16x8_u(a), f, o, s, i, g, l), ARRAY);
      v128.store(to, widened(i32x4.extend_low_i16x8_u(b), f, o, s, i, g, l), 2 * ARRAY);
      v128.store(to, widened(i32x4.extend_high_i16x8_u(b), f, o, s, i, g, l), 3 * ARRAY);
    }
    return;
  }
  for (let to = tile; to < end; to += 16, source += stride)
    for (let column: usize = 0, array = to; column < columns; column += 4, array += ARRAY)
      v128.store(array, widened(v128.load16x4_u(source + (column << 1)), f, o, s, i, g, l));
}

/** As `scatterRows`. */
export function scatterHalfRows(tile: usize, rows: usize, columns: usize, target: usize, stride: usize): void {
  const end = tile + (rows << 4), whole = columns & ~3, tail = columns & 3;
  if (columns == 16) {
    for (let from = tile; from < end; from += 16, target += stride) {
      v128.store(target, narrow(toHalf(v128.load(from)), toHalf(v128.load(from, ARRAY))));
      v128.store(target, narrow(toHalf(v128.load(from, 2 * ARRAY)), toHalf(v128.load(from, 3 * ARRAY))), 16);
    }
    return;
  }
  for (let from = tile; from < end; from += 16, target += stride) {
    let array = from;
    for (let column: usize = 0; column < whole; column += 4, array += ARRAY)
      v128.store64_lane(target + (column << 1), halvesOf(v128.load(array)), 0);
    if (tail) storeTail16(target + (whole << 1), tail, halvesOf(v128.load(array)));
  }
}

/** Four float32 as halves in the lower half of a vector. */
// @ts-ignore: decorator
@inline
function halvesOf(v: v128): v128 {
  const bits = toHalf(v);
  return narrow(bits, bits);
}

function storeTail16(address: usize, count: usize, v: v128): void {
  v128.store16_lane(address, v, 0);
  if (count > 1) v128.store16_lane(address, v, 1, 2);
  if (count > 2) v128.store16_lane(address, v, 2, 4);
}

/** As `gatherColumns`. */
export function gatherHalfColumns(source: usize, stride: usize, rows: usize, columns: usize, tile: usize): void {
  const f = field(), o = offset(), s = smallest(), i = infinite(), g = sign(), l = last();
  for (let column: usize = 0; column < columns; column += 4, tile += ARRAY, source += stride << 2) {
    const most = columns - column - 1, second = source + min<usize>(most, 1) * stride,
      third = source + min<usize>(most, 2) * stride, fourth = source + min<usize>(most, 3) * stride;
    let to = tile, row: usize = 0;
    for (; row + 4 <= rows; row += 4, to += 64) {
      const at = row << 1;
      const a = v128.load16x4_u(source + at), b = v128.load16x4_u(second + at), c = v128.load16x4_u(third + at),
        d = v128.load16x4_u(fourth + at);
      const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<u32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      v128.store(to, widened(v128.shuffle<u64>(ab, cd, 0, 2), f, o, s, i, g, l));
      v128.store(to, widened(v128.shuffle<u64>(ab, cd, 1, 3), f, o, s, i, g, l), 16);
      v128.store(to, widened(v128.shuffle<u64>(AB, CD, 0, 2), f, o, s, i, g, l), 32);
      v128.store(to, widened(v128.shuffle<u64>(AB, CD, 1, 3), f, o, s, i, g, l), 48);
    }
    for (; row < rows; row++, to += 16) {
      const at = row << 1;
      const bits = i32x4(load<u16>(source + at), load<u16>(second + at), load<u16>(third + at), load<u16>(fourth + at));
      v128.store(to, widened(bits, f, o, s, i, g, l));
    }
  }
}

/** As `scatterColumns`. */
export function scatterHalfColumns(tile: usize, rows: usize, columns: usize, target: usize, stride: usize): void {
  for (let column: usize = 0; column < columns; column += 4, tile += ARRAY, target += stride << 2) {
    const most = columns - column - 1, second = target + min<usize>(most, 1) * stride,
      third = target + min<usize>(most, 2) * stride, fourth = target + min<usize>(most, 3) * stride;
    let from = tile, row: usize = 0;
    for (; row + 4 <= rows; row += 4, from += 64) {
      const at = row << 1;
      // Two rows of four columns, then pairs of one column's halves side by side, then fours.
      const a = narrow(toHalf(v128.load(from)), toHalf(v128.load(from, 16))),
        b = narrow(toHalf(v128.load(from, 32)), toHalf(v128.load(from, 48)));
      const low = v128.shuffle<u16>(a, b, 0, 4, 8, 12, 1, 5, 9, 13), high = v128.shuffle<u16>(a, b, 2, 6, 10, 14, 3, 7, 11, 15);
      if (most >= 3) v128.store64_lane(fourth + at, high, 1);
      if (most >= 2) v128.store64_lane(third + at, high, 0);
      if (most >= 1) v128.store64_lane(second + at, low, 1);
      v128.store64_lane(target + at, low, 0);
    }
    for (; row < rows; row++, from += 16) {
      const at = row << 1, bits = toHalf(v128.load(from));
      if (most >= 3) v128.store16_lane(fourth + at, bits, 6);
      if (most >= 2) v128.store16_lane(third + at, bits, 4);
      if (most >= 1) v128.store16_lane(second + at, bits, 2);
      v128.store16_lane(target + at, bits, 0);
    }
  }
}
