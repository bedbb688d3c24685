import { CAST_TYPES } from '../../src/kernels/convert.ts';
import { STATISTICS_BYTES } from '../../src/kernels/derived.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { STATISTICS_AT_A_TIME, type TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { LogitKernel, SliceJob } from './slice-kernel.ts';
import { SLICE_KERNELS } from './slice-kernels.ts';

/** Where the columns of slices are to go, and room for the statistics of some. */
export interface SliceOuts {
  sliceColumns: readonly number[];
  statistics: number;
}

function jobOf({ dtype, temperature }: TransformSpec, context: WorkerContext): SliceJob {
  const kernels = context.derived;
  kernels.set_temperature(temperature);
  return { kernels, size: DTYPE_BYTES[dtype] };
}

/** Calls `compute` for each column that is computed from the logits; `out` is where it is to go. */
function eachOfLogits(
  { sliceColumns }: TransformSpec,
  outs: readonly number[],
  compute: (kernel: LogitKernel, out: number, bytes: number) => void,
): void {
  for (const [index, { name, bytes }] of sliceColumns.entries()) {
    const kernel = name === 'row_sum' ? undefined : SLICE_KERNELS[name];
    if (kernel?.from === 'logits') compute(kernel, outs[index], bytes);
  }
}

/** From the statistics of `slices` slices to the columns that follow from them, from slice `first` on. */
function finish(
  spec: TransformSpec,
  { sliceColumns: outs, statistics }: SliceOuts,
  first: number,
  slices: number,
  context: WorkerContext,
): void {
  const values = statistics + STATISTICS_AT_A_TIME * STATISTICS_BYTES;
  for (const [index, { name, type, bytes }] of spec.sliceColumns.entries()) {
    const kernel = name === 'row_sum' ? undefined : SLICE_KERNELS[name];
    if (kernel?.from !== 'statistics') continue;
    kernel.finish(context.derived, statistics, slices, values);
    const out = outs[index] + first * bytes;
    // Rounded once.
    context.convert.cast(values, CAST_TYPES.float64, out, CAST_TYPES[type], slices);
  }
}

/** The columns that follow from statistics, some slices at a time. @param statisticsOf puts those of some where there is room */
function deriveStatistics(
  spec: TransformSpec,
  outs: SliceOuts,
  slices: number,
  context: WorkerContext,
  statisticsOf: (first: number, count: number) => void,
): void {
  if (outs.statistics === 0) return;
  for (let first = 0; first < slices; first += STATISTICS_AT_A_TIME) {
    const count = Math.min(STATISTICS_AT_A_TIME, slices - first);
    statisticsOf(first, count);
    finish(spec, outs, first, count, context);
  }
}

const isDerived = ({ sliceColumns }: TransformSpec): boolean =>
  sliceColumns.some(({ from }) => from !== 'op');

/** Logits in the slab, cast. */
interface Logits<Cast> extends SliceOuts {
  cast: Cast;
  rows: number;
}

/** The columns of slices of a pass. */
export function derive(
  spec: TransformSpec,
  pass: Logits<{ address: number; stride: number }>,
  context: WorkerContext,
): void {
  if (!isDerived(spec)) return;
  const { outer, length, inner } = spec;
  const { cast, rows } = pass;
  if (spec.sourceForm === 'columns') deriveColumns(spec, cast.address, cast.stride, rows, pass, context);
  else if (inner === 1) deriveRows(spec, cast.address, rows * outer, pass, context);
  else {
    const stride = inner * DTYPE_BYTES[spec.dtype];
    for (let slice = 0; slice < rows * outer; slice++) {
      const source = cast.address + slice * length * stride;
      const sliceColumns = pass.sliceColumns.map(
        (out, index) => out + slice * inner * spec.sliceColumns[index].bytes,
      );
      deriveColumns(spec, source, stride, inner, { sliceColumns, statistics: pass.statistics }, context);
    }
  }
}

function deriveColumns(
  spec: TransformSpec,
  source: number,
  stride: number,
  slices: number,
  outs: SliceOuts,
  context: WorkerContext,
): void {
  const { length } = spec;
  const job = jobOf(spec, context);
  const { kernels, size } = job;
  eachOfLogits(spec, outs.sliceColumns, (kernel, out) =>
    kernel.columns(job, source, stride, slices, length, out),
  );
  deriveStatistics(spec, outs, slices, context, (first, count) =>
    kernels.statistics_columns(size, source + first * size, stride, count, length, outs.statistics),
  );
}

/** Those of slices that lie one after the other. */
export function deriveRows(
  spec: TransformSpec,
  source: number,
  slices: number,
  outs: SliceOuts,
  context: WorkerContext,
): void {
  if (!isDerived(spec)) return;
  const { length } = spec;
  const job = jobOf(spec, context);
  const { kernels, size } = job;
  eachOfLogits(spec, outs.sliceColumns, (kernel, out) => kernel.rows(job, source, slices, length, out));
  deriveStatistics(spec, outs, slices, context, (first, count) =>
    kernels.statistics_rows(size, source + first * length * size, count, length, outs.statistics),
  );
}

export function deriveRagged(
  spec: TransformSpec,
  pass: Logits<number> & { offsets: number },
  context: WorkerContext,
): void {
  if (!isDerived(spec)) return;
  const { cast, offsets, rows } = pass;
  const { offsetBytes } = spec;
  const { view } = context;
  const job = jobOf(spec, context);
  const { kernels, size } = job;
  eachOfLogits(spec, pass.sliceColumns, (kernel, out) =>
    kernel.ragged(job, cast, offsets, offsetBytes, rows, out),
  );
  deriveStatistics(spec, pass, rows, context, (first, count) => {
    const at = offsets + first * offsetBytes;
    const before = offsetBytes === 8 ? Number(view.getBigInt64(at, true)) : view.getInt32(at, true);
    kernels.statistics_ragged(size, cast + before * size, at, offsetBytes, count, pass.statistics);
  });
}

/** Those of one slice in pieces, each of which is looked through twice: all are scanned, then all are summed. */
export class SliceInPieces {
  private readonly spec: TransformSpec;
  private readonly outs: SliceOuts;
  private readonly context: WorkerContext;
  private readonly job: SliceJob | null;

  constructor(spec: TransformSpec, outs: SliceOuts, context: WorkerContext) {
    this.spec = spec;
    this.outs = outs;
    this.context = context;
    this.job = isDerived(spec) ? jobOf(spec, context) : null;
    const { job } = this;
    if (!job) return;
    eachOfLogits(spec, outs.sliceColumns, (kernel) => kernel.begin(job));
    if (outs.statistics > 0) job.kernels.statistics_begin(job.size);
  }

  scan(source: number, count: number): void {
    const { spec, outs, job } = this;
    if (!job) return;
    eachOfLogits(spec, outs.sliceColumns, (kernel) => kernel.piece(job, source, count));
    if (outs.statistics > 0) job.kernels.statistics_extremes(job.size, source, count);
  }

  /** Not called for a slice without softmax. */
  sum(source: number, count: number): void {
    const { outs, job } = this;
    if (job && outs.statistics > 0) job.kernels.statistics_sums(job.size, source, count);
  }

  end(): void {
    const { spec, outs, job, context } = this;
    if (!job) return;
    eachOfLogits(spec, outs.sliceColumns, (kernel, out) => kernel.end(job, out));
    if (outs.statistics === 0) return;
    job.kernels.statistics_end(job.size, outs.statistics);
    finish(spec, outs, 0, 1, context);
  }
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
