/** Arrays of float64 with an element a column, as workers/kernels/reduction/arrays.ts has them. */
export const COLUMN_ARRAYS = { states: 4, parameters: 6, sums: 2 } as const;

/** Of the parameters: why a column is invalid, as an integer (see INVALID_REASONS); 0: it is valid. */
export const REASON_ARRAY = 5;

/** Bytes of one array: columns are padded to whole vectors of float32. */
export function columnArrayBytes(width: number): number {
  return Math.ceil(width / 4) * 32;
}
