/** Every piece of a row but the last has a multiple of so many elements. */
export const PIECE_UNIT = 2048;

/**
 * Also in float32.wasm, float64.wasm and float16.wasm: one row too long for memory, in pieces that are read several
 * times over. Results and sums have the bits that `compute_rows` gives a row of more than 64 classes.
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
  /** `target` may be `source`; for an op with two results, `logTarget` is a third place. Returns what `compute_rows` does. */
  row_results(source: number, target: number, logTarget: number, count: number): number;
  /** Stores the sum. */
  row_end(sums: number): void;

  /** The sum of stored probabilities, or of exp of stored log-probabilities, as of `sum_rows`. */
  stored_begin(terms: number): void;
  stored_piece(source: number, count: number): void;
  stored_end(sums: number): void;
}
