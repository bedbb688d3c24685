import type { BlockList } from '../arrow/types.ts';
import type { BatchBlock, OutputPlan } from '../layout/output-plan.ts';
import type { NewCheckpoint, SavedWork } from './publish/journal.ts';

/** What is done of a job, for a later run to go on from; see OutputFile for each. */
export interface WorkLog {
  readonly saved: SavedWork;
  isDone(task: number): boolean;
  record(task: number, result: unknown, bytes?: number): void;
  checkpoint(name: string, make: () => NewCheckpoint, bytes?: number): void;
  room(): Promise<void> | null;
  mark(value: unknown): Promise<void>;
}

/** What the rows turned out to be, which headers and bitmaps have to say, and are told of when all rows are computed. */
export interface LateNulls {
  /** Whether invalid rows, or columns of dim 0, are to be null. */
  invalidAreNull: boolean;
  tolerance: number;
  /** Null rows by batch, where there are any. */
  byBatch: ReadonlyMap<number, number>;
  /** Batches that have both null and invalid rows, so that the bitmap is seen in any case. */
  withBoth: ReadonlySet<number>;
  /** Of dim 0: of each column whether it is invalid. */
  columns: Uint8Array | null;
}

/** Where the results of a job go. Exactly one of `publish`, `keepForResume` and `discard` has to succeed. */
export interface Output extends WorkLog {
  /** Workers write to it: at any position, or, where `inOrder`, one after the other. */
  readonly fd: number;
  readonly inOrder: boolean;
  /** For scratch files. */
  readonly folder: string;
  readonly resumed: boolean;
  /** Why an earlier run's work could not be used, for the user to read; null when there was none, or it is used. */
  readonly afreshBecause: string | null;
  /** Writes what has to stand there before the first batch does. `input` is a descriptor. */
  begin(plan: OutputPlan, input: number, signal?: AbortSignal): Promise<void>;
  /** Writes, or prepares, all that no task writes; returns the output's length in bytes. */
  finish(plan: OutputPlan, input: number, blocks: BlockList<BatchBlock>, nulls: LateNulls): number;
  /** Makes it the output, in one step; returns paths beside it that could not be removed. */
  publish(options: { signal?: AbortSignal | undefined }): Promise<string[]>;
  /** Whether a later run can go on from what is left. */
  keepForResume(): Promise<boolean>;
  discard(): Promise<void>;
}
