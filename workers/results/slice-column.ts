import type { Piece } from '../../src/layout/pieces.ts';
import { type OutputPart, writeOutput } from '../io/files.ts';
import type { Pass } from '../rows/pass.ts';

/**
 * Above this, each pass writes its own. Below it, one write a piece: writes to one file wait for each other, so a
 * small one costs as much as the large one of another worker that it waits for.
 */
const MOST_COLLECTED = 2 ** 18;

/** The row sums of a piece, put together pass by pass. */
export class RowSums {
  private readonly collected: Uint8Array | undefined;
  private readonly position: number;

  constructor(piece: Piece, slices: number) {
    const length = piece.rows * slices * 8;
    this.position = piece.sums;
    if (piece.sums >= 0 && length <= MOST_COLLECTED) this.collected = new Uint8Array(length);
  }

  /** Returns the bytes that it wrote or will write. */
  put(output: OutputPart, memory: Uint8Array, { row, rows, slices, sums }: Pass): number {
    if (this.position < 0) return 0;
    const bytes = memory.subarray(sums, sums + rows * slices * 8);
    if (this.collected) this.collected.set(bytes, row * slices * 8);
    else writeOutput(output, bytes, this.position + row * slices * 8);
    return bytes.length;
  }

  end(output: OutputPart): void {
    if (this.collected) writeOutput(output, this.collected, this.position);
  }
}
