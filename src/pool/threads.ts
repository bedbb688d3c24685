// The only importer of piscina.
import { once } from 'node:events';
import { LogitmillError } from '../errors.ts';
import type { Assignment, WorkerSetup } from '../tasks/assignment.ts';
import type { FailedTask, TaskResult } from '../tasks/results.ts';
import type { Task } from '../tasks/task.ts';

/**
 * What a worker makes is small and soon forgotten. By itself, its heap for that grows to 48 MB before it looks for what
 * can go; this is no slower.
 */
const YOUNG_MEGABYTES = 3;

/** A worker has its next task before it is done with one. */
const TASKS_OF_WORKER = 2;

/** Threads that are started before it is known what they will do: they learn it with their first tasks. */
export interface WorkerThreads {
  count: number;
  /** Tasks to be given to them at a time, so that no thread waits for its next one. */
  atOnce: number;
  /**
   * @param setup the same for all tasks
   * @throws LogitmillError WORKER_DIED
   */
  run(task: Task, setup: WorkerSetup): Promise<TaskResult | FailedTask>;
  /** Ends them, at once if they are at work. */
  close(): Promise<void>;
}

export async function startThreads(count: number): Promise<WorkerThreads> {
  const { Piscina } = await import('piscina');
  const make = () =>
    new Piscina<Assignment, TaskResult | FailedTask>({
      filename: new URL('./worker.js', import.meta.url).href,
      minThreads: count,
      maxThreads: count,
      concurrentTasksPerWorker: TASKS_OF_WORKER,
      idleTimeout: Number.POSITIVE_INFINITY,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
  let piscina: ReturnType<typeof make>;
  try {
    piscina = make();
  } catch (cause) {
    throw new LogitmillError('WORKER_DIED', `the system gives this process no ${count} threads more`, {
      hint: '--threads 1, or a higher limit (ulimit -u)',
      cause,
    });
  }
  // Said of a result that comes while the pool is being closed; a task that fails rejects its own promise.
  piscina.on('error', () => {});
  const started = piscina.threads.map((thread) =>
    Promise.race([once(thread, 'online'), once(thread, 'exit')]).catch(() => {}),
  );
  /** Those that have their setup. */
  const settled = new Set<number>();
  return {
    count,
    atOnce: count * TASKS_OF_WORKER,
    run: async (task, setup) => {
      try {
        const result = await piscina.run(settled.size < count ? { task, setup } : { task });
        if ('work' in result) settled.add(result.work.thread);
        return result;
      } catch (cause) {
        throw new LogitmillError(
          'WORKER_DIED',
          `a worker died: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        );
      }
    },
    close: async () => {
      // A thread that is ended while Node starts in it can take the process along.
      await Promise.all(started);
      await piscina.destroy();
    },
  };
}
