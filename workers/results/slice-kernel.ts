import type { DerivedKernels } from '../../src/kernels/derived.ts';

/** What the kernels of a column have to know of a job. */
export interface SliceJob {
  kernels: DerivedKernels;
  /** Bytes of a logit. */
  size: number;
  /** Values of a slice. */
  length: number;
  /** Where kernels may work: see `topKWork`. */
  work: number;
}

/**
 * Computes a column from the logits of slices, before the op takes their place, in every form that logits have in the
 * slab; see DerivedKernels. `out` takes the values, one slice after the other.
 */
export interface LogitKernel {
  readonly from: 'logits';
  rows(job: SliceJob, source: number, slices: number, classes: number, out: number): void;
  columns(job: SliceJob, source: number, stride: number, slices: number, classes: number, out: number): void;
  ragged(
    job: SliceJob,
    source: number,
    offsets: number,
    offsetBytes: number,
    rows: number,
    out: number,
  ): void;
  /** One slice that the slab does not hold, in pieces. */
  begin(job: SliceJob): void;
  piece(job: SliceJob, source: number, count: number): void;
  end(job: SliceJob, out: number): void;
}

/** Makes a column of the statistics of slices, which all such columns share. `out` takes a float64 a slice. */
export interface StatisticsKernel {
  readonly from: 'statistics';
  finish(kernels: DerivedKernels, statistics: number, slices: number, out: number): void;
}

/** What needs no more than its kind: picked from a result, or what is outside the k largest. */
export interface PickKernel {
  readonly from: 'probs' | 'log_probs' | 'rest';
}

export type SliceKernel = LogitKernel | StatisticsKernel | PickKernel;
