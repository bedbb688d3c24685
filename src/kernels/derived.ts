/**
 * derived.wasm: what is known of each slice beside its results, from its logits, which have `size` bytes each (2, 4 and 8
 * are float16, float32 and float64). Forms are those of SoftmaxKernels. Results lie one after the other at `out`, one a
 * slice; those of a slice without softmax (NaN, +inf, -inf alone, no classes) mean nothing, but for argmax's.
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
}
