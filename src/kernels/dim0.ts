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
   * log-probabilities alone, to the sums at `sums`. A target may be the source. Returns what `compute_rows` returns.
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
