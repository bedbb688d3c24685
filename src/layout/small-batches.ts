import type { Field, MetadataVersion } from '../arrow/types.ts';
import type { Batches } from '../input/arrow/batches.ts';
import type { BatchContext } from './table-batch.ts';

/**
 * Neighbouring batches so small that reading each buffer by itself would take longer than computing. A worker reads
 * them together, plans each from its header as the coordinator did, puts their outputs together in its slab, and
 * writes them together.
 */
export interface SmallBatches {
  /** Index of the first, and the row of the file that is its first. */
  firstBatch: number;
  firstRow: number;
  /** Four numbers a batch, in bytes: see `SMALL`. One more at the end: where the output of the last one ends. */
  blocks: Float64Array;
}

/** Where each of a batch's numbers stands among the four. */
export const SMALL = { to: 0, from: 1, metadataLength: 2, bodyLength: 3, numbers: 4 } as const;

/** What workers need to know to plan small batches, the same for all tasks of a job. */
export interface ArrowSetup {
  context: BatchContext;
  fields: readonly Field[];
  /** Of the input's messages, and of the output's. */
  version: MetadataVersion;
  outputVersion: MetadataVersion;
}

/** A call to the system costs about what copying so many bytes twice does. */
const BYTES_PER_CALL = 8192;
const SMALLEST_LIMIT = 64 * 2 ** 10;
const LARGEST_LIMIT = 4 * 2 ** 20;

/** Up to how many bytes, header and body, a batch is small: the more buffers it has, the larger it may be. */
export function smallLimit({ columns, layouts, logits }: BatchContext): number {
  let calls = logits.columns.length;
  for (const column of columns) calls += column.kind === 'copy' ? layouts[column.input].bufferCount : 1;
  return Math.min(LARGEST_LIMIT, Math.max(SMALLEST_LIMIT, calls * BYTES_PER_CALL));
}

/** Describes `count` batches from `first` on; `offsets` says where each stands in the output, if there is one. */
export function smallBatches(
  batches: Batches,
  first: number,
  count: number,
  offsets: Float64Array | null,
): SmallBatches {
  const blocks = new Float64Array(count * SMALL.numbers + 1);
  for (let i = 0; i < count; i++) {
    const { offset, metadataLength, bodyLength } = batches.blockOf(first + i);
    blocks.set([offsets?.[first + i] ?? 0, offset, metadataLength, bodyLength], i * SMALL.numbers);
  }
  blocks[count * SMALL.numbers] = offsets?.[first + count] ?? 0;
  return { firstBatch: first, firstRow: batches.firstRowOf(first), blocks };
}
