import { Turnstile } from '../src/sync/turnstile.ts';
import type { Emission } from '../src/tasks/emission.ts';

/** Another chunk failed, before this one: what this one would say does not matter. */
export class ChainBroken extends Error {}

/** Runs a task's work; when it fails, those that wait for it wait no more. */
export function orBreak<T>(
  queues: readonly (Pick<Emission, 'turnstile'> | null | undefined)[],
  work: () => T,
): T {
  try {
    return work();
  } catch (error) {
    for (const queue of queues) if (queue) new Turnstile(queue.turnstile).break();
    throw error;
  }
}
