// dim 0: what is kept of each column (a slice along the file's rows), in arrays of float64, one behind the other. All
// dtypes share them, so that float64.wasm can merge and finish what another module has folded.

/** Columns are padded to whole vectors of float32. */
// @ts-ignore: decorator
@inline
export function arrayBytes(width: usize): usize { return ((width + 3) & ~3) << 3; }

// Of the state, while elements are folded:
/** A logit of the column that exponentials refer to; -inf before the first finite one. */
export const REFERENCE: usize = 0;
/** The largest logit, -inf without any. */
export const MAXIMUM: usize = 1;
/** The sum of 2^256 e^((x - reference) / T) over all elements but one that equals the maximum, as a pair. */
export const SUM_HIGH: usize = 2;
export const SUM_LOW: usize = 3;
export const STATE_ARRAYS: usize = 4;

// Of the parameters that `columns_finish` derives from it: the maximum, 1 / sum and log(sum) as pairs, where the sum is
// that of e^((x - maximum) / T), and why the column is invalid, as an integer.
export const INVERSE: usize = 0;
export const INVERSE_REST: usize = 2;
export const LOG: usize = 3;
export const LOG_REST: usize = 4;
export const REASON: usize = 5;
export const PARAMETER_ARRAYS: usize = 6;

/** Of the sum of stored results: a pair. */
export const SUM_ARRAYS: usize = 2;
