/**
 * The compiled kernels as both threads see them, one file of src/kernels/ for each thing they do. Addresses and strides are in bytes from the start of the one
 * shared memory; counts are in elements. Kernels keep no state in memory except what their arguments name.
 */

export type KernelBuild = 'relaxed' | 'baseline';
export type KernelModuleName = 'float32' | 'float64' | 'float16' | 'convert' | 'csv' | 'lz4' | 'derived';

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
