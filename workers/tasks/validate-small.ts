import { wholeBatch } from '../../src/layout/pieces.ts';
import { storedSums } from '../../src/layout/stored-sums.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { ValidateSmallTask } from '../../src/tasks/task.ts';
import { type Run, roomForRuns, runsOf, smallHeader } from '../batches/small-runs.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, readInput } from '../io/files.ts';
import { Tally } from '../rows/tally.ts';
import { validatePieces } from './validate.ts';

/** Small batches of stored results: read together, and found by their headers. */
export function validateSmall(task: ValidateSmallTask, context: WorkerContext): TransformResult {
  const tally = new Tally(task.id);
  const room = roomForRuns(context.slab);
  let { firstRow } = task.batches;
  for (const run of runsOf(task.batches, room)) {
    if (run.length > room) {
      firstRow += validateBatches(task, task.input, run, firstRow, context, tally);
      continue;
    }
    firstRow += context.reserving(run.length + 64, (address) => {
      const bytes = context.bytes.subarray(address, address + run.length);
      readInput(task.input, bytes, run.from);
      return validateBatches(task, { bytes, position: run.from }, run, firstRow, context, tally);
    });
  }
  return tally.result;
}

/** Returns the number of rows. */
function validateBatches(
  { spec, batches, setup, sums }: ValidateSmallTask,
  input: InputPart,
  run: Run,
  firstRow: number,
  context: WorkerContext,
  tally: Tally,
): number {
  const reader = context.arrowReader(setup);
  let rows = 0;
  for (let index = run.index; index < run.index + run.count; index++) {
    const batch = smallHeader(input, reader, batches, index);
    if (batch.rows === 0) continue;
    const layout = reader.layout(batch);
    const placed = {
      batch,
      layout,
      index: batches.firstBatch + index,
      firstRow: firstRow + rows,
      bodyStart: 0,
    };
    const at = storedSums(reader.context, batch, sums);
    const piece = { ...wholeBatch(reader.context, placed), sliceColumns: at < 0 ? [] : [at] };
    validatePieces({ input, spec, pieces: [piece] }, context, tally);
    rows += batch.rows;
  }
  return rows;
}
