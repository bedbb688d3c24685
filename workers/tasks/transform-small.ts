import { LogitmillError } from '../../src/errors.ts';
import { wholeBatch } from '../../src/plan/pieces.ts';
import { SMALL } from '../../src/plan/small-batches.ts';
import type { TransformResult } from '../../src/task-results.ts';
import type { SmallTask } from '../../src/tasks.ts';
import type { WorkerContext } from '../context.ts';
import { type FilePart, readInput, type Span, viewInput, writeOutput } from '../files.ts';
import { Tally } from '../tally.ts';
import { transformParts } from './transform.ts';

/** Read and written at a time: what should stay in the second-level cache. */
const RUN_BYTES = 2 ** 19;

/** Small batches: read together, planned from their headers, and written together. */
export function transformSmall(task: SmallTask, context: WorkerContext): TransformResult {
  const tally = new Tally(task.id);
  context.softmax(task.spec.dtype).set_temperature(task.spec.temperature);
  const { blocks } = task.batches;
  const { start, end } = context.slab;
  const room = (end - start) / 4;
  const count = (blocks.length - 1) / SMALL.numbers;
  let firstRow = task.batches.firstRow;
  for (let index = 0; index < count; ) {
    const run = runFrom(blocks, index, count, Math.min(RUN_BYTES, room));
    const fits = run.length + run.outputLength <= room;
    const rows = (fits ? inMemory : fromFile)(task, run, firstRow, context, tally);
    firstRow += rows;
    index += run.count;
  }
  return tally.result;
}

/** Some batches, and the bytes of both files that they take. */
interface Run {
  index: number;
  count: number;
  from: number;
  length: number;
  to: number;
  outputLength: number;
}

/** As many batches as take `most` bytes; one at least, whatever it takes. */
function runFrom(blocks: Float64Array, index: number, end: number, most: number): Run {
  const at = index * SMALL.numbers;
  const [from, to] = [blocks[at + SMALL.from], blocks[at + SMALL.to]];
  const lengthTo = (last: number): number => {
    const block = last * SMALL.numbers;
    return (
      blocks[block + SMALL.from] +
      blocks[block + SMALL.metadataLength] +
      blocks[block + SMALL.bodyLength] -
      from
    );
  };
  const outputTo = (last: number): number => blocks[(last + 1) * SMALL.numbers + SMALL.to] - to;
  let last = index;
  while (last + 1 < end && lengthTo(last + 1) + outputTo(last + 1) <= most) last++;
  return { index, count: last + 1 - index, from, length: lengthTo(last), to, outputLength: outputTo(last) };
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
  files: { input: FilePart; output: FilePart },
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
    const offset = blocks[at + SMALL.from];
    const metadataLength = blocks[at + SMALL.metadataLength];
    const bodyLength = blocks[at + SMALL.bodyLength];
    const message = viewInput(files.input, metadataLength, offset);
    const batch = reader.header(message, { offset, metadataLength, bodyLength }, batches.firstBatch + index);
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
