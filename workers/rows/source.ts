import { CAST_BYTES } from '../../src/kernels/convert.ts';
import type { Piece } from '../../src/layout/pieces.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, readInput } from '../io/files.ts';
import type { Pass } from './pass.ts';

/** Reads the values of a pass into the slab. */
export function readSource(
  input: InputPart,
  { mixed }: Pick<TransformSpec, 'mixed'>,
  piece: Piece,
  { source, row, rows }: Pass,
  { bytes }: WorkerContext,
): void {
  let { runBytes, rowBytes } = source;
  for (let column = 0; column < piece.values.length; column++) {
    if (mixed) {
      rowBytes = CAST_BYTES[mixed[column]];
      runBytes = rows * rowBytes;
    }
    const address = source.address + column * source.stride;
    const position = piece.values[column] + (piece.rowInBatch + row) * rowBytes;
    readInput(input, bytes.subarray(address, address + runBytes), position);
  }
}
