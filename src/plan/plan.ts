import type { Block, BlockList, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { shardOf } from '../input/arrow/shard.ts';
import type { CsvProblem } from '../input/csv/problems.ts';
import type { Input } from '../input/open.ts';
import type { KernelModuleName } from '../kernels/names.ts';
import type { ColumnNulls } from '../layout/batch-layout.ts';
import type { Reduction } from '../layout/shape.ts';
import type { RunOptions } from '../options/types.ts';
import type { BatchBlock, TransformResult } from '../tasks/results.ts';
import type { Task, TaskStream, TransformSpec } from '../tasks/task.ts';
import { planCsvFile } from './csv.ts';
import type { Logits } from './logits.ts';
import { planArrow } from './table.ts';

/** One walk over the input. dim 0 takes two: the first folds all rows, and writes nothing. */
export interface Pass {
  kind: 'fold' | 'write';
  /** Of dim 0: what the first pass found out of the columns. */
  parameters: SharedArrayBuffer | null;
  /** Of dim 0, where blocks go on from task to task: see CsvColumns and BlockChain. */
  open: SharedArrayBuffer | null;
}

export const ONLY_PASS: Pass = { kind: 'write', parameters: null, open: null };

export interface PlanOptions extends RunOptions {
  /** The output is a stream whose bytes are written in their order. */
  toPipe: boolean;
}

/** Open files that the tasks work on, and a folder for their scratch files. */
export interface TaskFiles {
  input: number;
  output: number;
  scratch: string;
  /** The output takes bytes in order only. */
  toPipe: boolean;
  /** Where tasks of an earlier run ended, by their number, where they chose their places. */
  ends?: ReadonlyMap<number, number>;
}

/** What the output file consists of, before a body byte is read. Offsets and sizes are in bytes. */
export interface Plan {
  logits: Logits;
  reduction: Reduction;
  /** Of the output; not kept. */
  readonly schema: Schema;
  spec: TransformSpec;
  /** Whether a row of the input can be null. */
  mayBeNull: boolean;
  /** The kernels that the tasks need. */
  modules: readonly KernelModuleName[];
  /** Magic and schema; put together anew each time. */
  readonly start: Uint8Array;
  startLength: number;
  dictionaries: readonly PlannedDictionary[];
  /** Tasks, or batches: what a journal must agree on. */
  parts: number;
  /** Of the output; null where sizes become known as tasks complete. */
  outputBytes: number | null;
  /** Of the output, as good as can be said. */
  estimatedBytes: number;
  /** Of the input that is read, in all passes; null when nobody knows. */
  inputBytes: number | null;
  /** Tasks wait for the ones before them. */
  chained: boolean;
  /** Bytes of memory to set apart from the slabs. */
  setApart: number;
  /** The message before a batch's body, when so many rows turned out to be null; `message` stands there now. */
  headerWithNulls(block: BatchBlock, nullRows: number, message: Uint8Array): Uint8Array;
  /**
   * Where a batch's rows say whether they are null and what they sum to, `message` being its header; null where the
   * output has no sums.
   */
  rowStates(block: BatchBlock, message: Uint8Array): RowStates | null;
  /** Of dim 0 where invalid columns are to be null, else null. */
  columnNulls: ColumnNulls | null;
  tasks(files: TaskFiles, isDone: (task: number) => boolean, pass?: Pass): Iterable<Task> | TaskStream;
  /** Takes up what an earlier run found out in a task that it has done. */
  restore(task: number, result: Pick<TransformResult, 'chunkEnd'>, pass?: Pass['kind']): void;
  /** Of the class columns of a wide table; null where the logits' columns are places in a list. */
  columnName(index: number): string | null;
  /** Of a text: the error for what a task found wrong with it. */
  explain?(problem: CsvProblem): LogitmillError;
  /** The batches of the output, in order, once all tasks are done; `made` has those whose place a task chose. */
  blocks(made: ReadonlyMap<number, BatchBlock>): BlockList<BatchBlock>;
  /** End-of-stream marker, footer and magic; they stand after the last block. */
  end(blocks: BlockList): Uint8Array;
}

/** Positions in the output file. */
export interface RowStates {
  bitmap: number;
  sums: number;
  /** Sums in one row. */
  slices: number;
}

/** A dictionary batch: a message of our own, and its body as it stands in the input, padded. */
export interface PlannedDictionary {
  message(): Uint8Array;
  from: number;
  length: number;
  to: Block;
}

/**
 * Metadata and options in; the output's layout and the tasks out. Pure, but that an Arrow input may read headers again.
 * @throws LogitmillError when the options do not fit the input
 */
export function planTransform(input: Input, asked: PlanOptions): Plan {
  const { shard } = asked;
  const options = asked.toPipe ? { ...asked, format: 'stream' as const } : asked;
  if (input.format === 'csv') {
    if (shard && input.source) throw noShards('an input whose length is known beforehand', input.path);
    return planCsvFile(input, options);
  }
  if (!shard) return planArrow(input, options);
  const plan = planArrow(shardOf(input, shard), options);
  if (plan.reduction.overRows)
    throw noShards('rows that do not depend on each other: no --dim 0', input.path);
  return plan;
}

function noShards(needed: string, file: string): LogitmillError {
  return new LogitmillError('UNSUPPORTED_OPTION', `\`--shard\` needs ${needed}`, { file });
}
