import { CAST_TYPES } from '../../src/kernels/convert.ts';
import { STATISTICS_BYTES } from '../../src/kernels/derived.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { ResultKind, SliceColumn } from '../../src/results/result.ts';
import { STATISTICS_AT_A_TIME, type TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { SliceJob, SliceKernel } from './slice-kernel.ts';
import { SLICE_KERNELS } from './slice-kernels.ts';
import { onSlices, type Slices, someSlices } from './slices.ts';

/** Where the columns of slices are to go, and room for the statistics of some and for the kernels. */
export interface SliceOuts {
  sliceColumns: readonly number[];
  statistics: number;
}

const valuesAt = (statistics: number): number => statistics + STATISTICS_AT_A_TIME * STATISTICS_BYTES;

export function jobOf(
  { dtype, temperature }: TransformSpec,
  { statistics }: SliceOuts,
  context: WorkerContext,
): Omit<SliceJob, 'length'> {
  const kernels = context.derived;
  kernels.set_temperature(temperature);
  return { kernels, size: DTYPE_BYTES[dtype], work: valuesAt(statistics) + STATISTICS_AT_A_TIME * 8 };
}

/** Calls `compute` for each column that does not come with the op; `out` is where it is to go. */
export function eachDerived(
  { sliceColumns }: Pick<TransformSpec, 'sliceColumns'>,
  outs: readonly number[],
  compute: (kernel: SliceKernel, out: number, column: SliceColumn) => void,
): void {
  for (const [index, column] of sliceColumns.entries())
    if (column.name !== 'row_sum') compute(SLICE_KERNELS[column.name], outs[index], column);
}

export const isDerived = ({ sliceColumns }: TransformSpec): boolean =>
  sliceColumns.some(({ from }) => from !== 'op');

/** Where the classes of the k largest stand, and how many they are. */
export function idsOf(
  { sliceColumns }: TransformSpec,
  outs: readonly number[],
): { ids: number; length: number } {
  const index = sliceColumns.findIndex(({ name }) => name === 'topk_ids');
  return { ids: outs[index] ?? 0, length: sliceColumns[index]?.length ?? 0 };
}

/** From the statistics of `slices` slices to the columns that follow from them, from slice `first` on. */
export function finishStatistics(
  spec: TransformSpec,
  { sliceColumns, statistics }: SliceOuts,
  first: number,
  slices: number,
  context: WorkerContext,
): void {
  const values = valuesAt(statistics);
  eachDerived(spec, sliceColumns, (kernel, out, { type, bytes }) => {
    if (kernel.from !== 'statistics') return;
    kernel.finish(context.derived, statistics, slices, values);
    // Rounded once.
    context.convert.cast(values, CAST_TYPES.float64, out + first * bytes, CAST_TYPES[type], slices);
  });
}

/** The columns that are computed of logits, before the op takes their place. */
export function deriveSlices(
  spec: TransformSpec,
  logits: Slices,
  outs: SliceOuts,
  context: WorkerContext,
): void {
  if (!isDerived(spec)) return;
  const job = jobOf(spec, outs, context);
  const { kernels, size } = job;
  const { source, slices } = logits;
  eachDerived(spec, outs.sliceColumns, (kernel, out, { length }) => {
    if (kernel.from !== 'logits') return;
    const own = { ...job, length: length ?? 1 };
    if (logits.form === 'rows') kernel.rows(own, source, slices, logits.classes, out);
    else if (logits.form === 'columns')
      kernel.columns(own, source, logits.stride, slices, logits.classes, out);
    else kernel.ragged(own, source, logits.offsets, logits.offsetBytes, slices, out);
  });
  if (outs.statistics === 0) return;
  const { ids, length } = idsOf(spec, outs.sliceColumns);
  for (let first = 0; first < slices; first += STATISTICS_AT_A_TIME) {
    const count = Math.min(STATISTICS_AT_A_TIME, slices - first);
    const some = someSlices(logits, first, count, size, context);
    onSlices(kernels, 'statistics', size, some, outs.statistics);
    finishStatistics(spec, outs, first, count, context);
    eachDerived(spec, outs.sliceColumns, (kernel, out) => {
      if (kernel.from !== 'rest') return;
      const ofThese = [length, ids + first * length * 4, outs.statistics, out + first * 8] as const;
      onSlices(kernels, 'topk_rest', size, some, ...ofThese);
    });
  }
}

/** The columns that are picked from a result, once the op has made it. */
export function pickSlices(
  spec: TransformSpec,
  results: Readonly<Record<ResultKind, Slices | null>>,
  outs: Pick<SliceOuts, 'sliceColumns'>,
  context: WorkerContext,
): void {
  const { ids, length } = idsOf(spec, outs.sliceColumns);
  eachDerived(spec, outs.sliceColumns, ({ from }, out) => {
    const result = from === 'probs' || from === 'log_probs' ? results[from] : null;
    if (result) onSlices(context.derived, 'gather', DTYPE_BYTES[spec.dtype], result, length, ids, out);
  });
}

/** Zeros where the row is null, whatever its logits are; sums have theirs from where they are checked. */
export function clearNulls(
  { sliceColumns }: TransformSpec,
  { rows, slices, bitmap }: { rows: number; slices: number; bitmap: number },
  outs: readonly number[],
  { convert }: WorkerContext,
): void {
  for (const [index, { from, bytes }] of sliceColumns.entries())
    if (from !== 'op') convert.zero_null_rows(outs[index], slices * bytes, rows, bitmap, 0);
}
