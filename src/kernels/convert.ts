/** Only in float64.wasm would these differ by dtype, so they live once, in convert.wasm: sums are float64 always. */
export interface SumKernels {
  /**
   * Compares `count` sums with 1. A sum is invalid when not (abs(sum - 1) <= tolerance). With `zeroIsValid` 1, a
   * sum of exactly 0 is a row without classes, which is valid and has no deviation (no row with classes has that
   * sum when the kernels made it). Rows whose bit in `validity` (an Arrow bitmap that starts at bit
   * `validityOffset`; address 0: all valid) is unset are null and left out. `result` takes 4 float64: invalid
   * rows, null rows, the largest |sum - 1| over finite sums (0 if there are none), and the first index where that
   * stands (-1: none).
   */
  check_sums(
    sums: number,
    count: number,
    tolerance: number,
    validity: number,
    validityOffset: number,
    result: number,
    zeroIsValid?: 0 | 1,
  ): void;
  /** Replaces every NaN by the canonical one, so that no payload reaches a file. */
  canonical_sums(sums: number, count: number): void;
}

/** The rest of convert.wasm: what happens to bytes before and after a kernel. Bitmaps are Arrow's: least bit first. */
export interface ConvertKernels extends SumKernels {
  /**
   * Copies a matrix into its transpose: element (row, column) goes from source + row * sourceStride + column * size
   * to target + column * targetStride + row * size; `size` is 1, 2, 4 or 8 bytes. The two must not overlap.
   * Row-major values become wide columns (sourceStride = columns * size); with rows and columns exchanged, wide
   * columns become rows. Twice as fast when neither stride is a multiple of 4,096 bytes: give columns 64 more.
   */
  transpose(
    source: number,
    sourceStride: number,
    rows: number,
    columns: number,
    size: number,
    target: number,
    targetStride: number,
  ): void;

  /**
   * Casts `count` numbers between two of CAST_TYPES, the target a float: each is rounded once, to the nearest, ties
   * to even; what is too large is infinite; NaN stays NaN. `target` may be `source` where its elements are not larger.
   */
  cast(source: number, sourceType: number, target: number, targetType: number, count: number): void;

  /**
   * The index of the first of `count` floats of `size` bytes (2, 4, 8) that is no probability (below 0 or above 1), or
   * with `logs` 1 no logarithm of one (above 0); -1 where all are. NaN is left out.
   */
  first_out_of_range(values: number, count: number, size: number, logs: 0 | 1): number;
  /** 1 where each of `count` float64 is a float32, or NaN; else 0. */
  are_float32(values: number, count: number): 0 | 1;

  /** Writes -inf over the floats of `size` bytes (2, 4, 8) whose bit is unset. */
  mask_nulls(values: number, count: number, size: number, bitmap: number, bitOffset: number): void;
  /**
   * Unsets bit `row` of `rowBitmap` (which starts at bit 0) for each row with an unset bit among the `classes` bits
   * from bitOffset + row * classes on; returns how many were set before. The elements may be inner lists.
   */
  clear_rows_with_nulls(
    bitmap: number,
    bitOffset: number,
    rows: number,
    classes: number,
    rowBitmap: number,
  ): number;
  /** The same for ragged rows: `rows` + 1 offsets of 4 or 8 bytes; `bitOffset` is the bit of the first offset's element. */
  clear_ragged_rows_with_nulls(
    bitmap: number,
    bitOffset: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    rowBitmap: number,
  ): number;
  /** Writes zeros over the rows whose bit is unset. */
  zero_null_rows(values: number, rowBytes: number, rows: number, bitmap: number, bitOffset: number): void;

  /** Unsets the bits of `target` (from its bit 0 on) that are unset in `bitmap`. */
  and_bitmap(bitmap: number, bitOffset: number, count: number, target: number): void;

  /**
   * Copies `count` list offsets of 4 or 8 bytes, less `base`; `target` may be `source`. Returns the index of the
   * first that is below the one before it (or below `base`) or above `limit`, or -1.
   */
  rebase_offsets(
    source: number,
    offsetBytes: number,
    count: number,
    target: number,
    base: number,
    limit: number,
  ): number;
}

/** The element types of `cast`. */
export const CAST_TYPES = {
  int8: 0,
  uint8: 1,
  int16: 2,
  uint16: 3,
  int32: 4,
  uint32: 5,
  int64: 6,
  uint64: 7,
  float16: 8,
  float32: 9,
  float64: 10,
  bfloat16: 11,
} as const;

/** By the codes of CAST_TYPES. */
export const CAST_BYTES = Uint8Array.of(1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8, 2);
