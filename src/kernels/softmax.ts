import type { PieceKernels } from './long-row.ts';

/** The ops as kernels know them: workers/kernels/ops.ts. */
export const OP_CODES = { softmax: 0, log_softmax: 1, both: 2, sigmoid: 3 } as const;

/** What is added up of stored results, as kernels know it; `nothing`: each value is to be within [0, 1]. */
export const SUM_CODES = { values: 0, exponentials: 1, nothing: 2 } as const;

/** Reasons for an invalid row, as the payload of the NaN that a kernel leaves in the row's sum. */
export const INVALID_REASONS = { 1: 'nan', 2: '+inf', 3: 'all -inf', 4: 'range' } as const;

/** The sum of stored values of which one is no probability, or no logarithm of one. */
export const OUT_OF_RANGE = 0x7ff8_0000_0000_0004n;

/**
 * float32.wasm, float64.wasm, float16.wasm: softmax and log-softmax in one dtype.
 *
 * `sums` takes a float64 a row: the sum of the probabilities as stored (for log_softmax alone: of exp of the
 * stored values). A row with NaN, with +inf, or of -inf alone gets NaN throughout, and in `sums` a NaN with
 * payload 1, 2 or 3 (0x7ff8000000000001 …), the first that fits. A row without classes gets the sum 0. sigmoid takes each
 * logit by itself: there is no sum, but in its place 1, or NaN with payload 1 for a row with NaN.
 * `target` may be `source`; they must not overlap otherwise. No kernel writes outside the ranges it names.
 */
export interface SoftmaxKernels extends PieceKernels {
  /** The divisor of the logits for all later calls on this instance; 1 at the start. */
  set_temperature(temperature: number): void;
  /** Where this instance may write at will: SCRATCH_BYTES of src/memory/slabs.ts. */
  set_scratch?(address: number): void;
  /** Where float16.wasm computes in float32: as many bytes as workBytes of src/memory/slabs.ts says, or more. */
  set_work?(address: number, bytes: number): void;

  /**
   * Rows one after the other: element (row, class) lies at source + (row * classes + class) * size, and likewise in
   * the targets. Of an op with two results, the second one goes to `logTarget`, which others leave alone. Returns the
   * largest |log(stored probability) - stored log-probability| where the former is a normal number, for `both`; else 0.
   */
  compute_rows(
    op: number,
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
  compute_columns(
    op: number,
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
   * out as it does from `compute_rows` with its number of classes.
   */
  compute_ragged(
    op: number,
    source: number,
    target: number,
    logTarget: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    sums: number,
  ): number;

  /**
   * Sums of stored values, or of exp of them, as SUM_CODES says, in the order and precision in which the functions above
   * add them up: the same bits. Of `nothing`, in the place of a sum, 1, or NaN with payload 1 or 4 where one of the values
   * is NaN, or outside [0, 1].
   */
  sum_rows(terms: number, source: number, rows: number, classes: number, sums: number): void;
  sum_columns(
    terms: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    sums: number,
  ): void;
  sum_ragged(
    terms: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    sums: number,
  ): void;
}
