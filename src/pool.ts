// The only importer of piscina.

import type { WorkerSetup } from '../workers/context.ts';
import { type ErrorCode, EXIT_CODES, LogitmillError } from './errors.ts';
import { compileKernels } from './kernel-build.ts';
import type { KernelBuild, KernelModuleName } from './kernels.ts';
import { makeMemory, slabBytes } from './memory.ts';
import type { CsvSetup, FailedTask, Task, TaskResult } from './tasks.ts';

/** Inputs up to this size are done by one thread sooner than a worker starts. */
export const INLINE_BYTES = 4 * 2 ** 20;

export interface PoolOptions {
  threads: number;
  /** Bytes of all slabs together. */
  memory: number;
  modules: readonly KernelModuleName[];
  build: KernelBuild;
  /** No worker is started: tasks run here, one after the other. Starting one takes longer than a small job. */
  inline: boolean;
  csv: CsvSetup | null;
}

export interface Pool {
  threads: number;
  run(task: Task): Promise<TaskResult | FailedTask>;
  /** Ends the workers, at once if they are at work. */
  close(): Promise<void>;
}

export async function openPool(options: PoolOptions): Promise<Pool> {
  const threads = options.inline ? 1 : options.threads;
  const bytes = slabBytes(options.memory, threads);
  const setup: WorkerSetup = {
    memory: makeMemory(threads, bytes),
    slabBytes: bytes,
    modules: compileKernels(options.modules, options.build),
    slabsTaken: new SharedArrayBuffer(4),
    csv: options.csv,
  };
  return options.inline ? inlinePool(setup) : workerPool(setup, threads);
}

async function inlinePool(setup: WorkerSetup): Promise<Pool> {
  const { runTask, WorkerContext } = await import('../workers/main.ts');
  const context = new WorkerContext(setup);
  return {
    threads: 1,
    run: async (task) => {
      // Signals are heard between two tasks only.
      await new Promise((resolve) => setImmediate(resolve));
      return runTask(task, context);
    },
    close: async () => {},
  };
}

async function workerPool(setup: WorkerSetup, threads: number): Promise<Pool> {
  const { Piscina } = await import('piscina');
  const piscina = new Piscina<Task, TaskResult | FailedTask>({
    filename: new URL('./workers/main.js', import.meta.url).href,
    workerData: setup,
    minThreads: threads,
    maxThreads: threads,
    // A worker that finds its next task waiting does not idle between two.
    concurrentTasksPerWorker: 2,
    idleTimeout: Number.POSITIVE_INFINITY,
  });
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

/** As the user wrote them: workers know descriptors only. */
export interface FileNames {
  input: string;
  output: string;
}

/**
 * Runs all tasks, some at a time, in their order; yields results as they come.
 * @throws LogitmillError of the failed task that comes first, once no task runs any more; or the signal's reason
 */
export async function* runTasks(
  pool: Pool,
  tasks: Iterable<Task>,
  files: FileNames,
  signal?: AbortSignal,
): AsyncGenerator<TaskResult> {
  const running = new Map<number, Promise<TaskResult | FailedTask>>();
  const iterator = tasks[Symbol.iterator]();
  const most = pool.threads * 2;
  let failed: FailedTask | undefined;
  let exhausted = false;
  while (true) {
    while (!exhausted && !failed && !signal?.aborted && running.size < most) {
      const next = iterator.next();
      exhausted = next.done === true;
      if (!next.done) running.set(next.value.id, pool.run(next.value));
    }
    if (running.size === 0) break;
    const result = await Promise.race(running.values());
    running.delete(result.id);
    if (!('failure' in result)) yield result;
    else if (!failed || result.id < failed.id) failed = result;
  }
  signal?.throwIfAborted();
  if (failed) throw errorOf(failed, files);
}

/** Errors lose their class on the way between threads, so a failed task is a result. */
function errorOf({ failure }: FailedTask, files: FileNames): LogitmillError {
  const { code, message, ...details } = failure;
  const known = code in EXIT_CODES ? (code as ErrorCode) : 'INTERNAL';
  const file = details.file || (known === 'NO_SPACE' || known === 'OUTPUT_IO' ? files.output : files.input);
  return new LogitmillError(known, message, { ...details, file });
}
