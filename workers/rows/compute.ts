import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { Area, Pass } from './pass.ts';
import type { Tally } from './tally.ts';

/** Runs the kernels over one pass: the source area in, the target areas and the sums out. */
export function compute(spec: TransformSpec, pass: Pass, context: WorkerContext, tally: Tally): void {
  const difference =
    spec.sourceForm === 'columns' ? overColumns(spec, pass, context) : overRows(spec, pass, context);
  tally.addDifference(difference);
  changeLayouts(spec, pass, context);
}

/** To the layout of the output. */
export function changeLayouts(spec: TransformSpec, pass: Pass, context: WorkerContext): void {
  changeLayout(spec, pass, pass.probsComputed, pass.probs, context);
  changeLayout(spec, pass, pass.logProbsComputed, pass.logProbs, context);
}

/** From one list to a column a class, or the other way, where the output's layout is not the input's. */
function changeLayout(
  spec: TransformSpec,
  pass: Pass,
  from: Area | null,
  to: Area | null,
  context: WorkerContext,
): void {
  if (!from || !to || from === to) return;
  const size = DTYPE_BYTES[spec.dtype];
  const { rows } = pass;
  const classes = spec.outer * spec.length * spec.inner;
  const { transpose } = context.convert;
  if (spec.targetForm === 'columns')
    transpose(from.address, classes * size, rows, classes, size, to.address, to.stride);
  else transpose(from.address, from.stride, classes, rows, size, to.address, classes * size);
}

function overColumns(spec: TransformSpec, pass: Pass, context: WorkerContext): number {
  const kernels = context.softmax(spec.dtype, pass.work);
  const { cast, rows, sums } = pass;
  const target = pass.probsComputed ?? (pass.logProbsComputed as Area);
  const shared = [cast.address, cast.stride, target.address, target.stride] as const;
  if (spec.op === 'softmax') kernels.softmax_columns(...shared, rows, spec.length, sums);
  else if (spec.op === 'log_softmax') kernels.log_softmax_columns(...shared, rows, spec.length, sums);
  else {
    const logs = pass.logProbsComputed as Area;
    return kernels.both_columns(...shared, logs.address, logs.stride, rows, spec.length, sums);
  }
  return 0;
}

function overRows(spec: TransformSpec, pass: Pass, context: WorkerContext): number {
  if (spec.inner > 1) return overInner(spec, pass, context);
  const kernels = context.softmax(spec.dtype, pass.work);
  const target = (pass.probsComputed ?? (pass.logProbsComputed as Area)).address;
  const source = pass.cast.address;
  const slices = pass.rows * spec.outer;
  if (spec.op === 'softmax') kernels.softmax_rows(source, target, slices, spec.length, pass.sums);
  else if (spec.op === 'log_softmax')
    kernels.log_softmax_rows(source, target, slices, spec.length, pass.sums);
  else {
    const logs = (pass.logProbsComputed as Area).address;
    return kernels.both_rows(source, target, logs, slices, spec.length, pass.sums);
  }
  return 0;
}

/** A dimension with others inside it is a tile of columns for each index of those outside. */
function overInner(spec: TransformSpec, pass: Pass, context: WorkerContext): number {
  const kernels = context.softmax(spec.dtype, pass.work);
  const { length, inner } = spec;
  const size = pass.cast.rowBytes / (spec.outer * length * inner);
  const stride = inner * size;
  const target = (pass.probsComputed ?? (pass.logProbsComputed as Area)).address;
  const logs = pass.logProbsComputed?.address ?? 0;
  let difference = 0;
  for (let slice = 0; slice < pass.rows * spec.outer; slice++) {
    const step = slice * length * stride;
    const sums = pass.sums + slice * inner * 8;
    const shared = [pass.cast.address + step, stride, target + step, stride] as const;
    if (spec.op === 'softmax') kernels.softmax_columns(...shared, inner, length, sums);
    else if (spec.op === 'log_softmax') kernels.log_softmax_columns(...shared, inner, length, sums);
    else
      difference = Math.max(
        difference,
        kernels.both_columns(...shared, logs + step, stride, inner, length, sums),
      );
  }
  return difference;
}
