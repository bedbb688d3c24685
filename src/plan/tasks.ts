import { columnBuffers } from '../arrow/layout.ts';
import type { Block } from '../arrow/types.ts';
import type { PlacedHeader } from '../input/arrow-batches.ts';
import type { FileCopy, Piece, SourceValidity, StoredBuffer } from '../tasks.ts';
import type { BatchContext, BatchLayout } from './batch.ts';
import { DTYPE_BYTES } from './logits.ts';
import { slicesPerRow, valuesPerRow } from './shape.ts';

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

export interface PlacedLayout {
  batch: PlacedHeader;
  layout: BatchLayout;
  index: number;
  firstRow: number;
  /** Of the output's body, in bytes from the start of the file. */
  bodyStart: number;
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

/** What of a batch passes through, in parts of at most `taskBytes`. */
export function* copiesOf({ layout, bodyStart }: PlacedLayout, taskBytes: number): Generator<FileCopy> {
  for (const { from, to, length } of layout.copies) {
    for (let done = 0; done < length; done += taskBytes) {
      const part = Math.min(taskBytes, length - done);
      yield { from: from + done, to: bodyStart + to + done, length: part };
    }
  }
}

/** Bytes of a row's logits, at least 1. */
export function rowBytesOf({ logits }: BatchContext): number {
  return Math.max(1, (valuesPerRow(logits) ?? 1) * DTYPE_BYTES[logits.sourceDtype]);
}

/** See `Piece`; for variable-length lists the positions of the first offset and of the first value. */
export type Positions = Pick<Piece, 'source' | 'probs' | 'logProbs'>;

/** Arrays of so many numbers are worth sharing with the workers: they would be copied for every piece. */
const WORTH_SHARING = 128;

/** Where the values of a batch stand in both files. @param make an array of so many numbers */
export function positionsOf(
  context: BatchContext,
  { batch, layout, bodyStart }: PlacedLayout,
  make: (length: number) => Float64Array = (length) => new Float64Array(length),
): Positions {
  const { logits, layouts } = context;
  const first = columnBuffers(layouts, batch);
  const buffer = (index: number): number => batch.bodyOffset + batch.buffers[index * 2];
  const leaf = (column: number): number => buffer(first[column] + layouts[column].bufferCount - 1);
  const target = (offsets: Float64Array | null): Float64Array | null =>
    offsets && filled(make(offsets.length), (index) => bodyStart + offsets[index]);
  const targets = { probs: target(layout.values.probs), logProbs: target(layout.values.log_probs) };
  const [column] = logits.columns;
  if (logits.form === 'wide' || logits.shape) {
    const source = filled(make(logits.columns.length), (index) => leaf(logits.columns[index]));
    return { source, ...targets };
  }
  const childLength = batch.nodes[(layouts[column].firstNode + 1) * 2];
  return { source: Float64Array.of(buffer(first[column] + 1), leaf(column), childLength), ...targets };
}

/** For positions of which many pieces are made. */
export function share(length: number): Float64Array {
  return new Float64Array(
    length < WORTH_SHARING ? new ArrayBuffer(length * 8) : new SharedArrayBuffer(length * 8),
  );
}

function filled(array: Float64Array, value: (index: number) => number): Float64Array {
  for (let index = 0; index < array.length; index++) array[index] = value(index);
  return array;
}

export function wholeBatch(context: BatchContext, placed: PlacedLayout): Piece {
  return pieceOf(context, placed, positionsOf(context, placed), 0, placed.layout.rows);
}

/** Rows `row` to `row + rows` of a batch, with their places in both files. */
export function pieceOf(
  context: BatchContext,
  placed: PlacedLayout,
  positions: Positions,
  row: number,
  rows: number,
): Piece {
  const { layout, bodyStart } = placed;
  return {
    batch: placed.index,
    firstRow: placed.firstRow + row,
    rowInBatch: row,
    rows,
    ...positions,
    validity: sourceValidity(context, placed.batch, row),
    sums: layout.sums < 0 ? -1 : bodyStart + layout.sums + row * slicesPerRow(context.reduction) * 8,
    bitmap: layout.validity < 0 ? -1 : bodyStart + layout.validity + row / 8,
  };
}

/** The bitmaps with unset bits over the rows, the inner lists and the elements; a null in any of them makes the row null. */
function sourceValidity(
  { logits, layouts }: BatchContext,
  batch: PlacedHeader,
  row: number,
): SourceValidity[] {
  const levels: SourceValidity[] = [];
  const first = columnBuffers(layouts, batch);
  const add = (node: number, buffer: number, perRow: number, valuesPerBit: number, run: number): void => {
    const present = batch.nodes[node * 2 + 1] !== 0 && batch.buffers[buffer * 2 + 1] > 0;
    const position = batch.bodyOffset + batch.buffers[buffer * 2] + Math.floor((row * perRow) / 8);
    if (present) levels.push({ position, bit: (row * perRow) % 8, perRow, valuesPerBit, run });
  };
  if (logits.form === 'wide') {
    for (const [run, column] of logits.columns.entries())
      add(layouts[column].firstNode, first[column], 1, 1, run);
    return levels;
  }
  const column = logits.columns[0];
  const { firstNode, nodeCount, bufferCount } = layouts[column];
  const values = valuesPerRow(logits);
  add(firstNode, first[column], 1, values ?? 1, -1);
  if (values === null) {
    // The elements of a variable-length list: which bits are a row's, the offsets say.
    const present =
      batch.nodes[(firstNode + 1) * 2 + 1] !== 0 && batch.buffers[(first[column] + 2) * 2 + 1] > 0;
    const position = batch.bodyOffset + batch.buffers[(first[column] + 2) * 2];
    if (present) levels.push({ position, bit: 0, perRow: 0, valuesPerBit: 1, run: 0 });
    return levels;
  }
  // An extension type's shape may have more dimensions than its storage has lists.
  const sizes = storedListSizes(values, nodeCount - 1, logits.shape ?? []);
  let perRow = 1;
  for (const [level, size] of sizes.entries()) {
    perRow *= size;
    const buffer = level === sizes.length - 1 ? first[column] + bufferCount - 2 : first[column] + level + 1;
    add(firstNode + level + 1, buffer, perRow, values / perRow, 0);
  }
  return levels;
}

/** Sizes of the nested lists that hold a row: the shape's, or one flat list for a tensor type. */
function storedListSizes(values: number, levels: number, shape: readonly number[]): readonly number[] {
  return levels === shape.length ? shape : [values];
}
