// Rows of few classes: a tile of rows is transposed into the scratch, computed there as columns, and transposed back.
// Lanes then run across rows, and no lane is left idle, nor is any row added up across lanes.

/** Rows of at most this many classes are computed as columns. */
export const FEW: usize = 64;
/** Bytes of one tile. */
export const TILE: usize = 16384;

/** As many rows as a tile holds, in whole cache lines. */
// @ts-ignore: decorator
@inline
export function rowsOfTile(classes: usize): usize { return min<usize>(TILE / (classes << 2), 256) & ~15; }

/** Rows one after the other to columns `stride` bytes apart. */
export function gather(source: usize, rows: usize, classes: usize, tile: usize, stride: usize): void {
  const length = classes << 2;
  let row: usize = 0;
  if (classes >= 4) {
    for (; row + 4 <= rows; row += 4, source += length << 2, tile += 16)
      for (let i: usize = 0; i < classes; i += 4) {
        // The last block may overlap the one before: it reads nothing beyond the row.
        const at = min(i, classes - 4);
        const from = source + (at << 2), to = tile + at * stride;
        const a = v128.load(from), b = v128.load(from + length), c = v128.load(from + (length << 1)),
          d = v128.load(from + length * 3);
        const ab = lows(a, b), cd = lows(c, d), ab2 = highs(a, b), cd2 = highs(c, d);
        v128.store(to, firstHalves(ab, cd));
        v128.store(to + stride, secondHalves(ab, cd));
        v128.store(to + (stride << 1), firstHalves(ab2, cd2));
        v128.store(to + stride * 3, secondHalves(ab2, cd2));
      }
  } else if (classes == 3) {
    for (; row + 4 <= rows; row += 4, source += 48, tile += 16) {
      const a = v128.load(source), b = v128.load(source, 16), c = v128.load(source, 32);
      const a0 = i32x4.shuffle(a, b, 0, 3, 6, 6), a1 = i32x4.shuffle(a, b, 1, 4, 7, 7), a2 = i32x4.shuffle(a, b, 2, 5, 5, 5);
      v128.store(tile, i32x4.shuffle(a0, c, 0, 1, 2, 5));
      v128.store(tile + stride, i32x4.shuffle(a1, c, 0, 1, 2, 6));
      v128.store(tile + (stride << 1), i32x4.shuffle(a2, c, 0, 1, 4, 7));
    }
  } else if (classes == 2) {
    for (; row + 4 <= rows; row += 4, source += 32, tile += 16) {
      const a = v128.load(source), b = v128.load(source, 16);
      v128.store(tile, i32x4.shuffle(a, b, 0, 2, 4, 6));
      v128.store(tile + stride, i32x4.shuffle(a, b, 1, 3, 5, 7));
    }
  }
  for (; row < rows; row++, source += length, tile += 4)
    for (let i: usize = 0; i < classes; i++) store<f32>(tile + i * stride, load<f32>(source + (i << 2)));
}

/** Columns `stride` bytes apart to rows one after the other. */
export function scatter(tile: usize, stride: usize, rows: usize, classes: usize, target: usize): void {
  const length = classes << 2;
  let row: usize = 0;
  if (classes >= 4) {
    for (; row + 4 <= rows; row += 4, target += length << 2, tile += 16)
      for (let i: usize = 0; i < classes; i += 4) {
        const at = min(i, classes - 4);
        const to = target + (at << 2), from = tile + at * stride;
        const a = v128.load(from), b = v128.load(from + stride), c = v128.load(from + (stride << 1)),
          d = v128.load(from + stride * 3);
        const ab = lows(a, b), cd = lows(c, d), ab2 = highs(a, b), cd2 = highs(c, d);
        v128.store(to, firstHalves(ab, cd));
        v128.store(to + length, secondHalves(ab, cd));
        v128.store(to + (length << 1), firstHalves(ab2, cd2));
        v128.store(to + length * 3, secondHalves(ab2, cd2));
      }
  } else if (classes == 3) {
    for (; row + 4 <= rows; row += 4, target += 48, tile += 16) {
      const a = v128.load(tile), b = v128.load(tile + stride), c = v128.load(tile + (stride << 1));
      const ab = lows(a, b), ab2 = highs(a, b);
      v128.store(target, i32x4.shuffle(ab, i32x4.shuffle(a, c, 1, 4, 1, 4), 0, 1, 5, 4));
      v128.store(target, i32x4.shuffle(i32x4.shuffle(b, c, 1, 5, 1, 5), ab2, 0, 1, 4, 5), 16);
      v128.store(target, i32x4.shuffle(i32x4.shuffle(c, a, 2, 7, 2, 7), i32x4.shuffle(b, c, 3, 7, 3, 7), 0, 1, 4, 5), 32);
    }
  } else if (classes == 2) {
    for (; row + 4 <= rows; row += 4, target += 32, tile += 16) {
      const a = v128.load(tile), b = v128.load(tile + stride);
      v128.store(target, lows(a, b));
      v128.store(target, highs(a, b), 16);
    }
  }
  for (; row < rows; row++, target += length, tile += 4)
    for (let i: usize = 0; i < classes; i++) store<f32>(target + (i << 2), load<f32>(tile + i * stride));
}

// @ts-ignore: decorator
@inline
export function lows(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 0, 4, 1, 5); }
// @ts-ignore: decorator
@inline
export function highs(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 2, 6, 3, 7); }
// @ts-ignore: decorator
@inline
export function firstHalves(a: v128, b: v128): v128 { return i64x2.shuffle(a, b, 0, 2); }
// @ts-ignore: decorator
@inline
export function secondHalves(a: v128, b: v128): v128 { return i64x2.shuffle(a, b, 1, 3); }
