import { SCRATCH_BYTES, workBytes } from '../memory/slabs.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import { OPS } from '../ops/ops.ts';
import type { TransformSpec } from './spec.ts';
import { bytesOfSlice, bytesOfStatistics } from './spec.ts';

/** What a pass over rows takes in a slab, in bytes: so much a row, and so much whatever their number. */
export interface PassSize {
  rowBytes: number;
  fixed: number;
}

/** Whether the logits have to be cast before the op. */
export function isCast({
  sourceDtype,
  dtype,
  mixed,
}: Pick<TransformSpec, 'sourceDtype' | 'dtype' | 'mixed'>): boolean {
  return mixed !== undefined || sourceDtype !== dtype;
}

export function passSize(spec: TransformSpec): PassSize {
  const slices = spec.overRows ? 0 : spec.outer * spec.inner;
  const values = spec.outer * spec.length * spec.inner;
  const results = OPS[spec.op].results.length;
  const computed = isCast(spec) ? results : results - 1;
  const transposed = spec.targetForm === spec.sourceForm ? 0 : results;
  const target = (computed + transposed) * DTYPE_BYTES[spec.dtype];
  // Each class's run is padded by up to two cache lines; each area by up to a page.
  const runs =
    (spec.sourceForm === 'columns' ? 1 + computed : 0) + (spec.targetForm === 'columns' ? transposed : 0);
  return {
    rowBytes:
      values / 8 + values * (DTYPE_BYTES[spec.sourceDtype] + target) + slices * bytesOfSlice(spec) + 1,
    fixed:
      SCRATCH_BYTES +
      bytesOfStatistics(spec) +
      bytesOfWork(spec, kernelForm(spec), spec.length) +
      8 * 4096 +
      runs * values * 128,
  };
}

/** What the kernels need to compute in, for rows of so many classes. */
export function bytesOfWork(
  { dtype, op }: Pick<TransformSpec, 'dtype' | 'op'>,
  form: 'rows' | 'columns',
  classes: number,
): number {
  return dtype === 'float16' ? workBytes(form, classes, OPS[op].results.length) : 0;
}

/** The form in which the kernels see a row. */
export function kernelForm({ sourceForm, inner }: TransformSpec): 'rows' | 'columns' {
  return sourceForm === 'columns' || inner > 1 ? 'columns' : 'rows';
}

/** Of a strided dimension, as many slices are done at a time. */
const LEAST_WIDTH = 16;

/**
 * The least bytes of a slab with which this job goes well: rows that lie in a run a class are read eight at a time,
 * and slices of a strided dimension sixteen. Rows that lie in one run are done in pieces where they do not fit.
 */
export function leastSlab(spec: TransformSpec): number {
  if (spec.overRows) return 0;
  const inRuns = spec.sourceForm === 'columns' || spec.targetForm === 'columns';
  if (inRuns) return sizeOf(spec, 8);
  const strided = spec.inner > 1 && spec.sourceForm === 'rows' ? sizeOf(tileOf(spec), LEAST_WIDTH) : 0;
  return Math.max(strided, bytesToCheck(spec));
}

/** The sums of one row are checked together. */
export function bytesToCheck(spec: TransformSpec): number {
  return SCRATCH_BYTES + bytesOfStatistics(spec) + 4 * 4096 + spec.outer * spec.inner * bytesOfSlice(spec);
}

/** Some slices of a strided dimension, as rows of a wide table. */
export function tileOf(spec: TransformSpec): TransformSpec {
  return { ...spec, outer: 1, inner: 1, sourceForm: 'columns', targetForm: 'columns' };
}

function sizeOf(spec: TransformSpec, rows: number): number {
  const { rowBytes, fixed } = passSize(spec);
  return Math.ceil(rows * rowBytes + fixed);
}
