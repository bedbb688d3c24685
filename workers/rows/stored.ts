import { SUM_CODES } from '../../src/kernels/softmax.ts';
import type { Piece } from '../../src/layout/pieces.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart } from '../io/files.ts';
import { readInput } from '../io/files.ts';
import type { Pass } from './pass.ts';
import { markOutOfRange } from './range.ts';

/**
 * How far a stored row_sum may be from ours: it may have been summed in another order, which changes at most half an
 * ulp an addition, or from exponentials of another make.
 */
export function sumDifference({ op, length, sourceForm }: TransformSpec): number {
  if (OPS[op].sums === 'exponentials') return 1e-7;
  return sourceForm === 'ragged' ? 2 ** -36 : (length - 1) * 2 ** -53;
}

/** What the kernels are to add up. */
export const termsOf = ({ op }: TransformSpec): number => SUM_CODES[OPS[op].sums];

/** Adds up stored values; sums of those that no results can be become NaN. */
export function sumValues(spec: TransformSpec, pass: Pass, context: WorkerContext): void {
  addUp(spec, pass, context);
  markOutOfRange(spec, pass, context);
}

function addUp(spec: TransformSpec, pass: Pass, context: WorkerContext): void {
  const kernels = context.softmax(spec.dtype, pass.work);
  const { source, rows, sums } = pass;
  const terms = termsOf(spec);
  if (spec.sourceForm === 'columns') {
    kernels.sum_columns(terms, source.address, source.stride, rows, spec.length, sums);
    return;
  }
  if (spec.inner === 1) {
    kernels.sum_rows(terms, source.address, rows * spec.outer, spec.length, sums);
    return;
  }
  const stride = source.rowBytes / (spec.outer * spec.length);
  for (let slice = 0; slice < rows * spec.outer; slice++) {
    kernels.sum_columns(
      terms,
      source.address + slice * spec.length * stride,
      stride,
      spec.inner,
      spec.length,
      sums + slice * spec.inner * 8,
    );
  }
}

/** The sums that stand in the file; null where there are none. */
export function readStored(
  input: InputPart,
  [position]: Piece['sliceColumns'],
  pass: Pick<Pass, 'row' | 'rows' | 'slices'>,
): Float64Array | null {
  if (position === undefined) return null;
  const stored = new Float64Array(pass.rows * pass.slices);
  readInput(input, new Uint8Array(stored.buffer), position + pass.row * pass.slices * 8);
  return stored;
}
