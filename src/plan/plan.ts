import type { BlockList } from '../arrow/types.ts';
import type { LogitmillError } from '../errors.ts';
import type { CsvProblem } from '../input/csv/problems.ts';
import type { KernelBuild, KernelModuleName } from '../kernels/names.ts';
import type { Logits } from '../layout/logits.ts';
import type { BatchBlock, OutputPlan } from '../layout/output-plan.ts';
import type { Reduction } from '../layout/shape.ts';
import type { RunOptions } from '../options/types.ts';
import type { TransformResult } from '../tasks/results.ts';
import type { TransformSpec } from '../tasks/spec.ts';
import type { Task, TaskStream } from '../tasks/task.ts';
import type { ColumnsTaken } from './provenance.ts';

/** One walk over the input. dim 0 takes two: the first folds all rows, and writes nothing. */
export interface Pass {
  kind: 'fold' | 'write';
  /** Of dim 0: what the first pass found out of the columns. */
  parameters: SharedArrayBuffer | null;
  /** Of dim 0, where blocks go on from task to task: see CsvOverRows and BlockChain. */
  open: SharedArrayBuffer | null;
}

export const ONLY_PASS: Pass = { kind: 'write', parameters: null, open: null };

export interface PlanOptions extends RunOptions {
  /** The output is a stream whose bytes are written in their order. */
  toPipe: boolean;
  /** Of the kernels that will compute it, which the output names. */
  build: KernelBuild;
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

/** The whole job, before a body byte is read. Offsets and sizes are in bytes. */
export interface Plan extends OutputPlan {
  logits: Logits;
  reduction: Reduction;
  spec: TransformSpec;
  /** Which columns are the logits, for people and for the summary. */
  readonly taken: ColumnsTaken;
  /** The kernels that the tasks need. */
  modules: readonly KernelModuleName[];
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
  /** Bytes of a slab with which the job goes well: where memory is short, fewer threads share it. */
  leastSlab: number;
  tasks(files: TaskFiles, isDone: (task: number) => boolean, pass?: Pass): Iterable<Task> | TaskStream;
  /** Takes up what an earlier run found out in a task that it has done. */
  restore(task: number, result: Pick<TransformResult, 'chunkEnd'>, pass?: Pass['kind']): void;
  /** Of the class columns of a wide table; null where the logits' columns are places in a list. */
  columnName(index: number): string | null;
  /** Of a text: the error for what a task found wrong with it. */
  explain?(problem: CsvProblem): LogitmillError;
  /** The batches of the output, in order, once all tasks are done; `made` has those whose place a task chose. */
  blocks(made: ReadonlyMap<number, BatchBlock>): BlockList<BatchBlock>;
}
