// convert.wasm: see ConvertKernels in src/kernels/convert.ts.
export { and_bitmap } from './convert/bitmaps';
export { cast } from './convert/casts';
export { clear_ragged_rows_with_nulls, clear_rows_with_nulls, mask_nulls, zero_null_rows } from './convert/nulls';
export { rebase_offsets } from './convert/offsets';
export { are_float32, first_out_of_range } from './convert/ranges';
export { canonical_sums, check_sums } from './convert/sums';
export { transpose } from './convert/transpose';
