/**
 * Copies a matrix into its transpose: element (row, column) goes from source + row * sourceStride + column * size
 * to target + column * targetStride + row * size. Strides are in bytes; `size` is 1, 2, 4 or 8. Row-major values
 * become wide columns this way, and, with rows and columns exchanged, wide columns become rows again.
 *
 * Blocks of one cache line (64 bytes) of the target by one of the source keep both sides in whole lines;
 * inside a block, small squares are transposed in registers.
 */
export function transpose(
  source: usize,
  sourceStride: usize,
  rows: i32,
  columns: i32,
  size: i32,
  target: usize,
  targetStride: usize,
): void {
  // Lines 4,096 bytes apart share a set of the first-level cache and evict each other: take half as many at a
  // time. That costs half the speed all the same; a stride 64 bytes longer does not.
  const crowded = (sourceStride & 4095) == 0 || (targetStride & 4095) == 0;
  const line = (crowded ? 32 : 64) / size;
  for (let row = 0; row < rows; row += line) {
    const height = min(line, rows - row);
    const from = source + <usize>row * sourceStride;
    const to = target + <usize>(row * size);
    for (let column = 0; column < columns; column += line) {
      const width = min(line, columns - column);
      const a = from + <usize>(column * size);
      const b = to + <usize>column * targetStride;
      if (size == 4) block32(a, sourceStride, height, width, b, targetStride);
      else if (size == 8) block64(a, sourceStride, height, width, b, targetStride);
      else if (size == 2) block16(a, sourceStride, height, width, b, targetStride);
      else cells<u8>(a, sourceStride, 0, height, 0, width, b, targetStride);
    }
  }
}

/** The cells of rows [row, rows) and columns [column, columns), one by one. */
// @ts-ignore: decorator
@inline
function cells<T>(
  source: usize,
  sourceStride: usize,
  row: i32,
  rows: i32,
  column: i32,
  columns: i32,
  target: usize,
  targetStride: usize,
): void {
  for (let j = column; j < columns; j++) {
    for (let i = row; i < rows; i++) {
      const value = load<T>(source + <usize>i * sourceStride + <usize>j * sizeof<T>());
      store<T>(target + <usize>j * targetStride + <usize>i * sizeof<T>(), value);
    }
  }
}

function block64(
  source: usize,
  sourceStride: usize,
  rows: i32,
  columns: i32,
  target: usize,
  targetStride: usize,
): void {
  const height = rows & ~1;
  const width = columns & ~1;
  for (let j = 0; j < width; j += 2) {
    let from = source + <usize>j * 8;
    let to = target + <usize>j * targetStride;
    for (let i = 0; i < height; i += 2) {
      const a = v128.load(from);
      const b = v128.load(from + sourceStride);
      v128.store(to, v128.shuffle<u64>(a, b, 0, 2));
      v128.store(to + targetStride, v128.shuffle<u64>(a, b, 1, 3));
      from += sourceStride << 1;
      to += 16;
    }
  }
  cells<u64>(source, sourceStride, height, rows, 0, width, target, targetStride);
  cells<u64>(source, sourceStride, 0, rows, width, columns, target, targetStride);
}

function block32(
  source: usize,
  sourceStride: usize,
  rows: i32,
  columns: i32,
  target: usize,
  targetStride: usize,
): void {
  const height = rows & ~3;
  const width = columns & ~3;
  for (let j = 0; j < width; j += 4) {
    let from = source + <usize>j * 4;
    const to0 = target + <usize>j * targetStride;
    const to1 = to0 + targetStride;
    const to2 = to1 + targetStride;
    const to3 = to2 + targetStride;
    for (let i = 0; i < height; i += 4) {
      const a = v128.load(from);
      const b = v128.load(from + sourceStride);
      const c = v128.load(from + (sourceStride << 1));
      const d = v128.load(from + sourceStride * 3);
      const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
      const AB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
      const CD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      const to = <usize>i * 4;
      v128.store(to0 + to, v128.shuffle<u64>(ab, cd, 0, 2));
      v128.store(to1 + to, v128.shuffle<u64>(ab, cd, 1, 3));
      v128.store(to2 + to, v128.shuffle<u64>(AB, CD, 0, 2));
      v128.store(to3 + to, v128.shuffle<u64>(AB, CD, 1, 3));
      from += sourceStride << 2;
    }
  }
  cells<u32>(source, sourceStride, height, rows, 0, width, target, targetStride);
  cells<u32>(source, sourceStride, 0, rows, width, columns, target, targetStride);
}

/** Eight rows of four columns: three rounds of interleaving. */
function block16(
  source: usize,
  sourceStride: usize,
  rows: i32,
  columns: i32,
  target: usize,
  targetStride: usize,
): void {
  const height = rows & ~7;
  const width = columns & ~3;
  for (let j = 0; j < width; j += 4) {
    let from = source + <usize>j * 2;
    const to0 = target + <usize>j * targetStride;
    const to1 = to0 + targetStride;
    const to2 = to1 + targetStride;
    const to3 = to2 + targetStride;
    for (let i = 0; i < height; i += 8) {
      const stride2 = sourceStride << 1;
      const stride4 = sourceStride << 2;
      const odd = from + sourceStride;
      const a = interleave(v128.load_zero<u64>(from), v128.load_zero<u64>(odd));
      const b = interleave(v128.load_zero<u64>(from + stride2), v128.load_zero<u64>(odd + stride2));
      const c = interleave(v128.load_zero<u64>(from + stride4), v128.load_zero<u64>(odd + stride4));
      const d = interleave(v128.load_zero<u64>(from + stride4 + stride2), v128.load_zero<u64>(odd + stride4 + stride2));
      const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
      const AB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
      const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
      const CD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      const to = <usize>i * 2;
      v128.store(to0 + to, v128.shuffle<u64>(ab, cd, 0, 2));
      v128.store(to1 + to, v128.shuffle<u64>(ab, cd, 1, 3));
      v128.store(to2 + to, v128.shuffle<u64>(AB, CD, 0, 2));
      v128.store(to3 + to, v128.shuffle<u64>(AB, CD, 1, 3));
      from += sourceStride << 3;
    }
  }
  cells<u16>(source, sourceStride, height, rows, 0, width, target, targetStride);
  cells<u16>(source, sourceStride, 0, rows, width, columns, target, targetStride);
}

// @ts-ignore: decorator
@inline
function interleave(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
