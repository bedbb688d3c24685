import type { TransformResult } from '../../src/tasks/results.ts';
import type { Task } from '../../src/tasks/task.ts';
import type { WorkerContext } from '../context.ts';
import { csvChunk } from './csv-chunk.ts';
import { foldColumns } from './fold-columns.ts';
import { transform } from './transform.ts';
import { transformSmall } from './transform-small.ts';
import { validate } from './validate.ts';
import { validateSmall } from './validate-small.ts';

/** Does tasks of one kind. @throws LogitmillError, CsvProblemFound, ChainBroken */
export type TaskRunner<T extends Task> = (task: T, context: WorkerContext) => TransformResult;

/** One for each kind of task. */
export const RUNNERS: { readonly [K in Task['kind']]: TaskRunner<Extract<Task, { kind: K }>> } = {
  transform,
  small: transformSmall,
  fold: foldColumns,
  csv: csvChunk,
  validate,
  'validate-small': validateSmall,
};

export function runnerOf<T extends Task>(task: T): TaskRunner<T> {
  return RUNNERS[task.kind] as TaskRunner<Task> as TaskRunner<T>;
}
