import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { RaggedPass } from './ragged.ts';
import { eachOutside, mark } from './range.ts';

/** Likewise of lists that differ in length. */
export function markRaggedOutOfRange(spec: TransformSpec, pass: RaggedPass, context: WorkerContext): void {
  const { cast, values, offsets, rows, sums } = pass;
  const { view } = context;
  const offset = (row: number): number =>
    spec.offsetBytes === 8
      ? Number(view.getBigInt64(offsets + row * 8, true))
      : view.getInt32(offsets + row * 4, true);
  let row = 0;
  const run = { address: cast, count: values, size: DTYPE_BYTES[spec.dtype] };
  eachOutside(spec, run, context, (index) => {
    while (row < rows - 1 && offset(row + 1) <= index) row++;
    mark(sums + row * 8, context);
    return Math.max(index + 1, offset(row + 1));
  });
}
