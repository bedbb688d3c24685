import type { Piece } from '../../src/layout/pieces.ts';
import type { WorkerContext } from '../context.ts';
import { writeOutput } from '../io/files.ts';
import { SliceColumns } from '../results/slice-columns.ts';
import { Bitmap } from '../rows/bitmap.ts';
import { LongRow } from '../rows/long-row.ts';
import type { Tally } from '../rows/tally.ts';
import type { PlacedTask } from '../rows/targets.ts';
import { stageClock } from '../stage-clock.ts';

/** Rows longer than the slab, one after the other, slice by slice. */
export function transformLongRows(
  task: PlacedTask,
  piece: Piece,
  context: WorkerContext,
  tally: Tally,
): void {
  const { spec, output } = task;
  const bitmap = new Bitmap(piece.rows);
  const slices = new SliceColumns(spec, piece, spec.outer * spec.inner);
  for (let row = 0; row < piece.rows; row++) {
    const long = new LongRow(task.input, output, spec, piece, row, context, tally);
    stageClock.during('compute', () => long.doSlices());
    const checked = long.checkedRow();
    tally.addRows(spec, checked, context);
    bitmap.put(context.bytes, checked.bitmap, row, 1);
    tally.result.outputBytes += slices.put(output, context.bytes, { ...checked, row });
  }
  slices.end(output);
  if (piece.bitmap >= 0) writeOutput(output, bitmap.bytes, piece.bitmap);
}
