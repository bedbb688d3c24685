import type { CsvProblem } from '../input/csv/problems.ts';
import type { BatchBlock } from '../layout/output-plan.ts';
import type { WorkTimes } from './stages.ts';

export interface InvalidRow {
  row: number;
  /** NaN when the row has no finite sum. */
  sum: number;
  reason: 'nan' | '+inf' | 'all -inf' | 'range' | 'sum' | 'row_sum';
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
  looked?: LookedAt;
  inputBytes: number;
  outputBytes: number;
  /** Batches whose places the task chose, and where the last one ends. */
  blocks?: BatchBlock[];
  outputEnd?: number;
  /** Of a CSV chunk: what the next chunk has to know. */
  chunkEnd?: ChunkEnd;
  /** Of dim 0. */
  columns?: ColumnResult;
  /** Of float64 that are to be float32 as well: one that is not was met. */
  isWider?: true;
  /** Rows whose stored row_sum is not the sum of their values. */
  mismatches: number;
}

/** What some rows of logits look like: the rest may be otherwise. */
export interface LookedAt {
  rows: number;
  /** The first ones lie within [0, 1] and sum to 1. */
  probabilities: boolean;
  /** All are the same, as far as some values of each say. */
  alike: boolean;
  /** Stands for some values of the first one, and for all of them: 0 where those were not looked at. */
  row: number;
  whole: number;
}

/** What a task found out of columns: not for the journal, which has it merged. */
export interface ColumnResult {
  /** Of the first pass the states of its blocks, of the second their sums, in order. */
  blocks: Float64Array;
  /** Columns in which the first pass met no element: all are null. */
  unseen: number[];
  /** Of stored results: columns with a value that none can be. */
  outside?: number[];
  /** The same of the last block, which goes on in the next task, empty if none does; left out where blocks are whole. */
  open?: Float64Array;
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
export type TaskResult = TransformResult & { work: WorkTimes };

/** A chunk that ends only because another one failed; no user is to see it. */
export const BROKEN_CHAIN = 'BROKEN_CHAIN';

/** A task that ended with an error, in a form that can be sent between threads. */
export interface FailedTask {
  id: number;
  /** `problem` is wrong with a text; the plan has the error for it. */
  failure: { code: string; message: string; file?: string; hint?: string; problem?: CsvProblem };
}
