// The entry of a worker thread: a task's descriptor in, its result out.

import { LogitmillError } from '../src/errors.ts';
import { collectGarbage } from '../src/memory/garbage.ts';
import { CsvQueue } from '../src/sync/chunk-queue.ts';
import type { Assignment } from '../src/tasks/assignment.ts';
import {
  BROKEN_CHAIN,
  type FailedTask,
  type TaskResult,
  type TransformResult,
} from '../src/tasks/results.ts';
import type { Task } from '../src/tasks/task.ts';
import { prepareEmission } from './batches/emit.ts';
import { prepareInflation } from './batches/inflate.ts';
import { WorkerContext } from './context.ts';
import { CsvProblemFound } from './csv/problem-found.ts';
import { stageClock } from './stage-clock.ts';
import { runnerOf } from './tasks/runners.ts';
import { ChainBroken } from './turns.ts';

export { WorkerContext };

/** What has to be awaited before `runTask`: nothing, mostly. */
export async function prepareTask(task: Task): Promise<void> {
  if ('inflation' in task) await prepareInflation(task.inflation);
  if ('emission' in task) await prepareEmission(task.emission);
}

/** Does one task; also called directly by jobs too small for a pool. */
export function runTask(task: Task, context: WorkerContext): TaskResult | FailedTask {
  stageClock.begin(context.isTraced);
  const own = task.kind === 'csv' && task.queue ? { ...task, id: new CsvQueue(task.queue).take() } : task;
  const outcome = outcomeOf(own, context);
  return 'failure' in outcome ? outcome : { ...outcome, work: stageClock.end() };
}

function outcomeOf(task: Task, context: WorkerContext): TransformResult | FailedTask {
  try {
    return runnerOf(task)(task, context);
  } catch (error) {
    return { id: task.id, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): FailedTask['failure'] {
  if (error instanceof LogitmillError) {
    const { code, message, file, hint } = error;
    return {
      code,
      message,
      ...(file === undefined ? {} : { file }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (error instanceof CsvProblemFound)
    return { code: 'BAD_ROW', message: error.message, problem: error.problem };
  if (error instanceof ChainBroken) return { code: BROKEN_CHAIN, message: 'a chunk before this one failed' };
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? error.message : String(error),
  };
}

let own: WorkerContext | undefined;

/** piscina's way in. */
export default async function handle({ task, setup }: Assignment): Promise<TaskResult | FailedTask> {
  await prepareTask(task);
  if (setup) own ??= new WorkerContext(setup);
  if (!own) throw new Error('a worker has a task and no setup');
  collectGarbage();
  return runTask(task, own);
}
