/** Bytes of what `statistics_rows` and its like write for a slice: four float64. */
export const STATISTICS_BYTES = 32;

/** Bytes of what `label_rows` and its like write for a slice: a float64, an int32, and four more. */
export const LABELLED_BYTES = 16;

/** Logits of a piece of a slice are a multiple of so many, but for the last piece. */
export const STATISTICS_UNIT = 256;

/**
 * derived.wasm: what is known of each slice beside its results, from its logits, which have `size` bytes each (2, 4 and 8
 * are float16, float32 and float64). Forms are those of SoftmaxKernels. Results lie one after the other at `out`, one a
 * slice; those of a slice without softmax (NaN, +inf, -inf alone, no classes) are NaN, or -1.
 *
 * Several columns are made of the same statistics, which are taken of the logits once, before the op takes their place:
 * `statistics_rows` and its like, then `entropies` and its like over all slices of a pass.
 */
export interface DerivedKernels {
  /** An int32 each: the class with the largest logit, the first of equal ones; -1 for a slice without softmax. */
  argmax_rows(size: number, source: number, rows: number, classes: number, out: number): void;
  argmax_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    out: number,
  ): void;
  argmax_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    out: number,
  ): void;
  /** One slice in pieces, of any size. */
  argmax_begin(): void;
  argmax_piece(size: number, source: number, count: number): void;
  argmax_end(out: number): void;

  /** The divisor of the logits for all later calls on this instance; 1 at the start. */
  set_temperature(temperature: number): void;
  /** Where this instance may write at will: SCRATCH_BYTES of src/memory/slabs.ts. */
  set_scratch(address: number): void;

  /**
   * STATISTICS_BYTES each: the largest logit, the second largest, and sums of exponentials. The bits are the same however
   * rows are cut into calls, and slices into pieces. Halves and float32: within 2^-26 of them, relatively, and where many
   * are added up much less; float64: 2^-48.
   */
  statistics_rows(size: number, source: number, rows: number, classes: number, out: number): void;
  statistics_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    out: number,
  ): void;
  statistics_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    out: number,
  ): void;
  /** One slice in pieces, all of them twice: first `statistics_extremes`, then `statistics_sums`. */
  statistics_begin(size: number): void;
  statistics_extremes(size: number, source: number, count: number): void;
  statistics_sums(size: number, source: number, count: number): void;
  statistics_end(size: number, out: number): void;

  // From statistics of `count` slices, a float64 each; convert's `cast` makes other dtypes of them, rounded once.

  /** In nats; never negative, and 0 only where all but one class are -inf or further off than any result shows. */
  entropies(statistics: number, count: number, out: number): void;
  /** log of the sum of e^(logit / temperature) */
  log_sum_exps(statistics: number, count: number, out: number): void;
  /** The largest probability; that which the op stores may differ from it in the last place. */
  largest_probabilities(statistics: number, count: number, out: number): void;
  /** The largest probability less the second largest, without cancellation. */
  margins(statistics: number, count: number, out: number): void;

  /**
   * The classes of the k largest logits, k int32 a slice: by falling logit, equal ones by rising class; -1 where a slice has
   * fewer numbers. `work` has `topKWork(k)` bytes. k is at least 1.
   */
  topk_rows(
    size: number,
    source: number,
    rows: number,
    classes: number,
    k: number,
    work: number,
    out: number,
  ): void;
  topk_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    k: number,
    work: number,
    out: number,
  ): void;
  topk_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    k: number,
    work: number,
    out: number,
  ): void;
  /** One slice in pieces, of any size; `work` stays from its beginning to its end. */
  topk_begin(k: number, work: number): void;
  topk_piece(size: number, source: number, count: number): void;
  topk_end(out: number): void;

  /** The probability of all classes but the k at `ids`, of logits and their statistics: a float64 a slice, summed by itself. */
  topk_rest_rows(
    size: number,
    source: number,
    rows: number,
    classes: number,
    k: number,
    ids: number,
    statistics: number,
    out: number,
  ): void;
  topk_rest_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    k: number,
    ids: number,
    statistics: number,
    out: number,
  ): void;
  topk_rest_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    k: number,
    ids: number,
    statistics: number,
    out: number,
  ): void;
  /**
   * The same in pieces, all but the last of them multiples of STATISTICS_UNIT: what `topk_end` gave last, and its logit,
   * is known by then.
   */
  topk_rest_begin(statistics: number, lastLogit: number, lastClass: number): void;
  topk_rest_piece(size: number, source: number, count: number): void;
  topk_rest_end(statistics: number, out: number): void;

  /**
   * Numbers of the given classes, k int32 a slice, out of values of `size` bytes: of results once the op has made them, bit
   * for bit, or of logits. NaN where the class is -1.
   */
  gather_rows(
    size: number,
    source: number,
    rows: number,
    classes: number,
    k: number,
    ids: number,
    out: number,
  ): void;
  gather_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    k: number,
    ids: number,
    out: number,
  ): void;
  gather_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    k: number,
    ids: number,
    out: number,
  ): void;

  /**
   * LABELLED_BYTES a slice, whose label is an int32 at `labels`: the label's logit as float64; and as int32, 8 bytes behind
   * it, its rank: 1 and how many logits are above it. NaN and 0 where there is no such class.
   */
  label_rows(size: number, source: number, rows: number, classes: number, labels: number, out: number): void;
  label_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    labels: number,
    out: number,
  ): void;
  label_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    labels: number,
    out: number,
  ): void;
  /** How many logits of a piece are above the logit at `label`, which has `size` bytes too. */
  count_above(size: number, source: number, count: number, label: number): number;

  /**
   * An int32 a slice: how many of the largest classes it takes for the mass `part` (above 0, at most 1), by logits and their
   * statistics; 0 for a slice without softmax. `work` has NUCLEUS_WORK bytes.
   */
  nucleus_rows(
    size: number,
    source: number,
    rows: number,
    classes: number,
    part: number,
    statistics: number,
    work: number,
    out: number,
  ): void;
  nucleus_columns(
    size: number,
    source: number,
    stride: number,
    rows: number,
    classes: number,
    part: number,
    statistics: number,
    work: number,
    out: number,
  ): void;
  nucleus_ragged(
    size: number,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    part: number,
    statistics: number,
    work: number,
    out: number,
  ): void;
  /** One slice in pieces, of any size, all of them again and again until the end of a pass gives the number, and not -1. */
  nucleus_begin(part: number, statistics: number, work: number): void;
  nucleus_piece(size: number, source: number, count: number): void;
  nucleus_end_pass(): number;

  // From statistics, and from what `label_rows` and its like wrote, of `count` slices: a float64 each.

  label_log_probabilities(statistics: number, labelled: number, count: number, out: number): void;
  negative_log_likelihoods(statistics: number, labelled: number, count: number, out: number): void;
  label_probabilities(statistics: number, labelled: number, count: number, out: number): void;
}

/** Bytes that `topk_rows` and its like need to work in. */
export const topKWork = (k: number): number => 16 * k + 16;

/** Bytes that `nucleus_rows` and its like need to work in. */
export const NUCLEUS_WORK = 12_288;
