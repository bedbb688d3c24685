import { OUT_OF_RANGE } from '../../src/kernels/softmax.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { OverRows, TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { Pass } from './pass.ts';
/** Whether exponentials are added up. */
export const ofLogs = ({ op }: TransformSpec): 0 | 1 => (OPS[op].sums === 'exponentials' ? 1 : 0);

/** Notes float64 that are judged as float32, and are not. */
export function noteWider(
  { areFloat32 }: TransformSpec,
  address: number,
  count: number,
  result: Pick<TransformResult, 'isWider'>,
  { convert }: WorkerContext,
): void {
  if (areFloat32 && !result.isWider && !convert.are_float32(address, count)) result.isWider = true;
}

/** Likewise of what a pass has read. */
export function noteWiderSource(
  spec: TransformSpec,
  { source }: Pass,
  runs: number,
  result: Pick<TransformResult, 'isWider'>,
  context: WorkerContext,
): void {
  if (!spec.areFloat32) return;
  for (let run = 0; run < runs; run++)
    noteWider(spec, source.address + run * source.stride, source.runBytes / 8, result, context);
}

/** Finds values that no result can be: the sum of their slice becomes a NaN that says so, unless it is one already. */
export function markOutOfRange(spec: TransformSpec, pass: Pass, context: WorkerContext): void {
  const { source, rows, sums } = pass;
  const size = DTYPE_BYTES[spec.dtype];
  if (spec.sourceForm === 'columns') {
    for (let column = 0; column < spec.length; column++) {
      const run = { address: source.address + column * source.stride, count: rows, size };
      eachOutside(spec, run, context, (row) => {
        mark(sums + row * 8, context);
        return row + 1;
      });
    }
    return;
  }
  const { length, inner } = spec;
  const run = { address: source.address, count: rows * spec.outer * length * inner, size };
  eachOutside(spec, run, context, (index) => {
    const outer = Math.floor(index / (length * inner));
    mark(sums + (outer * inner + (index % inner)) * 8, context);
    // One is enough for a slice.
    return inner === 1 ? (outer + 1) * length : index + 1;
  });
}

/** Of dim 0: adds the columns of such values. */
export function findColumnsOutside(
  { width }: OverRows,
  spec: TransformSpec,
  { cast, rows }: Pass,
  found: Set<number>,
  context: WorkerContext,
): void {
  const size = DTYPE_BYTES[spec.dtype];
  if (spec.sourceForm === 'columns') {
    for (let column = 0; column < width; column++)
      if (!found.has(column) && hasOutside(spec, cast.address + column * cast.stride, rows, context))
        found.add(column);
    return;
  }
  eachOutside(spec, { address: cast.address, count: rows * width, size }, context, (index) => {
    found.add(index % width);
    return index + 1;
  });
}

/** Whether some values hold one that no result can be. */
export function hasOutside(
  spec: TransformSpec,
  address: number,
  count: number,
  { convert }: WorkerContext,
): boolean {
  return convert.first_out_of_range(address, count, DTYPE_BYTES[spec.dtype], ofLogs(spec)) >= 0;
}

export function mark(sum: number, { view }: WorkerContext): void {
  if (!Number.isNaN(view.getFloat64(sum, true))) view.setBigUint64(sum, OUT_OF_RANGE, true);
}

interface Values {
  address: number;
  count: number;
  /** Of each, in bytes. */
  size: number;
}

/** @param found returns from which index on to look further */
export function eachOutside(
  spec: TransformSpec,
  { address, count, size }: Values,
  { convert }: WorkerContext,
  found: (index: number) => number,
): void {
  const logs = ofLogs(spec);
  for (let from = 0; from < count; ) {
    const step = convert.first_out_of_range(address + from * size, count - from, size, logs);
    if (step < 0) return;
    from = found(from + step);
  }
}
