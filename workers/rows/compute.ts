import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { Area, Pass } from './pass.ts';
import type { Tally } from './tally.ts';

/** Runs the kernels over one pass: the source area in, the target areas and the sums out. */
export function compute(spec: TransformSpec, pass: Pass, context: WorkerContext, tally: Tally): void {
  lookAtPass(spec, pass, context, tally);
  const difference =
    spec.sourceForm === 'columns' ? overColumns(spec, pass, context) : overRows(spec, pass, context);
  tally.addDifference(difference);
  changeLayouts(spec, pass, context);
}

function lookAtPass(spec: TransformSpec, { rows, cast }: Pass, context: WorkerContext, tally: Tally): void {
  const { dtype, outer, length, inner } = spec;
  const size = DTYPE_BYTES[dtype];
  const inColumns = spec.sourceForm === 'columns';
  const values = outer * length * inner;
  tally.look(context, {
    ...{ rows, dtype },
    // Where others stand between the values of a slice, all of a row are looked at together.
    lengthOf: () => (inner > 1 ? values : length),
    addressOf: (row, index) =>
      inColumns
        ? cast.address + index * cast.stride + row * size
        : cast.address + (row * values + index) * size,
  });
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
  const { cast: source, rows, sums } = pass;
  const { target, second } = targetsOf(pass);
  return context
    .softmax(spec.dtype, pass.work)
    .compute_columns(
      ...([OPS[spec.op].code, source.address, source.stride, target.address, target.stride] as const),
      ...([second.address, second.stride, rows, spec.length, sums] as const),
    );
}

function overRows(spec: TransformSpec, pass: Pass, context: WorkerContext): number {
  if (spec.inner > 1) return overInner(spec, pass, context);
  const { target, second } = targetsOf(pass);
  const slices = pass.rows * spec.outer;
  return context
    .softmax(spec.dtype, pass.work)
    .compute_rows(
      ...([OPS[spec.op].code, pass.cast.address, target.address, second.address] as const),
      ...([slices, spec.length, pass.sums] as const),
    );
}

/** A dimension with others inside it is a tile of columns for each index of those outside. */
function overInner(spec: TransformSpec, pass: Pass, context: WorkerContext): number {
  const kernels = context.softmax(spec.dtype, pass.work);
  const { code } = OPS[spec.op];
  const { length, inner } = spec;
  const size = pass.cast.rowBytes / (spec.outer * length * inner);
  const stride = inner * size;
  const { target, second } = targetsOf(pass);
  let difference = 0;
  for (let slice = 0; slice < pass.rows * spec.outer; slice++) {
    const step = slice * length * stride;
    const sums = pass.sums + slice * inner * 8;
    const found = kernels.compute_columns(
      ...([code, pass.cast.address + step, stride, target.address + step, stride] as const),
      ...([second.address + step, stride, inner, length, sums] as const),
    );
    difference = Math.max(difference, found);
  }
  return difference;
}

/** The place of a result: a part of an area. */
type Place = Pick<Area, 'address' | 'stride'>;
const NOWHERE: Place = { address: 0, stride: 0 };

/** Where the first result goes, and the second one, if there is one. */
function targetsOf({ probsComputed, logProbsComputed }: Pass): { target: Place; second: Place } {
  if (probsComputed) return { target: probsComputed, second: logProbsComputed ?? NOWHERE };
  return { target: logProbsComputed as Area, second: NOWHERE };
}
