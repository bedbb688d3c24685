import { compileKernels } from '../kernels/compile.ts';
import type { KernelBuild, KernelModuleName } from '../kernels/names.ts';
import { makeMemory, slabBytes, threadsWithin } from '../memory/slabs.ts';
import type { RunOptions } from '../options/types.ts';
import type { WorkerSetup } from '../tasks/assignment.ts';
import type { FailedTask, TaskResult } from '../tasks/results.ts';
import type { Task } from '../tasks/task.ts';
import { startThreads, type WorkerThreads } from './threads.ts';

/** Inputs up to this size are done by one thread sooner than a worker starts. */
export const INLINE_BYTES = 4 * 2 ** 20;

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

/** @param started threads that wait for a job */
async function openPool(options: PoolOptions, started: WorkerThreads | undefined): Promise<Pool> {
  const threads = options.inline ? 1 : threadsFor(options);
  const beside = threadsBeside(options, threads);
  const bytes = slabBytes(options.memory - options.setApart, threads);
  const setup: WorkerSetup = {
    memory: makeMemory(threads, bytes),
    slabBytes: bytes,
    setApart: options.setApart,
    modules: compileKernels(options.modules, options.build),
    build: options.build,
    slabsTaken: new SharedArrayBuffer(4),
    isTraced: options.isTraced,
  };
  // Other threads than those that are wanted would be too many, or need another setup.
  const isWanted = started?.count === beside;
  if (started && !isWanted) await started.close();
  if (beside === 0) return await hereOnly(setup);
  const workers = isWanted ? started : await startThreads(beside);
  return beside === threads ? workersOnly(workers, setup) : await workersAndHere(workers, setup);
}

/** How many workers do the work of so many threads: see `workersAndHere`. */
function threadsBeside(
  { inline, chained }: Pick<PoolOptions, 'inline' | 'chained'>,
  threads: number,
): number {
  if (inline) return 0;
  return chained || threads === 1 ? threads : threads - 1;
}

function threadsFor({ threads, memory, setApart, leastSlab }: PoolOptions): number {
  return threadsWithin(threads, memory - setApart, leastSlab);
}

type RunTask = (task: Task) => Promise<TaskResult | FailedTask>;

/** Runs tasks in this thread, which hears signals and results between two of them only. */
async function hereRunner(setup: WorkerSetup): Promise<RunTask> {
  const { prepareTask, runTask, WorkerContext } = await import('../../workers/main.ts');
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

/**
 * One worker fewer, and this thread in its place: it has tasks done before the first worker is up, and a thread that
 * only hands out tasks would be idle while a worker more takes 40 ms to start.
 */
async function workersAndHere(workers: WorkerThreads, setup: WorkerSetup): Promise<Pool> {
  const runHere = await hereRunner(setup);
  let inWorkers = 0;
  return {
    threads: workers.count + 1,
    atOnce: workers.atOnce + 1,
    run: async (task) => {
      if (inWorkers >= workers.atOnce && isShort(task)) return runHere(task);
      inWorkers++;
      try {
        return await workers.run(task, setup);
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
  if (task.kind === 'small' || task.kind === 'validate-small') return true;
  const { outer, length, inner, sourceForm } = task.spec;
  const bytes = task.pieces.reduce((sum, { rows, lists }) => {
    const values = sourceForm === 'ragged' ? (lists?.count ?? 0) : rows * outer * length * inner;
    return sum + values * LARGEST_VALUE;
  }, 0);
  return bytes <= SHORT_BYTES;
}

function workersOnly(workers: WorkerThreads, setup: WorkerSetup): Pool {
  const { count, atOnce } = workers;
  return { threads: count, atOnce, run: (task) => workers.run(task, setup), close: () => workers.close() };
}

/** What can be said of a job before its input has been read. */
export interface ExpectedJob {
  /** Of the input. */
  bytes: number;
  chained: boolean;
}

/** The workers of several jobs, one after the other: started for the first that is large enough, and kept. */
export class Workers {
  private readonly options: Pick<RunOptions, 'threads' | 'memory' | 'trace'>;
  private opened:
    | (Pick<PoolOptions, 'inline' | 'chained' | 'setApart' | 'leastSlab'> & { pool: Pool })
    | undefined;
  /** Started for the next job. */
  private waiting: WorkerThreads | undefined;
  private closing: Promise<unknown> | undefined;

  constructor(options: Pick<RunOptions, 'threads' | 'memory' | 'trace'>) {
    this.options = options;
  }

  /** Starts the threads that a job will want, which takes longer than planning it, unless there are some. */
  async expect({ bytes, chained }: ExpectedJob): Promise<void> {
    const threads = threadsWithin(this.options.threads, this.options.memory);
    const hasThreads = this.waiting || (this.opened && !this.opened.inline);
    if (hasThreads || threads === 1 || bytes <= INLINE_BYTES) return;
    this.waiting = await startThreads(threadsBeside({ inline: false, chained }, threads));
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
    const { waiting } = this;
    this.waiting = undefined;
    await this.close();
    const isTraced = this.options.trace !== undefined;
    let pool: Pool;
    try {
      pool = await openPool({ ...this.options, ...job, isTraced }, waiting);
    } catch (error) {
      await waiting?.close();
      throw error;
    }
    this.opened = { ...job, pool };
    return pool;
  }

  /** Ends them, at once if they are at work; the next job starts new ones. */
  async close(): Promise<void> {
    const { opened, waiting, closing } = this;
    this.opened = undefined;
    this.waiting = undefined;
    this.closing = Promise.all([closing, waiting?.close(), opened?.pool.close()]);
    await this.closing;
  }
}
