import { type ErrorCode, EXIT_CODES, LogitmillError } from '../errors.ts';
import type { CsvProblem } from '../input/csv/problems.ts';
import { collectGarbage } from '../memory/garbage.ts';
import { BROKEN_CHAIN, type FailedTask, type TaskResult } from '../tasks/results.ts';
import type { Task, TaskStream } from '../tasks/task.ts';
import { Inbox } from './inbox.ts';
import type { Pool } from './pool.ts';

/** As the user wrote them: workers know descriptors only. */
export interface FileNames {
  input: string;
  output: string;
  /** Of a text: the error for what a task found wrong with it. */
  explain?: ((problem: CsvProblem) => LogitmillError) | undefined;
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
      if (mayGoOn() && !isAsked && running < pool.atOnce) {
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
        collectGarbage();
        const { result } = message;
        if ('finished' in tasks) tasks.finished(result.id);
        if (!('failure' in result)) yield result;
        else if (!failed || comesFirst(result, failed)) failed = result;
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

/** A task that failed because another did says nothing of why, even if it stands before that one. */
function comesFirst(one: FailedTask, other: FailedTask): boolean {
  const [isEcho, otherIsEcho] = [one, other].map(({ failure }) => failure.code === BROKEN_CHAIN);
  return isEcho === otherIsEcho ? one.id < other.id : otherIsEcho;
}

/** Errors lose their class on the way between threads, so a failed task is a result. */
function errorOf({ failure }: FailedTask, files: FileNames): LogitmillError {
  if (failure.problem && files.explain) return files.explain(failure.problem);
  const { code, message, file: named, hint } = failure;
  const known = code in EXIT_CODES ? (code as ErrorCode) : 'INTERNAL';
  const file =
    named ||
    (known === 'NO_SPACE' || known === 'OUTPUT_IO' || known === 'OUTPUT_CLOSED' ? files.output : files.input);
  return new LogitmillError(known, message, { file, hint });
}
