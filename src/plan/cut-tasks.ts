import { columnBuffers } from '../arrow/layout.ts';
import type { Block } from '../arrow/types.ts';
import type { FileCopy, Piece, PlacedLayout } from '../layout/pieces.ts';
import { copiesOf, pieceOf, positionsOf, rowBytesOf, share } from '../layout/pieces.ts';
import type { BatchContext } from '../layout/table-batch.ts';
import type { StoredBuffer } from '../tasks/stored.ts';

/** What a worker is given at a time: some passes over a slab, so that handing out tasks costs nothing. */
const TASK_BYTES = 8 * 2 ** 20;

/** The most pieces and copies of a task: each has a descriptor. */
export const MOST_PARTS = 512;

/** Bytes of a task; small inputs are cut smaller, so that all workers have some. */
export function taskBytesOf(totalBytes: number): number {
  return Math.min(TASK_BYTES, Math.max(2 ** 18, Math.ceil(totalBytes / 64)));
}

/** A task without the things that all tasks share. */
export interface TaskParts {
  pieces: Piece[];
  copies: FileCopy[];
  /** Batches whose header is to be written by this task. */
  headers: PlacedLayout[];
  /** Of compressed batches, which are not cut. */
  stored: StoredBuffer[];
}

/** A task of whole batches that a worker plans itself: see SmallBatches. */
export interface SmallRange {
  firstBatch: number;
  count: number;
}

/** The batches of an input. */
export interface BatchSource {
  count: number;
  blockOf(batch: number): Block;
  place(batch: number): PlacedLayout;
  /** Up to how many bytes, header and body, a batch is small; 0: none is. */
  smallLimit: number;
}

/** Small batches that lie farther apart are not read together. */
const LARGEST_GAP = 4096;

export interface TaskCuts {
  /** Columns of the input beside those that the output is made from. */
  alsoRead?: readonly number[];
  /** No batch is cut. */
  whole?: boolean;
}

/**
 * Cuts batches into tasks: a large batch into ranges of rows, small ones grouped.
 * The cuts depend on the input alone, so that a run with other threads or memory can go on from an interrupted one.
 * @param totalBytes of input that will be read
 */
export function* tasksOf(
  context: BatchContext,
  source: BatchSource,
  totalBytes: number,
  { alsoRead = [], whole = false }: TaskCuts = {},
): Generator<TaskParts | SmallRange> {
  const read = columnsRead(context, alsoRead);
  const taskBytes = taskBytesOf(totalBytes);
  const empty = (): TaskParts => ({ pieces: [], copies: [], headers: [], stored: [] });
  let open = empty();
  let size = 0;
  const isFull = (): boolean => size >= taskBytes || open.pieces.length + open.copies.length >= MOST_PARTS;
  for (let index = 0; index < source.count; ) {
    const count = smallNeighbours(source, index, taskBytes);
    if (count > 0) {
      if (!isEmpty(open)) yield open;
      open = empty();
      size = 0;
      yield { firstBatch: index, count };
      index += count;
      continue;
    }
    const placed = source.place(index++);
    const isWhole = whole || placed.batch.stored !== undefined;
    open.headers.push(placed);
    open.stored.push(...storedBuffers(context, placed, read));
    for (const [part, bytes] of partsOf(context, placed, isWhole ? Number.POSITIVE_INFINITY : taskBytes)) {
      if ('rows' in part) open.pieces.push(part);
      else open.copies.push(part);
      size += bytes;
      if (!isWhole && isFull()) {
        yield open;
        open = empty();
        size = 0;
      }
    }
    if (isWhole && isFull()) {
      yield open;
      open = empty();
      size = 0;
    }
  }
  if (!isEmpty(open)) yield open;
}

function isEmpty({ pieces, copies, headers }: TaskParts): boolean {
  return pieces.length === 0 && copies.length === 0 && headers.length === 0;
}

/** How many small batches, from `first` on, lie one after the other and are together not more than a task. */
function smallNeighbours(source: BatchSource, first: number, taskBytes: number): number {
  let end = Number.NaN;
  let size = 0;
  let index = first;
  for (; index < source.count && size < taskBytes; index++) {
    const { offset, metadataLength, bodyLength } = source.blockOf(index);
    if (metadataLength + bodyLength > source.smallLimit) break;
    if (index > first && !(offset >= end && offset - end <= LARGEST_GAP)) break;
    end = offset + metadataLength + bodyLength;
    size += metadataLength + bodyLength;
  }
  return index - first;
}

function columnsRead({ columns, logits }: BatchContext, alsoRead: readonly number[]): number[] {
  const copied = columns.flatMap((column) => (column.kind === 'copy' ? [column.input] : []));
  return [...new Set([...copied, ...logits.columns, ...alsoRead])].sort((left, right) => left - right);
}

function storedBuffers(
  { layouts }: BatchContext,
  { index: batch, batch: header }: PlacedLayout,
  read: readonly number[],
): StoredBuffer[] {
  const { stored, buffers, bodyOffset } = header;
  if (!stored) return [];
  const first = columnBuffers(layouts, header);
  return read.flatMap((column) => {
    const indices = Array.from({ length: first[column + 1] - first[column] }, (_, i) => first[column] + i);
    return indices
      .filter((buffer) => buffers[buffer * 2 + 1] > 0)
      .map((buffer) => ({
        ...{ batch, buffer, codec: stored.compression },
        from: stored.bodyOffset + stored.buffers[buffer * 2],
        stored: stored.buffers[buffer * 2 + 1],
        to: bodyOffset + buffers[buffer * 2],
        length: buffers[buffer * 2 + 1],
      }));
  });
}

function* partsOf(
  context: BatchContext,
  placed: PlacedLayout,
  taskBytes: number,
): Generator<[Piece | FileCopy, number]> {
  const { layout } = placed;
  for (const copy of copiesOf(placed, taskBytes)) yield [copy, copy.length];
  const rowBytes = rowBytesOf(context);
  // Bitmaps are written in whole bytes, so a piece starts at a multiple of eight rows.
  const positions = positionsOf(context, placed, share);
  const rowsPerPiece = Math.max(8, Math.floor(Math.min(taskBytes / rowBytes, layout.rows + 8) / 8) * 8);
  for (let row = 0; row < layout.rows; row += rowsPerPiece) {
    const rows = Math.min(rowsPerPiece, layout.rows - row);
    yield [pieceOf(context, placed, positions, row, rows), rows * rowBytes];
  }
}
