import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { SliceJob, SliceKernel } from './slice-kernel.ts';
import { SLICE_KERNELS } from './slice-kernels.ts';

/** Calls `compute` for each column of slices that does not come with the op; `out` is where it is to go. */
function eachColumn(
  { sliceColumns, dtype }: TransformSpec,
  outs: readonly number[],
  context: WorkerContext,
  compute: (kernel: SliceKernel, job: SliceJob, out: number, bytes: number) => void,
): void {
  for (const [index, { name, bytes }] of sliceColumns.entries()) {
    if (name === 'row_sum') continue;
    compute(SLICE_KERNELS[name], { kernels: context.derived, size: DTYPE_BYTES[dtype] }, outs[index], bytes);
  }
}

/** Logits in the slab, cast, and where the columns of their slices are to go. */
interface Logits<Cast> {
  cast: Cast;
  rows: number;
  sliceColumns: readonly number[];
}

/** The columns of slices of a pass. */
export function derive(
  spec: TransformSpec,
  pass: Logits<{ address: number; stride: number }>,
  context: WorkerContext,
): void {
  const { outer, length, inner } = spec;
  const { cast, rows } = pass;
  eachColumn(spec, pass.sliceColumns, context, (kernel, job, out, bytes) => {
    if (spec.sourceForm === 'columns') kernel.columns(job, cast.address, cast.stride, rows, length, out);
    else if (inner === 1) kernel.rows(job, cast.address, rows * outer, length, out);
    else {
      const stride = inner * job.size;
      for (let slice = 0; slice < rows * outer; slice++) {
        const source = cast.address + slice * length * stride;
        kernel.columns(job, source, stride, inner, length, out + slice * inner * bytes);
      }
    }
  });
}

/** Those of rows that lie one after the other. */
export function deriveRows(
  spec: TransformSpec,
  source: number,
  rows: number,
  outs: readonly number[],
  context: WorkerContext,
): void {
  eachColumn(spec, outs, context, (kernel, job, out) => kernel.rows(job, source, rows, spec.length, out));
}

export function deriveRagged(
  spec: TransformSpec,
  pass: Logits<number> & { offsets: number },
  context: WorkerContext,
): void {
  const { cast, offsets, rows, sliceColumns } = pass;
  eachColumn(spec, sliceColumns, context, (kernel, job, out) =>
    kernel.ragged(job, cast, offsets, spec.offsetBytes, rows, out),
  );
}

/** Those of one slice in pieces; `outs` takes its values at the end. */
export class SliceInPieces {
  private readonly spec: TransformSpec;
  private readonly outs: readonly number[];
  private readonly context: WorkerContext;

  constructor(spec: TransformSpec, outs: readonly number[], context: WorkerContext) {
    this.spec = spec;
    this.outs = outs;
    this.context = context;
    this.each((kernel, job) => kernel.begin(job));
  }

  add(source: number, count: number): void {
    this.each((kernel, job) => kernel.piece(job, source, count));
  }

  end(): void {
    this.each((kernel, job, out) => kernel.end(job, out));
  }

  private each(step: (kernel: SliceKernel, job: SliceJob, out: number) => void): void {
    eachColumn(this.spec, this.outs, this.context, step);
  }
}

/** Zeros where the row is null, whatever its logits are; sums have theirs from where they are checked. */
export function clearNulls(
  { sliceColumns }: TransformSpec,
  { rows, slices, bitmap }: { rows: number; slices: number; bitmap: number },
  outs: readonly number[],
  { convert }: WorkerContext,
): void {
  for (const [index, { name, bytes }] of sliceColumns.entries())
    if (name !== 'row_sum') convert.zero_null_rows(outs[index], slices * bytes, rows, bitmap, 0);
}
