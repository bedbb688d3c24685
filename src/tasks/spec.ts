import { STATISTICS_BYTES, topKWork } from '../kernels/derived.ts';
import type { SourceDtype } from '../ops/dtypes.ts';
import type { Dtype, OpName } from '../options/types.ts';
import type { SliceColumn } from '../results/result.ts';

/** What stays the same for all tasks of one job. */
export interface TransformSpec {
  op: OpName;
  sourceDtype: SourceDtype;
  /** Of decimals: digits after the point. */
  scale?: number | undefined;
  /** Of each column of a wide table where they differ, as codes of CAST_TYPES; `sourceDtype` is then the widest. */
  mixed?: Uint8Array | undefined;
  dtype: Dtype;
  /** See `Reduction`. For variable-length lists `length` is 0. */
  outer: number;
  length: number;
  inner: number;
  sourceForm: 'rows' | 'columns' | 'ragged';
  /** Bytes of a list offset, for variable-length lists. */
  offsetBytes: 0 | 4 | 8;
  targetForm: 'rows' | 'columns' | 'ragged';
  temperature: number;
  tolerance: number;
  /** Of stored float64: they are judged as float32, and it is to be told when one of them is none. */
  areFloat32?: boolean;
  maskNulls: boolean;
  /**
   * An invalid row's bit in the result's bitmap is unset; whether a reader sees the bitmap the batch's header says, and
   * where other rows are null, the bit may be set again when the output is finished.
   */
  invalidBecomesNull: boolean;
  /** The header of a batch, as the worker writes it, counts its invalid rows as null. */
  invalidIsNull: boolean;
  /** Set for dim 0. Then `length` is 1, `inner` the values of a row, and rows have no sums. */
  overRows: OverRows | null;
  /** What is written for every slice; none of dim 0. */
  sliceColumns: readonly SliceColumn[];
}

/** Which of the columns of slices is row_sum; -1: none is. */
export function sumsAmong({ sliceColumns }: Pick<TransformSpec, 'sliceColumns'>): number {
  return sliceColumns.findIndex(({ name }) => name === 'row_sum');
}

/** Slices whose statistics are there at a time. */
export const STATISTICS_AT_A_TIME = 256;

/** Bytes of these statistics, of the values that are made of them, and of what kernels work in; 0: no column needs them. */
export function bytesOfStatistics({ sliceColumns }: Pick<TransformSpec, 'sliceColumns'>): number {
  const needed = sliceColumns.some(({ from }) => from === 'statistics' || from === 'rest');
  const most = Math.max(0, ...sliceColumns.map(({ length }) => length ?? 0));
  return needed ? STATISTICS_AT_A_TIME * (STATISTICS_BYTES + 8) + topKWork(most) : 0;
}

/** Bytes that a pass keeps of a slice: its sum, which is always checked, and what else is written of it. */
export function bytesOfSlice({ sliceColumns }: Pick<TransformSpec, 'sliceColumns'>): number {
  return sliceColumns.reduce((sum, { from, bytes }) => (from === 'op' ? sum : sum + bytes), 8);
}

/** dim 0: columns are reduced in blocks of rows of the file. */
export interface OverRows {
  /** Columns, which is values in a row. */
  width: number;
  /** Rows of the file in a block: what happens within one happens in order, and blocks are merged in order. */
  blockRows: number;
}
