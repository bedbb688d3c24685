import type { Piece } from '../../src/layout/pieces.ts';
import type { SlabRange } from '../../src/memory/slabs.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart } from '../io/files.ts';
import { type Pass, planPass } from './pass.ts';
import { noteWiderSource } from './range.ts';
import { readSource } from './source.ts';

/** The rows of a piece that passes are made of: where they are read, and where they lie while they are worked on. */
export interface PassRows {
  input: InputPart;
  spec: TransformSpec;
  piece: Piece;
  /** The first row of the piece; 0 if it is left out. */
  from?: number;
  slab: SlabRange;
  /** Counts the bytes that are read. */
  result: Pick<TransformResult, 'inputBytes' | 'isWider'>;
}

/** Reads the rows of a piece, as many at a time as fit in the slab, and has them worked on. */
export function eachPass(
  { input, spec, piece, from = 0, slab, result }: PassRows,
  context: WorkerContext,
  work: (pass: Pass) => void,
): void {
  for (let row = from; row < piece.rows; ) {
    const pass = planPass(spec, piece, row, slab);
    readSource(input, spec, piece, pass, context);
    noteWiderSource(spec, pass, piece.values.length, result, context);
    result.inputBytes += pass.source.runBytes * piece.values.length;
    work(pass);
    row += pass.rows;
  }
}
