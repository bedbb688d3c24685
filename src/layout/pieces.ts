/** Where the rows of a batch stand in both files, and what passes through beside them. */
import { columnBuffers } from '../arrow/layout.ts';
import type { PlacedHeader } from '../input/arrow/batches.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import type { BatchLayout } from './batch-layout.ts';
import { slicesPerRow, storedListSizes, valuesPerRow } from './shape.ts';
import type { BatchContext } from './table-batch.ts';

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
export type Positions = Pick<Piece, 'values' | 'lists' | 'probs' | 'logProbs'>;

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
    const values = filled(make(logits.columns.length), (index) => leaf(logits.columns[index]));
    return { values, lists: null, ...targets };
  }
  const childLength = batch.nodes[(layouts[column].firstNode + 1) * 2];
  const lists = { offsets: buffer(first[column] + 1), count: childLength };
  return { values: Float64Array.of(leaf(column)), lists, ...targets };
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
    sliceColumns: layout.sliceColumns.map(
      (offset, index) =>
        bodyStart + offset + row * slicesPerRow(context.reduction) * context.sliceColumns[index].bytes,
    ),
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
  const sizes = storedListSizes(logits.shape ?? [], nodeCount - 1);
  let perRow = 1;
  for (const [level, size] of sizes.entries()) {
    perRow *= size;
    const buffer = level === sizes.length - 1 ? first[column] + bufferCount - 2 : first[column] + level + 1;
    add(firstNode + level + 1, buffer, perRow, values / perRow, 0);
  }
  return levels;
}

export interface PlacedLayout {
  batch: PlacedHeader;
  layout: BatchLayout;
  index: number;
  firstRow: number;
  /** Of the output's body, in bytes from the start of the file. */
  bodyStart: number;
}

/** A validity bitmap of the input that has unset bits. */
export interface SourceValidity {
  position: number;
  /** The bit of its first byte at which the piece's entries begin. */
  bit: number;
  /** Entries of this level in one row: 1 for the rows themselves, the number of values for the elements. */
  perRow: number;
  /** Values that a bit stands for: 1 for an element, more for an inner list. */
  valuesPerBit: number;
  /** Of a wide table: which run of the source it belongs to; -1: to the rows, never masked. */
  run: number;
}

/** Rows of one record batch, from their place in the input to their place in the output. */
export interface Piece {
  batch: number;
  firstRow: number;
  /** Rows of its batch before it. */
  rowInBatch: number;
  rows: number;
  /**
   * Positions of the first value of the batch, so that all pieces of a batch have the same ones: a wide table has one a
   * class, else there is one.
   */
  values: Float64Array;
  /** Of variable-length lists: the position of the batch's first offset, and how many values there are. Else null. */
  lists: { offsets: number; count: number } | null;
  validity: SourceValidity[];
  /** For the batch's first row, too. */
  probs: Float64Array | null;
  logProbs: Float64Array | null;
  /** Of the piece's first row: of each column of slices. Of stored results, of their row_sum alone, if there is one. */
  sliceColumns: readonly number[];
  /** The result's validity bitmap, one bit a row; pieces start at multiples of eight rows of their batch. -1: not written. */
  bitmap: number;
}

export interface FileCopy {
  from: number;
  to: number;
  length: number;
}

export interface Literal {
  to: number;
  bytes: Uint8Array;
}
