// The only importer of piscina.

import type { WorkerSetup } from '../workers/context.ts';
import { type ErrorCode, EXIT_CODES, LogitmillError } from './errors.ts';
import { Inbox } from './inbox.ts';
import { compileKernels } from './kernel-build.ts';
import type { KernelBuild, KernelModuleName } from './kernels.ts';
import { makeMemory, slabBytes } from './memory.ts';
import type { RunOptions } from './options/types.ts';
import { BROKEN_CHAIN, type FailedTask, type Task, type TaskResult, type TaskStream } from './tasks.ts';

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
  /** Results hold what each moment of a task's time went to. */
  isTraced: boolean;
}

export interface Pool {
  threads: number;
  run(task: Task): Promise<TaskResult | FailedTask>;
  /** Ends the workers, at once if they are at work. */
  close(): Promise<void>;
}

export async function openPool(options: PoolOptions): Promise<Pool> {
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
  return options.inline ? inlinePool(setup) : workerPool(setup, threads);
}

function threadsFor({ threads, memory, setApart, leastSlab }: PoolOptions): number {
  const sharing = Math.floor((memory - setApart) / Math.max(1, leastSlab));
  return Math.max(1, Math.min(threads, sharing));
}

async function inlinePool(setup: WorkerSetup): Promise<Pool> {
  const { prepareTask, runTask, WorkerContext } = await import('../workers/main.ts');
  const context = new WorkerContext(setup);
  return {
    threads: 1,
    run: async (task) => {
      // Signals are heard between two tasks only.
      await new Promise((resolve) => setImmediate(resolve));
      await prepareTask(task);
      return runTask(task, context);
    },
    close: async () => {},
  };
}

async function workerPool(setup: WorkerSetup, threads: number): Promise<Pool> {
  const { Piscina } = await import('piscina');
  const piscina = new Piscina<Task, TaskResult | FailedTask>({
    filename: new URL('./worker.js', import.meta.url).href,
    workerData: setup,
    minThreads: threads,
    maxThreads: threads,
    // A worker that finds its next task waiting does not idle between two.
    concurrentTasksPerWorker: 2,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  // Said of a result that comes while the pool is being closed; a task that fails rejects its own promise.
  piscina.on('error', () => {});
  return {
    threads,
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
  private opened: { pool: Pool; inline: boolean; setApart: number; leastSlab: number } | undefined;

  constructor(options: Pick<RunOptions, 'threads' | 'memory' | 'trace'>) {
    this.options = options;
  }

  /** What is started already serves small jobs too. */
  async poolFor(
    job: Pick<PoolOptions, 'modules' | 'build' | 'inline' | 'setApart' | 'leastSlab'> & { threads?: number },
  ): Promise<Pool> {
    const { opened } = this;
    const fits =
      opened &&
      opened.setApart >= job.setApart &&
      opened.leastSlab >= job.leastSlab &&
      (!opened.inline || job.inline);
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

/** As the user wrote them: workers know descriptors only. */
export interface FileNames {
  input: string;
  output: string;
}

/** How long tasks at work may take to end when the job is to stop; the threads are ended then, wherever they are. */
const GRACE_MS = 1000;

type Message =
  | { kind: 'task'; next: IteratorResult<Task> }
  | { kind: 'result'; result: TaskResult | FailedTask }
  | { kind: 'broken'; error: unknown; isWorker: boolean }
  | { kind: 'stop' }
  | { kind: 'late' };

/**
 * Runs all tasks, some at a time, in their order; yields results as they come.
 * @throws LogitmillError of the failed task that comes first, once no task runs any more; or the signal's reason, after
 * a moment at most: tasks may still be running then, as they may when a worker died
 */
export async function* runTasks(
  pool: Pool,
  tasks: Iterable<Task> | TaskStream,
  files: FileNames,
  signal?: AbortSignal,
): AsyncGenerator<TaskResult> {
  const inbox = new Inbox<Message>();
  const iterator = Symbol.asyncIterator in tasks ? tasks[Symbol.asyncIterator]() : tasks[Symbol.iterator]();
  const most = pool.threads * 2;
  let running = 0;
  let isAsked = false;
  let isExhausted = false;
  let failed: FailedTask | undefined;
  let broken: { error: unknown } | undefined;
  let timer: NodeJS.Timeout | undefined;

  const mayGoOn = (): boolean => !isExhausted && !failed && !broken && !signal?.aborted;
  const stopSource = (): void => {
    if ('stop' in tasks) tasks.stop();
  };
  const stop = (): void => inbox.push({ kind: 'stop' });
  const ask = async (): Promise<void> => {
    try {
      inbox.push({ kind: 'task', next: await iterator.next() });
    } catch (error) {
      inbox.push({ kind: 'broken', error, isWorker: false });
    }
  };
  const start = async (task: Task): Promise<void> => {
    try {
      inbox.push({ kind: 'result', result: await pool.run(task) });
    } catch (error) {
      inbox.push({ kind: 'broken', error, isWorker: true });
    }
  };

  signal?.addEventListener('abort', stop, { once: true });
  try {
    while (mayGoOn() || running > 0) {
      if (mayGoOn() && !isAsked && running < most) {
        isAsked = true;
        void ask();
      }
      const message = await inbox.take();
      if (message.kind === 'late') break;
      if (message.kind === 'stop') {
        stopSource();
        timer ??= setTimeout(() => inbox.push({ kind: 'late' }), GRACE_MS);
      } else if (message.kind === 'task') {
        isAsked = false;
        isExhausted = message.next.done === true;
        if (message.next.done || !mayGoOn()) continue;
        running++;
        void start(message.next.value);
      } else if (message.kind === 'result') {
        running--;
        const { result } = message;
        if ('finished' in tasks) tasks.finished(result.id);
        if (!('failure' in result)) yield result;
        else if (!failed || result.id < failed.id) failed = result;
        if (failed) stopSource();
      } else {
        broken ??= message;
        stopSource();
        if (message.isWorker) throw message.error;
      }
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    stopSource();
  }
  signal?.throwIfAborted();
  if (failed && !(broken && failed.failure.code === BROKEN_CHAIN)) throw errorOf(failed, files);
  if (broken) throw broken.error;
}

/** Errors lose their class on the way between threads, so a failed task is a result. */
function errorOf({ failure }: FailedTask, files: FileNames): LogitmillError {
  const { code, message, ...details } = failure;
  const known = code in EXIT_CODES ? (code as ErrorCode) : 'INTERNAL';
  const file =
    details.file ||
    (known === 'NO_SPACE' || known === 'OUTPUT_IO' || known === 'OUTPUT_CLOSED' ? files.output : files.input);
  return new LogitmillError(known, message, { ...details, file });
}
