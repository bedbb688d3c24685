// convert.wasm: see ConvertKernels in src/kernels.ts.
export { canonical_sums, check_sums } from './convert/sums';
export { transpose } from './convert/transpose';
