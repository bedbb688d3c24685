/**
 * The compiled kernels as both threads see them. Addresses and strides are in bytes from the start of the one
 * shared memory; counts are in elements. Kernels keep no state in memory except what their arguments name.
 */
export type KernelBuild = 'relaxed' | 'baseline';
export type KernelModuleName = 'float32' | 'float64' | 'float16' | 'convert' | 'csv' | 'lz4';

/** Reasons for an invalid row, as the payload of the NaN that a kernel leaves in the row's sum. */
export const INVALID_REASONS = { 1: 'nan', 2: '+inf', 3: 'all -inf' } as const;

/**
 * float32.wasm, float64.wasm, float16.wasm: softmax and log-softmax in one dtype.
 *
 * `sums` takes a float64 a row: the sum of the probabilities as stored (for log_softmax alone: of exp of the
 * stored values). A row with NaN, with +inf, or of -inf alone gets NaN throughout, and in `sums` a NaN with
 * payload 1, 2 or 3 (0x7ff8000000000001 …), the first that fits. A row without classes gets the sum 0.
 * `target` may be `source`; they must not overlap otherwise. No kernel writes outside the ranges it names.
 */
export interface SoftmaxKernels extends PieceKernels {
  /** The divisor of the logits for all later calls on this instance; 1 at the start. */
  set_temperature(temperature: number): void;
  /** Where this instance may write at will: SCRATCH_BYTES of src/memory.ts. Only float32.wasm needs it. */
  set_scratch?(address: number): void;
  /** Where float16.wasm computes in float32: as many bytes as workBytes of src/memory.ts says, or more. */
  set_work?(address: number, bytes: number): void;

  /** Rows one after the other: element (row, class) lies at source + (row * classes + class) * size. */
  softmax_rows(source: number, target: number, rows: number, classes: number, sums: number): void;
  log_softmax_rows(source: number, target: number, rows: number, classes: number, sums: number): void;
  /** Both in one pass; returns the largest |log(stored probability) - stored log-probability| where the former is a normal number. */
  both_rows(
    source: number,
    target: number,
    logTarget: number,
    rows: number,
    classes: number,
    sums: number,
  ): number;

  /**
   * Column-major tiles (wide tables, and inner dims of tensors): element (row, class) lies at
   * source + class * stride + row * size, and likewise in the targets. Any `rows`; strides are multiples of size.
   */
  softmax_columns(
    source: number,
    sourceStride: number,
    target: number,
    targetStride: number,
    rows: number,
    classes: number,
    sums: number,
  ): void;
  log_softmax_columns(
    source: number,
    sourceStride: number,
    target: number,
    targetStride: number,
    rows: number,
    classes: number,
    sums: number,
  ): void;
  both_columns(
    source: number,
    sourceStride: number,
    target: number,
    targetStride: number,
    logTarget: number,
    logTargetStride: number,
    rows: number,
    classes: number,
    sums: number,
  ): number;

  /**
   * Ragged rows: `rows` + 1 list offsets of 4 or 8 bytes; row i is the elements from offset i to offset i + 1, where
   * `source` and the targets lie at the first offset's element. Offsets must ascend (see rebase_offsets). A row comes
   * out as it does from the functions above with its number of classes.
   */
  softmax_ragged(
    source: number,
    target: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    sums: number,
  ): void;
  log_softmax_ragged(
    source: number,
    target: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    sums: number,
  ): void;
  both_ragged(
    source: number,
    target: number,
    logTarget: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    sums: number,
  ): number;

  /** Sums of stored probabilities, in the order and precision of `softmax_rows` and `softmax_columns`: the same bits. */
  sum_rows(source: number, rows: number, classes: number, sums: number): void;
  sum_columns(source: number, stride: number, rows: number, classes: number, sums: number): void;
  /** Sums of exp of stored log-probabilities, likewise. */
  sum_exp_rows(source: number, rows: number, classes: number, sums: number): void;
  sum_exp_columns(source: number, stride: number, rows: number, classes: number, sums: number): void;
  sum_ragged(source: number, offsets: number, offsetBytes: number, rows: number, sums: number): void;
  sum_exp_ragged(source: number, offsets: number, offsetBytes: number, rows: number, sums: number): void;
}

/** The op as a number, where one function does them all. */
export const OP_CODES = { softmax: 0, log_softmax: 1, both: 2 } as const;

/**
 * Of float16.wasm, float32.wasm and float64.wasm, for dim 0: what sums to one is a column. Element (row, column) lies at
 * source + row * stride + column * size, or, `inColumns`, at source + column * stride + row * size. What comes out of
 * some rows in several calls is what comes out of one call, bit for bit.
 */
export interface ColumnKernels {
  set_temperature(temperature: number): void;
  /** Folds some rows into the state of their columns; see ColumnStateKernels. Reads up to 12 bytes behind the last one. */
  fold_columns(
    inColumns: 0 | 1,
    source: number,
    stride: number,
    rows: number,
    columns: number,
    state: number,
  ): void;
  /**
   * From logits to results, by the parameters of their columns; adds what it stores, or exp of it where these are
   * log-probabilities alone, to the sums at `sums`. A target may be the source. Returns what `both_rows` returns.
   */
  apply_columns(
    op: number,
    inColumns: 0 | 1,
    source: number,
    stride: number,
    target: number,
    targetStride: number,
    logTarget: number,
    logStride: number,
    rows: number,
    columns: number,
    parameters: number,
    sums: number,
  ): number;
  /** Adds stored results (or exp of them) to sums, as `apply_columns` does. */
  add_columns(
    ofLogs: 0 | 1,
    inColumns: 0 | 1,
    source: number,
    stride: number,
    rows: number,
    columns: number,
    sums: number,
  ): void;
}

/**
 * Of float64.wasm: what is known of columns, for every dtype; workers/kernels/reduction/arrays.ts has the layout.
 * Arrays are float64, of a multiple of four columns each.
 */
export interface ColumnStateKernels {
  set_temperature(temperature: number): void;
  column_state_bytes(columns: number): number;
  column_parameter_bytes(columns: number): number;
  column_sum_bytes(columns: number): number;
  /** A state without elements. */
  columns_begin(state: number, columns: number): void;
  /** Adds the elements of `other` to `state`, as if they came after its own. */
  columns_merge(state: number, other: number, columns: number): void;
  /** The parameters of the second pass. Column i's reason (see INVALID_REASONS, 0: valid) is element i of the sixth array. */
  columns_finish(state: number, columns: number, parameters: number): void;
  /** Sums are pairs of float64, in two arrays; without elements, zeros. */
  column_sums_merge(sums: number, other: number, columns: number): void;
}

/** Every piece of a row but the last has a multiple of so many elements. */
export const PIECE_UNIT = 2048;

/**
 * Also in float32.wasm, float64.wasm and float16.wasm: one row too long for memory, in pieces that are read several
 * times over. Results and sums have the bits that `softmax_rows` and its like give a row of more than 64 classes.
 * An instance does one row at a time: it remembers what it has seen of it. The steps, in their order:
 */
export interface PieceKernels {
  row_begin(op: number, classes: number): void;
  row_extremes(source: number, count: number): void;
  /** 1, or 0 for a row without a softmax, which goes on with its results. */
  row_has_results(): number;
  /** May overwrite what it reads. */
  row_exponentials(source: number, count: number): void;
  /** 1: the row is to be read once more, by `row_others`. */
  row_needs_others(): number;
  row_others(source: number, count: number): void;
  /** `target` may be `source`; for `both`, `logTarget` is a third place. Returns what `both_rows` does. */
  row_results(source: number, target: number, logTarget: number, count: number): number;
  /** Stores the sum. */
  row_end(sums: number): void;

  /** The sum of stored probabilities, or of exp of stored log-probabilities, as of `sum_rows` and `sum_exp_rows`. */
  stored_begin(ofLogs: 0 | 1): void;
  stored_piece(source: number, count: number): void;
  stored_end(sums: number): void;
}

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

  /** Copies `count` bits to bit 0 of `target`, and zeros from there to the end of `targetBytes`. */
  copy_bitmap(bitmap: number, bitOffset: number, count: number, target: number, targetBytes: number): void;
  /** Unsets the bits of `target` (from its bit 0 on) that are unset in `bitmap`. */
  and_bitmap(bitmap: number, bitOffset: number, count: number, target: number): void;
  /** How many of `count` bits are set. */
  count_bits(bitmap: number, bitOffset: number, count: number): number;

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
} as const;

/**
 * The algorithm of each dtype's kernels: parts of the range reduction, steps of a table, degree of the polynomial, bits
 * of the sums; see workers/kernels/README.md.
 */
const ALGORITHMS = {
  float32: 'f32-rr2-p6-acc64',
  float64: 'f64-rr2-t256-p4-acc128',
  float16: 'f16-rr2-p6-acc64',
} as const;

/** The kernel as the summary and the journal name it. */
export function kernelName(dtype: keyof typeof ALGORITHMS, build: KernelBuild): string {
  return `${ALGORITHMS[dtype]}-${build === 'relaxed' ? 'relaxed-simd' : 'simd'}`;
}

/**
 * csv.wasm: text to columns. `work` is the address of a worker's work area, laid out in workers/kernels/csv/layout.ts;
 * workers/csv/parser.ts is their only caller. They read up to 63 bytes past the end of a text and 32 before its start.
 */
export interface CsvKernels {
  /** Sets bytes to zero. */
  clear(address: number, bytes: number, stride: number, count: number): void;
  /** Where the tables are expected: workers/csv/tables.ts writes them. */
  tables_address(): number;
  survey(work: number, start: number, end: number, result: number): void;
  /** The address after the first newline outside quotes, or 0. */
  find_row_end(work: number, start: number, end: number, inside: number): number;
  count_blank_lines(work: number, start: number, end: number): number;
  /** Goes on from where `work` says; returns DONE, MALFORMED or RESOLVE. */
  parse_rows(work: number): number;
  /** Writes the texts of a column one after the other, and up to 15 bytes more. */
  copy_text(work: number, slot: number, rows: number, target: number): void;
  /** Bit r of `target`: whether the bits r * classes to (r + 1) * classes - 1 of `validity` are all set. */
  row_validity(validity: number, rows: number, classes: number, target: number): void;
  /** Bit r of `target`: bit r * classes + index of `validity`. */
  class_validity(validity: number, rows: number, classes: number, index: number, target: number): void;
}

/** lz4.wasm: blocks of LZ4 and their checksums; workers/codecs/lz4.ts is its only caller, with a memory of its own. */
export interface Lz4Kernels {
  /** Returns the end of what was written, at most `targetEnd`, or 0 for a malformed block. */
  decode_block(
    source: number,
    sourceEnd: number,
    target: number,
    targetEnd: number,
    /** How far back matches may reach: an address. */
    oldest: number,
  ): number;
  /** `target` has room for length + length / 255 + 16, `table` is 16 KiB of scratch. Returns the end of the block. */
  encode_block(source: number, sourceEnd: number, target: number, table: number): number;
  /** `state` is 48 bytes. */
  checksum_begin(state: number): void;
  checksum_add(state: number, address: number, length: number): void;
  checksum_end(state: number): number;
}
