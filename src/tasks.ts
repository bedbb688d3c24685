/**
 * What the coordinator and the workers say to each other: small descriptors and results, never body bytes.
 * All positions are byte positions in a file, all rows are counted from the start of the file.
 */
import type { Block, BodyCodec, MetadataVersion } from './arrow/types.ts';
import type { SharedCsvSetup } from './csv-setup.ts';
import type { CsvPlan } from './input/csv/plan.ts';
import type { CsvDescription } from './input/csv/types.ts';
import type { Dtype, Op } from './options/types.ts';
import type { BatchContext, BatchLayout } from './plan/batch.ts';
import type { SourceDtype } from './plan/logits.ts';
import type { SmallBatches } from './plan/small-batches.ts';
import type { SharedSetup } from './shared-setup.ts';
import type { WorkTimes } from './stages.ts';

/** What stays the same for all tasks of one job. */
export interface TransformSpec {
  op: Op;
  sourceDtype: SourceDtype;
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

export interface InvalidRow {
  row: number;
  /** NaN when the row has no finite sum. */
  sum: number;
  reason: 'nan' | '+inf' | 'all -inf' | 'sum' | 'row_sum';
  /** What the file has, where the reason is that its row_sum is another. */
  stored?: number;
  slice?: number;
  /** With dim 0, where `row` is the index of a column: its name, if it has one. */
  column?: string;
}

/** The most invalid rows that a report names. */
export const MOST_INVALID_ROWS = 20;

export interface TransformResult {
  id: number;
  rows: number;
  nullRows: number;
  invalidRows: number;
  /** The first ones, at most MOST_INVALID_ROWS. */
  firstInvalid: InvalidRow[];
  /** Largest |sum - 1| over finite sums, and its first row; -1 when there is none. */
  maxDeviation: number;
  worstRow: number;
  /** Largest |log(probability) - log-probability|, for op `both`. */
  maxAbsDifference: number;
  /**
   * Batch, null rows, invalid rows, three numbers for each batch whose header is still to be told of them: there may be
   * many.
   */
  nullsByBatch: number[];
  inputBytes: number;
  outputBytes: number;
  /** Batches whose places the task chose, and where the last one ends. */
  blocks?: BatchBlock[];
  outputEnd?: number;
  /** Of a CSV chunk: what the next chunk has to know. */
  chunkEnd?: ChunkEnd;
  /** Of dim 0. */
  columns?: ColumnResult;
  /** Rows whose stored row_sum is not the sum of their values. */
  mismatches: number;
}

/** What a task found out of columns: not for the journal, which has it merged. */
export interface ColumnResult {
  /** Of the first pass the states of its blocks, of the second their sums, in order. */
  blocks: Float64Array;
  /** Columns in which the first pass met no element: all are null. */
  unseen: number[];
  /** The same of the last block, which goes on in the next task, empty if none does; left out where blocks are whole. */
  open?: Float64Array;
}

/** dim 0 over text: chunks hold parts of blocks, so that one folds its rows after the one before. */
export interface CsvColumns {
  pass: 'fold' | 'write';
  /** The state, or the sums, of the block that chunks are folding into. */
  open: SharedArrayBuffer;
  parameters: SharedArrayBuffer | null;
}

/** A batch of the output: where it stands, in bytes from the start of the file. */
export interface BatchBlock extends Block {
  batch: number;
  rows: number;
}

/** What all tasks of a CSV file have in common; see csv-setup.ts for its way to the workers. */
export interface CsvSetup {
  plan: CsvPlan;
  description: CsvDescription;
  /** As the user wrote it, for messages. */
  file: string;
  /** Of the text; infinite when nobody knows, and tasks have windows. */
  bytes: number;
  context: BatchContext;
  /** Bytes of text in a chunk. */
  chunkBytes: number;
  /** Where the first batch of the output stands. */
  firstOffset: number;
  /** See csv-chain.ts. */
  chain: SharedArrayBuffer;
}

/** One chunk of a CSV file: the rows that begin in it become one batch. */
export interface CsvTask {
  kind: 'csv';
  /** Of the chunk, too; where there is a queue, the worker takes another one from there. */
  id: number;
  /** See csv-queue.ts; null where chunks are bound to their tasks. */
  queue: SharedArrayBuffer | null;
  input: number;
  output: number;
  spec: TransformSpec;
  columns: CsvColumns | null;
  setup: SharedCsvSetup;
  /** Of the chunks before this one, lines and rows are only counted: they belong to another shard. */
  firstOwn: number;
  emission: Emission | null;
  /** Set where the text comes in order. */
  window?: CsvWindow;
}

/** What of a text stands in the ring when a chunk is begun; positions are bytes from the text's start. */
export interface CsvWindow {
  /** Where the chunk ends, and where its last row does. */
  to: number;
  limit: number;
  /** The text ends at `limit`. */
  atEnd: boolean;
  /** Of the input, which may be compressed. */
  inputBytes: number;
}

/** What the next chunk of a CSV file has to know of the ones before it. */
export interface ChunkEnd {
  insideQuotes: boolean;
  /** Newlines and rows from the start of the data. */
  lines: number;
  rows: number;
  /** Of the output: where the next batch stands. */
  offset: number;
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

export type Task = TransformTask | FoldTask | SmallTask | CsvTask | ValidateTask;
export type TaskResult = TransformResult & { work: WorkTimes };

/** Tasks that appear as their input does. */
export interface TaskStream extends AsyncIterable<Task> {
  /** What the task needed is not needed any more. */
  finished(task: number): void;
  /** No more are wanted: lets go whoever waits for input that is not to come. */
  stop(): void;
}

/** A chunk that ends only because another one failed; no user is to see it. */
export const BROKEN_CHAIN = 'BROKEN_CHAIN';

/** A task that ended with an error, in a form that can be sent between threads. */
export interface FailedTask {
  id: number;
  failure: { code: string; message: string; file?: string; hint?: string };
}
