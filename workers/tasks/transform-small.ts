import { LogitmillError } from '../../src/errors.ts';
import { wholeBatch } from '../../src/layout/pieces.ts';
import { SMALL } from '../../src/layout/small-batches.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { SmallTask } from '../../src/tasks/task.ts';
import { type Run, roomForRuns, runsOf, smallHeader } from '../batches/small-runs.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, type OutputPart, readInput, type Span, writeOutput } from '../io/files.ts';
import { Tally } from '../rows/tally.ts';
import { transformParts } from './transform.ts';

/** Small batches: read together, planned from their headers, and written together. */
export function transformSmall(task: SmallTask, context: WorkerContext): TransformResult {
  const tally = new Tally(task.id);
  context.softmax(task.spec.dtype).set_temperature(task.spec.temperature);
  const room = roomForRuns(context.slab);
  let { firstRow } = task.batches;
  for (const run of runsOf(task.batches, room)) {
    const fits = run.length + run.outputLength <= room;
    firstRow += (fits ? inMemory : fromFile)(task, run, firstRow, context, tally);
  }
  return tally.result;
}

/** One read, the work, one write. */
function inMemory(task: SmallTask, run: Run, firstRow: number, context: WorkerContext, tally: Tally): number {
  return context.reserving(run.length + run.outputLength + 128, (address) => {
    const { bytes } = context;
    const start = Math.ceil((address + run.length) / 64) * 64;
    const input: Span = { bytes: bytes.subarray(address, address + run.length), position: run.from };
    const output: Span = { bytes: bytes.subarray(start, start + run.outputLength), position: run.to };
    readInput(task.input, input.bytes, run.from);
    output.bytes.fill(0);
    const rows = transformBatches(task, { input, output }, run, firstRow, context, tally);
    writeOutput(task.output, output.bytes, run.to);
    return rows;
  });
}

/** A batch for which the slab is too small: as a large one is done. */
function fromFile(task: SmallTask, run: Run, firstRow: number, context: WorkerContext, tally: Tally): number {
  return transformBatches(task, task, run, firstRow, context, tally);
}

/** Returns the number of rows. */
function transformBatches(
  task: SmallTask,
  files: { input: InputPart; output: OutputPart },
  run: Run,
  firstRow: number,
  context: WorkerContext,
  tally: Tally,
): number {
  const { id, spec, batches } = task;
  const { blocks } = batches;
  const reader = context.arrowReader(task.setup);
  let rows = 0;
  for (let index = run.index; index < run.index + run.count; index++) {
    const at = index * SMALL.numbers;
    const to = blocks[at + SMALL.to];
    const batch = smallHeader(files.input, reader, batches, index);
    const layout = reader.layout(batch);
    const bodyStart = to + reader.messageLength(layout);
    if (bodyStart + layout.bodyLength !== blocks[at + SMALL.numbers + SMALL.to]) throw changed();
    const placed = { batch, layout, index: batches.firstBatch + index, firstRow: firstRow + rows, bodyStart };
    const parts = {
      ...{ id, spec, ...files, literals: [] },
      pieces: layout.rows > 0 ? [wholeBatch(reader.context, placed)] : [],
      copies: layout.copies.map((range) => ({ ...range, to: bodyStart + range.to })),
    };
    const nulls = tally.wholeBatch(placed.index, () => transformParts(parts, context, tally));
    writeOutput(files.output, reader.message(layout, nulls), to);
    rows += layout.rows;
  }
  return rows;
}

function changed(): LogitmillError {
  return new LogitmillError('INPUT_CHANGED', 'its record batches are not what they were when the run began');
}
