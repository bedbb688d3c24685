// The only importer of piscina.

import type { WorkerSetup } from '../workers/context.ts';
import { LogitmillError } from './errors.ts';
import { compileKernels } from './kernel-build.ts';
import type { KernelBuild, KernelModuleName } from './kernels.ts';
import { makeMemory, slabBytes } from './memory.ts';
import type { RunOptions } from './options/types.ts';
import type { FailedTask, TaskResult } from './task-results.ts';
import type { Task } from './tasks.ts';

/** Inputs up to this size are done by one thread sooner than a worker starts. */
export const INLINE_BYTES = 4 * 2 ** 20;

/**
 * What a worker makes is small and soon forgotten. By itself, its heap for that grows to 48 MB before it looks for what
 * can go; this is no slower.
 */
const YOUNG_MEGABYTES = 3;

export interface PoolOptions {
  threads: number;
  /** Bytes of all slabs together, and of what is set apart from them for the job: text that waits for the workers. */
  memory: number;
  setApart: number;
  /** Bytes that a slab must have for the job to go well: where memory is short, fewer threads share it. */
  leastSlab: number;
  modules: readonly KernelModuleName[];
  build: KernelBuild;
  /** No worker is started: tasks run here, one after the other. Starting one takes longer than a small job. */
  inline: boolean;
  /** Tasks wait for each other, or for a slow reader: this thread is to hear signals meanwhile. */
  chained: boolean;
  /** Results hold what each moment of a task's time went to. */
  isTraced: boolean;
}

export interface Pool {
  threads: number;
  /** Tasks to be given to it at a time, so that no thread waits for its next one. */
  atOnce: number;
  run(task: Task): Promise<TaskResult | FailedTask>;
  /** Ends the workers, at once if they are at work. */
  close(): Promise<void>;
}

async function openPool(options: PoolOptions): Promise<Pool> {
  const threads = options.inline ? 1 : threadsFor(options);
  const bytes = slabBytes(options.memory - options.setApart, threads);
  const setup: WorkerSetup = {
    memory: makeMemory(threads, bytes),
    slabBytes: bytes,
    modules: compileKernels(options.modules, options.build),
    build: options.build,
    slabsTaken: new SharedArrayBuffer(4),
    isTraced: options.isTraced,
  };
  if (options.inline) return hereOnly(setup);
  return options.chained || threads === 1 ? workersOnly(setup, threads) : workersAndHere(setup, threads);
}

function threadsFor({ threads, memory, setApart, leastSlab }: PoolOptions): number {
  const sharing = Math.floor((memory - setApart) / Math.max(1, leastSlab));
  return Math.max(1, Math.min(threads, sharing));
}

type RunTask = (task: Task) => Promise<TaskResult | FailedTask>;

/** Runs tasks in this thread, which hears signals and results between two of them only. */
async function hereRunner(setup: WorkerSetup): Promise<RunTask> {
  const { prepareTask, runTask, WorkerContext } = await import('../workers/main.ts');
  const context = new WorkerContext(setup);
  return async (task) => {
    await new Promise((resolve) => setImmediate(resolve));
    await prepareTask(task);
    return runTask(task, context);
  };
}

async function hereOnly(setup: WorkerSetup): Promise<Pool> {
  return { threads: 1, atOnce: 2, run: await hereRunner(setup), close: async () => {} };
}

/** A worker has its next task before it is done with one. */
const TASKS_OF_WORKER = 2;

/**
 * One worker fewer, and this thread in its place: it has tasks done before the first worker is up, and a thread that
 * only hands out tasks would be idle while a worker more takes 40 ms to start.
 */
async function workersAndHere(setup: WorkerSetup, threads: number): Promise<Pool> {
  const workers = await workersOnly(setup, threads - 1);
  const runHere = await hereRunner(setup);
  let inWorkers = 0;
  return {
    threads,
    atOnce: workers.atOnce + 1,
    run: async (task) => {
      if (inWorkers >= workers.atOnce && isShort(task)) return runHere(task);
      inWorkers++;
      try {
        return await workers.run(task);
      } finally {
        inWorkers--;
      }
    },
    close: () => workers.close(),
  };
}

/** Bytes of a task that this thread is done with before anybody notices that it hears nothing meanwhile. */
const SHORT_BYTES = 64 * 2 ** 20;
const LARGEST_VALUE = 8;

function isShort(task: Task): boolean {
  if (task.kind === 'csv') return false;
  if (task.kind === 'small') return true;
  const { outer, length, inner, sourceForm } = task.spec;
  const bytes = task.pieces.reduce((sum, { rows, source }) => {
    const values = sourceForm === 'ragged' ? (source[2] ?? 0) : rows * outer * length * inner;
    return sum + values * LARGEST_VALUE;
  }, 0);
  return bytes <= SHORT_BYTES;
}

async function workersOnly(setup: WorkerSetup, threads: number): Promise<Pool> {
  const { Piscina } = await import('piscina');
  const piscina = new Piscina<Task, TaskResult | FailedTask>({
    filename: new URL('./worker.js', import.meta.url).href,
    workerData: setup,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: TASKS_OF_WORKER,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  // Said of a result that comes while the pool is being closed; a task that fails rejects its own promise.
  piscina.on('error', () => {});
  return {
    threads,
    atOnce: threads * TASKS_OF_WORKER,
    run: async (task) => {
      try {
        return await piscina.run(task);
      } catch (cause) {
        throw new LogitmillError(
          'WORKER_DIED',
          `a worker died: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        );
      }
    },
    close: () => piscina.destroy(),
  };
}

/** The workers of several jobs, one after the other: started for the first that is large enough, and kept. */
export class Workers {
  private readonly options: Pick<RunOptions, 'threads' | 'memory' | 'trace'>;
  private opened:
    | (Pick<PoolOptions, 'inline' | 'chained' | 'setApart' | 'leastSlab'> & { pool: Pool })
    | undefined;

  constructor(options: Pick<RunOptions, 'threads' | 'memory' | 'trace'>) {
    this.options = options;
  }

  /** What is started already serves small jobs too. */
  async poolFor(
    job: Pick<PoolOptions, 'modules' | 'build' | 'inline' | 'chained' | 'setApart' | 'leastSlab'> & {
      threads?: number;
    },
  ): Promise<Pool> {
    const { opened } = this;
    const fits =
      opened &&
      opened.setApart >= job.setApart &&
      opened.leastSlab >= job.leastSlab &&
      (job.inline || (!opened.inline && (opened.chained || !job.chained)));
    if (fits) return opened.pool;
    await this.close();
    const pool = await openPool({ ...this.options, ...job, isTraced: this.options.trace !== undefined });
    this.opened = { ...job, pool };
    return pool;
  }

  /** Ends them, at once if they are at work; the next job starts new ones. */
  async close(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    await opened?.pool.close();
  }
}
