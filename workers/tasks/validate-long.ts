import type { Piece } from '../../src/layout/pieces.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart } from '../io/files.ts';
import { LongRow } from '../rows/long-row.ts';
import { readStored, sumDifference } from '../rows/stored.ts';
import type { Tally } from '../rows/tally.ts';
import { stageClock } from '../stage-clock.ts';

/** The same for stored probabilities, whose sums are taken again. */
export function validateLongRows(
  { input, spec }: { input: InputPart; spec: TransformSpec },
  piece: Piece,
  context: WorkerContext,
  tally: Tally,
): void {
  for (let row = 0; row < piece.rows; row++) {
    const long = new LongRow(input, null, spec, piece, row, context, tally);
    stageClock.during('compute', () => long.doSlices());
    const checked = long.checkedRow();
    const pass = { ...checked, row };
    const stored = readStored(input, piece.sliceColumns, pass);
    if (stored) tally.addMismatches(spec, piece, pass, stored, sumDifference(spec), context);
    tally.addRows(spec, checked, context);
  }
}
