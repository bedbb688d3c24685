import fs from 'node:fs';

/** Waits of a writer whose reader is slow: from as short as the system can, doubled up to the last. */
const FIRST_WAIT_MS = 0.05;
const LAST_WAIT_MS = 5;

const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `bytes` to a pipe, a socket or a file, at its own position. The other end of a pipe that is not
 * blocking may be shared with others, and nothing says when it has room again, so that we have to ask; a thread
 * waiting here can be ended, which one inside of a blocking write cannot.
 */
export function writeInOrder(fd: number, bytes: Uint8Array): void {
  let wait = FIRST_WAIT_MS;
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(fd, bytes, done, bytes.length - done);
      wait = FIRST_WAIT_MS;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(clock, 0, 0, wait);
      wait = Math.min(LAST_WAIT_MS, wait * 2);
    }
  }
}

/** Likewise, for a thread that has signals to hear. */
export async function writeInOrderAsync(fd: number, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  let wait = FIRST_WAIT_MS;
  for (let done = 0; done < bytes.length; ) {
    signal?.throwIfAborted();
    try {
      done += fs.writeSync(fd, bytes, done, bytes.length - done);
      wait = FIRST_WAIT_MS;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(LAST_WAIT_MS, wait * 2);
    }
  }
}
