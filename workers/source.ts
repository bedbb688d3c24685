import type { Piece } from '../src/tasks.ts';
import type { WorkerContext } from './context.ts';
import { type FilePart, readInput } from './files.ts';
import type { Pass } from './pass.ts';

/** Reads the values of a pass into the slab. */
export function readSource(input: FilePart, piece: Piece, pass: Pass, { bytes }: WorkerContext): void {
  const { source } = pass;
  for (let column = 0; column < piece.source.length; column++) {
    const address = source.address + column * source.stride;
    readInput(
      input,
      bytes.subarray(address, address + source.runBytes),
      piece.source[column] + (piece.rowInBatch + pass.row) * source.rowBytes,
    );
  }
}
