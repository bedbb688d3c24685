import type { MetadataVersion } from '../arrow/types.ts';
import type { BatchBlock } from '../layout/output-plan.ts';
import type { RunOptions } from '../options/types.ts';
import { makeTurnstile } from '../sync/turnstile.ts';
import type { Emission } from '../tasks/emission.ts';
import type { PlanOptions, TaskFiles } from './plan.ts';

/** Whether batches find their places only as tasks complete, one after the other. */
export function isOrdered({ compression, toPipe }: PlanOptions): boolean {
  return compression !== 'none' || toPipe;
}

/** Numbers the tasks of a run, and tells each what is known of its place. */
export class Emissions {
  readonly #options: RunOptions;
  readonly #files: TaskFiles;
  readonly #version: MetadataVersion;
  readonly #turnstile = makeTurnstile();
  #turn = 0;
  /** Where the first batch stands. */
  readonly #first: number;
  readonly #firstTask: number;

  constructor(options: RunOptions, files: TaskFiles, version: MetadataVersion, first: number, firstTask = 0) {
    this.#options = options;
    this.#files = files;
    this.#version = version;
    this.#first = first;
    this.#firstTask = firstTask;
  }

  /** Of the next task that this run does. */
  next(task: number, batches: Emission['batches']): Emission {
    const { compression, onInvalid } = this.#options;
    const start = task === this.#firstTask ? this.#first : (this.#files.ends?.get(task - 1) ?? null);
    return {
      codec: compression === 'none' ? null : compression,
      toPipe: this.#files.toPipe,
      untilInvalid: this.#files.toPipe && onInvalid === 'fail',
      version: this.#version,
      turnstile: this.#turnstile,
      turn: this.#turn++,
      start,
      scratch: this.#files.scratch,
      batches,
    };
  }
}

/** Batches whose places tasks chose. */
export function inOrder(made: ReadonlyMap<number, BatchBlock>): BatchBlock[] {
  return [...made.values()].sort((left, right) => left.batch - right.batch);
}
