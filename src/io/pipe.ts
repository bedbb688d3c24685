import fs from 'node:fs';

/** Waits of a writer whose reader is slow: from as short as the system can, doubled up to the last. */
const FIRST_WAIT_MS = 0.05;
const LAST_WAIT_MS = 5;

/** How long to wait after a wait of `before` milliseconds for nothing. */
export const retryWait = (before: number): number =>
  Math.min(LAST_WAIT_MS, Math.max(FIRST_WAIT_MS, before * 2));

const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `bytes` to a pipe, a socket or a file, at its own position. The other end of a pipe that is not
 * blocking may be shared with others, and nothing says when it has room again, so that we have to ask; a thread
 * waiting here can be ended, which one inside of a blocking write cannot.
 */
export function writeInOrder(fd: number, bytes: Uint8Array): void {
  let wait = 0;
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(fd, bytes, done, bytes.length - done);
      wait = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      wait = retryWait(wait);
      Atomics.wait(clock, 0, 0, wait);
    }
  }
}

/** Likewise, for a thread that has signals to hear; `isLate` says when to give up a reader that does not read. */
export async function writeInOrderAsync(
  fd: number,
  bytes: Uint8Array,
  signal?: AbortSignal,
  isLate: () => boolean = () => signal?.aborted === true,
): Promise<void> {
  let wait = 0;
  for (let done = 0; done < bytes.length; ) {
    if (isLate()) signal?.throwIfAborted();
    try {
      done += fs.writeSync(fd, bytes, done, bytes.length - done);
      wait = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      wait = retryWait(wait);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
