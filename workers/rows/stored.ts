import type { Piece } from '../../src/layout/pieces.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart } from '../io/files.ts';
import { readInput } from '../io/files.ts';
import type { Pass } from './pass.ts';

/**
 * How far a stored row_sum may be from ours: it may have been summed in another order, which changes at most half an
 * ulp an addition, or from exponentials of another make.
 */
export function sumDifference({ op, length, sourceForm }: TransformSpec): number {
  if (op === 'log_softmax') return 1e-7;
  return sourceForm === 'ragged' ? 2 ** -36 : (length - 1) * 2 ** -53;
}

export function sumValues(spec: TransformSpec, pass: Pass, context: WorkerContext): void {
  const kernels = context.softmax(spec.dtype, pass.work);
  const { source, rows, sums } = pass;
  const logarithms = spec.op === 'log_softmax';
  if (spec.sourceForm === 'columns') {
    const sum = logarithms ? kernels.sum_exp_columns : kernels.sum_columns;
    sum(source.address, source.stride, rows, spec.length, sums);
    return;
  }
  if (spec.inner === 1) {
    const sum = logarithms ? kernels.sum_exp_rows : kernels.sum_rows;
    sum(source.address, rows * spec.outer, spec.length, sums);
    return;
  }
  const sum = logarithms ? kernels.sum_exp_columns : kernels.sum_columns;
  const stride = source.rowBytes / (spec.outer * spec.length);
  for (let slice = 0; slice < rows * spec.outer; slice++) {
    sum(
      source.address + slice * spec.length * stride,
      stride,
      spec.inner,
      spec.length,
      sums + slice * spec.inner * 8,
    );
  }
}

export function readStored(
  input: InputPart,
  piece: Piece,
  pass: Pick<Pass, 'row' | 'rows' | 'slices'>,
): Float64Array {
  const stored = new Float64Array(pass.rows * pass.slices);
  readInput(input, new Uint8Array(stored.buffer), piece.sums + pass.row * pass.slices * 8);
  return stored;
}
