/**
 * Work that may be long: a generator that yields wherever it can wait, and returns its result. While JavaScript is at
 * work, no signal is heard.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** How long a job goes on before it listens, in ms. */
const TURN_MS = 100;

/**
 * Does the work, and listens now and then.
 * @throws what the work throws, or the signal's reason
 */
export async function inTurns<T>(work: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (let start = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - start < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    start = performance.now();
  }
}

/** Does the work without a pause. */
export function atOnce<T>(work: Steps<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
