import type { PlacedHeader } from '../../src/input/arrow/batches.ts';
import { SMALL, type SmallBatches } from '../../src/layout/small-batches.ts';
import type { SlabRange } from '../../src/memory/slabs.ts';
import { type InputPart, viewInput } from '../io/files.ts';
import type { ArrowReader } from './arrow-reader.ts';

/** Read and written at a time: what should stay in the second-level cache. */
const RUN_BYTES = 2 ** 19;

/** Some small batches, and the bytes of both files that they take. */
export interface Run {
  index: number;
  count: number;
  from: number;
  length: number;
  to: number;
  outputLength: number;
}

/** How much of a slab a run may take: the rest is for the work. */
export function roomForRuns({ start, end }: SlabRange): number {
  return (end - start) / 4;
}

/** Small batches in runs that fit into `room`, but for those of one batch. */
export function* runsOf({ blocks }: SmallBatches, room: number): Generator<Run> {
  const count = (blocks.length - 1) / SMALL.numbers;
  for (let index = 0; index < count; ) {
    const run = runFrom(blocks, index, count, Math.min(RUN_BYTES, room));
    yield run;
    index += run.count;
  }
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

/** The header of one of them, checked once more. */
export function smallHeader(
  input: InputPart,
  reader: ArrowReader,
  { blocks, firstBatch }: SmallBatches,
  index: number,
): PlacedHeader {
  const at = index * SMALL.numbers;
  const offset = blocks[at + SMALL.from];
  const metadataLength = blocks[at + SMALL.metadataLength];
  const bodyLength = blocks[at + SMALL.bodyLength];
  const message = viewInput(input, metadataLength, offset);
  return reader.header(message, { offset, metadataLength, bodyLength }, firstBatch + index);
}
