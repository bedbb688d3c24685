import type { Piece } from '../../src/layout/pieces.ts';
import type { SlabAreas } from '../../src/memory/slabs.ts';
import { bytesOfStatistics, type TransformSpec } from '../../src/tasks/spec.ts';
import { type OutputPart, writeOutput } from '../io/files.ts';

/** Rows of a piece in the slab: where each of their columns of slices lies, `slices` values a row. */
export interface SliceRows {
  row: number;
  rows: number;
  slices: number;
  sliceColumns: readonly number[];
}

/** Room for the statistics of some slices at a time; 0: no column needs them. */
export function takeStatistics(areas: SlabAreas, spec: TransformSpec): number {
  const bytes = bytesOfStatistics(spec);
  return bytes === 0 ? 0 : areas.take(bytes);
}

/** Room for the columns of so many slices; that of row_sum is where their sums lie anyway. */
export function takeSliceColumns(
  areas: SlabAreas,
  { sliceColumns }: TransformSpec,
  slices: number,
  sums: number,
): number[] {
  return sliceColumns.map(({ from, bytes }) => (from === 'op' ? sums : areas.take(slices * bytes)));
}

/**
 * Above this, each pass writes its own. Below it, one write a piece: writes to one file wait for each other, so a
 * small one costs as much as the large one of another worker that it waits for.
 */
const MOST_COLLECTED = 2 ** 18;

/** The columns of slices of a piece, put together pass by pass. */
export class SliceColumns {
  private readonly columns: { collected: Uint8Array | undefined; position: number; rowBytes: number }[];

  constructor({ sliceColumns }: TransformSpec, piece: Piece, slices: number) {
    this.columns = piece.sliceColumns.map((position, index) => {
      const rowBytes = slices * sliceColumns[index].bytes;
      const length = piece.rows * rowBytes;
      return {
        position,
        rowBytes,
        collected: length <= MOST_COLLECTED ? new Uint8Array(length) : undefined,
      };
    });
  }

  /** Returns the bytes that it wrote or will write. */
  put(output: OutputPart, memory: Uint8Array, { row, rows, sliceColumns }: SliceRows): number {
    let written = 0;
    for (const [index, { collected, position, rowBytes }] of this.columns.entries()) {
      const bytes = memory.subarray(sliceColumns[index], sliceColumns[index] + rows * rowBytes);
      if (collected) collected.set(bytes, row * rowBytes);
      else writeOutput(output, bytes, position + row * rowBytes);
      written += bytes.length;
    }
    return written;
  }

  end(output: OutputPart): void {
    for (const { collected, position } of this.columns)
      if (collected) writeOutput(output, collected, position);
  }
}
