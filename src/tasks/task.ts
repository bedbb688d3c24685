import type { FileCopy, Literal, Piece } from '../layout/pieces.ts';
import type { SmallBatches } from '../layout/small-batches.ts';
import type { CsvTask } from './csv.ts';
import type { Emission } from './emission.ts';
import type { SharedSetup } from './setup.ts';
import type { TransformSpec } from './spec.ts';
import type { Inflation } from './stored.ts';

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
  /** `sliceColumns` says where the stored row_sum stands in the input, if there is one. */
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
