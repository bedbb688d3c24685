/**
 * What the coordinator tells the workers to do: small descriptors, never body bytes; task-results.ts is what they answer.
 * All positions are byte positions in a file, all rows are counted from the start of the file.
 */
import type { BodyCodec, MetadataVersion } from '../arrow/types.ts';
import type { BatchLayout } from '../layout/batch-layout.ts';
import type { SmallBatches } from '../layout/small-batches.ts';
import type { SourceDtype } from '../ops/dtypes.ts';
import type { Dtype, Op } from '../options/types.ts';
import type { CsvTask } from './csv.ts';
import type { SharedSetup } from './setup.ts';

/** What stays the same for all tasks of one job. */
export interface TransformSpec {
  op: Op;
  sourceDtype: SourceDtype;
  /** Of each column of a wide table where they differ, as codes of CAST_TYPES; `sourceDtype` is then the widest. */
  mixed?: Uint8Array | undefined;
  dtype: Dtype;
  /** See `Reduction`. For variable-length lists `length` is 0. */
  outer: number;
  length: number;
  inner: number;
  sourceForm: 'rows' | 'columns' | 'ragged';
  /** Bytes of a list offset, for variable-length lists. */
  offsetBytes: 0 | 4 | 8;
  targetForm: 'rows' | 'columns' | 'ragged';
  temperature: number;
  tolerance: number;
  maskNulls: boolean;
  /**
   * An invalid row's bit in the result's bitmap is unset; whether a reader sees the bitmap the batch's header says, and
   * where other rows are null, the bit may be set again when the output is finished.
   */
  invalidBecomesNull: boolean;
  /** The header of a batch, as the worker writes it, counts its invalid rows as null. */
  invalidIsNull: boolean;
  /** Set for dim 0. Then `length` is 1, `inner` the values of a row, and rows have no sums. */
  overRows: OverRows | null;
}

/** dim 0: columns are reduced in blocks of rows of the file. */
export interface OverRows {
  /** Columns, which is values in a row. */
  width: number;
  /** Rows of the file in a block: what happens within one happens in order, and blocks are merged in order. */
  blockRows: number;
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
   * Positions for the batch's first row, so that all pieces of a batch have the same ones: a wide table has a great
   * many. `rows`: one, of the first value; `columns`: one a class; `ragged`: of the first offset, of the first value,
   * and the number of values.
   */
  source: Float64Array;
  validity: SourceValidity[];
  /** For the batch's first row, too. */
  probs: Float64Array | null;
  logProbs: Float64Array | null;
  /** Of the piece's first row; -1: not written. */
  sums: number;
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

/** A buffer of a compressed batch: where it stands in the file, with the length before it, and where once inflated. */
export interface StoredBuffer {
  batch: number;
  buffer: number;
  from: number;
  stored: number;
  /** See `InflatedBatches`. */
  to: number;
  length: number;
  /** Null: of a batch that is not compressed, among others that are. */
  codec: BodyCodec | null;
}

/** What has to be inflated for a task, whose positions are then those of the inflated bytes. */
export interface Inflation {
  /** In ascending order of `to`. */
  buffers: StoredBuffer[];
  /** A folder for what does not fit into the slab. */
  scratch: string;
}

/** How a task's batches go out where their places are not known beforehand. */
export interface Emission {
  codec: 'lz4' | 'zstd' | null;
  /** One after the other, without seeking. */
  toPipe: boolean;
  version: MetadataVersion;
  turnstile: SharedArrayBuffer;
  /** Among the tasks of this run, counted from 0. */
  turn: number;
  /** Where the task begins in the output; null: where the one before it ended, as the turnstile says. */
  start: number | null;
  /** A folder for what does not fit into the slab. */
  scratch: string;
  batches: EmittedBatch[];
}

export interface EmittedBatch {
  batch: number;
  /** Where the body would begin in an uncompressed file: the task's pieces go there. */
  bodyStart: number;
  layout: Omit<BatchLayout, 'copies' | 'values' | 'sums'>;
  /** What a stream has to hold before this batch. */
  dictionaries: EmittedDictionary[];
}

/** A message of our own, with a body from the input, and zeros. */
export interface EmittedDictionary {
  message: Uint8Array;
  from: number;
  length: number;
  padding: number;
}

export interface TransformTask {
  kind: 'transform';
  id: number;
  input: number;
  inflation: Inflation | null;
  output: number;
  emission: Emission | null;
  spec: TransformSpec;
  pieces: Piece[];
  copies: FileCopy[];
  literals: Literal[];
  /** Of dim 0: what `columns_finish` derived from the first pass. */
  parameters?: SharedArrayBuffer | null;
  chain?: BlockChain | null;
}

/** The first pass of dim 0: some blocks of rows. */
export interface FoldTask {
  kind: 'fold';
  id: number;
  input: number;
  inflation: Inflation | null;
  spec: TransformSpec;
  pieces: Piece[];
  /** Null: all blocks are whole. */
  chain: BlockChain | null;
}

/** dim 0, where a task has whole batches: the last block of one may go on in the next, which waits for it. */
export interface BlockChain {
  /** The state, or the sums, of the block that goes on. */
  open: SharedArrayBuffer;
  turnstile: SharedArrayBuffer;
  /** Among the tasks of this run that have rows, counted from 0. */
  turn: number;
}

/** Small batches, whole: a worker reads them together, plans them and writes them together. */
export interface SmallTask {
  kind: 'small';
  id: number;
  input: number;
  output: number;
  spec: TransformSpec;
  /** An ArrowSetup. */
  setup: SharedSetup;
  batches: SmallBatches;
}

export interface ValidateTask<Input = number> {
  kind: 'validate';
  id: number;
  input: Input;
  inflation: Inflation | null;
  spec: TransformSpec;
  /** `sums` is where the stored row_sum stands in the input, or -1. */
  pieces: Piece[];
  /** Of dim 0. */
  chain: BlockChain | null;
}

/** Small batches of stored results. */
export interface ValidateSmallTask {
  kind: 'validate-small';
  id: number;
  input: number;
  spec: TransformSpec;
  /** An ArrowSetup. */
  setup: SharedSetup;
  batches: SmallBatches;
  /** The column of stored sums among those of the input; -1: there is none. */
  sums: number;
}

export type Task = TransformTask | FoldTask | SmallTask | CsvTask | ValidateTask | ValidateSmallTask;

/** Tasks that appear as their input does. */
export interface TaskStream extends AsyncIterable<Task> {
  /** What the task needed is not needed any more. */
  finished(task: number): void;
  /** No more are wanted: lets go whoever waits for input that is not to come. */
  stop(): void;
}
