import type { Input } from '../input/open.ts';
import type { RunOptions } from '../options/types.ts';
import type { Output } from '../output/output.ts';
import type { Plan } from '../plan/plan.ts';
import type { WorkTimes } from '../tasks/stages.ts';
import type { JobTally } from './tally.ts';

export interface Job {
  input: string;
  output: string;
  /** The input, where it is open already; it is closed at the end. @internal */
  opened?: Input | undefined;
  options: RunOptions;
  /** Called now and then with what is done so far. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops the job; its reason is thrown. */
  signal?: AbortSignal | undefined;
}

export interface Progress {
  /** Of the input that has to be read; null when nobody knows how long it is. */
  bytesDone: number;
  bytesTotal: number | null;
  rowsDone: number;
}

/** What an output came to. */
export interface Written {
  rows: number;
  batches: number;
  bytes: number;
}

/** What may be wrong with a job whose numbers are right. */
export interface Warning {
  code: 'ONE_CLASS' | 'PROBABILITIES' | 'PANDAS_NULLS' | 'NO_ROWS' | 'SAME_ROW';
  message: string;
}

/** Is told of a job's steps as they are taken. */
export interface JobListener {
  /** @internal */
  planned(input: Input, plan: Plan, kernel: string): void;
  /** @internal */
  opened(output: Pick<Output, 'resumed' | 'afreshBecause'>): void;
  /** @internal */
  started(threads: number): void;
  /** Where the time of a task went. @internal */
  worked(work: WorkTimes): void;
  /** @internal */
  done(tally: JobTally, written: Written): void;
  /** @internal */
  warned(warnings: readonly Warning[]): void;
  /** Whether a later run can go on from what a failed one leaves. @internal */
  kept(kept: boolean): void;
}
