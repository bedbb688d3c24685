// dim 0: a tile of some rows of up to sixteen columns, in vectors of four columns each. A tile lies in the scratch as
// one array of vectors for each four columns, so that a step always runs down an array, wherever the columns come from.
import { storeTail32 } from '../common';

/** Rows of a tile: with sixteen columns, a tile of logits and those of two results fit in the first-level cache. */
export const TILE_ROWS: usize = 64;
/** Columns of a tile: one cache line of a row. */
export const TILE_COLUMNS: usize = 16;
/** Bytes from one array of vectors to the next. */
export const ARRAY: usize = TILE_ROWS << 4;
export const TILE_BYTES: usize = ARRAY * (TILE_COLUMNS >> 2);

/**
 * `rows` vectors from row-major rows `stride` bytes apart. Up to three lanes behind the last column are read along,
 * whatever stands there: they are never stored.
 */
export function gatherRows(source: usize, stride: usize, rows: usize, columns: usize, tile: usize): void {
  const end = tile + (rows << 4);
  if (columns == 16) {
    for (let to = tile; to < end; to += 16, source += stride) {
      v128.store(to, v128.load(source));
      v128.store(to, v128.load(source, 16), ARRAY);
      v128.store(to, v128.load(source, 32), 2 * ARRAY);
      v128.store(to, v128.load(source, 48), 3 * ARRAY);
    }
    return;
  }
  for (let to = tile; to < end; to += 16, source += stride)
    for (let column: usize = 0, array = to; column < columns; column += 4, array += ARRAY)
      v128.store(array, v128.load(source + (column << 2)));
}

export function scatterRows(tile: usize, rows: usize, columns: usize, target: usize, stride: usize): void {
  const end = tile + (rows << 4), whole = columns & ~3, tail = columns & 3;
  if (columns == 16) {
    for (let from = tile; from < end; from += 16, target += stride) {
      v128.store(target, v128.load(from));
      v128.store(target, v128.load(from, ARRAY), 16);
      v128.store(target, v128.load(from, 2 * ARRAY), 32);
      v128.store(target, v128.load(from, 3 * ARRAY), 48);
    }
    return;
  }
  for (let from = tile; from < end; from += 16, target += stride) {
    let array = from;
    for (let column: usize = 0; column < whole; column += 4, array += ARRAY)
      v128.store(target + (column << 2), v128.load(array));
    if (tail) storeTail32(target + (whole << 2), tail, v128.load(array));
  }
}

/** The same from columns `stride` bytes apart: squares of four are transposed in registers. */
export function gatherColumns(source: usize, stride: usize, rows: usize, columns: usize, tile: usize): void {
  for (let column: usize = 0; column < columns; column += 4, tile += ARRAY, source += stride << 2) {
    const last = columns - column - 1, second = source + min<usize>(last, 1) * stride,
      third = source + min<usize>(last, 2) * stride, fourth = source + min<usize>(last, 3) * stride;
    let to = tile, row: usize = 0;
    for (; row + 4 <= rows; row += 4, to += 64) {
      const at = row << 2;
      const a = v128.load(source + at), b = v128.load(second + at), c = v128.load(third + at), d = v128.load(fourth + at);
      const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<u32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2));
      v128.store(to, v128.shuffle<u64>(ab, cd, 1, 3), 16);
      v128.store(to, v128.shuffle<u64>(AB, CD, 0, 2), 32);
      v128.store(to, v128.shuffle<u64>(AB, CD, 1, 3), 48);
    }
    for (; row < rows; row++, to += 16) {
      const at = row << 2;
      store<u32>(to, load<u32>(source + at));
      store<u32>(to, load<u32>(second + at), 4);
      store<u32>(to, load<u32>(third + at), 8);
      store<u32>(to, load<u32>(fourth + at), 12);
    }
  }
}

export function scatterColumns(tile: usize, rows: usize, columns: usize, target: usize, stride: usize): void {
  for (let column: usize = 0; column < columns; column += 4, tile += ARRAY, target += stride << 2) {
    const last = columns - column - 1, second = target + min<usize>(last, 1) * stride,
      third = target + min<usize>(last, 2) * stride, fourth = target + min<usize>(last, 3) * stride;
    let from = tile, row: usize = 0;
    for (; row + 4 <= rows; row += 4, from += 64) {
      const at = row << 2;
      const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
      const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<u32>(a, b, 2, 6, 3, 7), CD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      if (last >= 3) v128.store(fourth + at, v128.shuffle<u64>(AB, CD, 1, 3));
      if (last >= 2) v128.store(third + at, v128.shuffle<u64>(AB, CD, 0, 2));
      if (last >= 1) v128.store(second + at, v128.shuffle<u64>(ab, cd, 1, 3));
      v128.store(target + at, v128.shuffle<u64>(ab, cd, 0, 2));
    }
    for (; row < rows; row++, from += 16) {
      const at = row << 2;
      if (last >= 3) store<u32>(fourth + at, load<u32>(from, 12));
      if (last >= 2) store<u32>(third + at, load<u32>(from, 8));
      if (last >= 1) store<u32>(second + at, load<u32>(from, 4));
      store<u32>(target + at, load<u32>(from));
    }
  }
}
