import fs from 'node:fs';
import { retryWait } from './pipe.ts';

/** What is left to a reader that does not read, once the process was told to stop. */
const LAST_MS = 500;

/**
 * Standard output or standard error, for text. Everything is written to its end, also where the system takes a part at
 * a time; a reader that is slow keeps this thread from nothing, for it waits only in `drain`. Never throws: what went
 * wrong stands in `failure`, and the rest is dropped.
 */
export class StandardStream {
  readonly #fd: 1 | 2;
  /** The same pipe, opened again: what this process waits for there does not block it, nor others that share it. */
  #opened: number | undefined;
  #left: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #wait = 0;
  failure: unknown;

  constructor(fd: 1 | 2) {
    this.#fd = fd;
  }

  write(text: string): void {
    if (this.failure !== undefined || text === '') return;
    this.#left.push(Buffer.from(text));
    if (this.#left.length === 1) this.#flush();
  }

  /** Returns when all is written, or nobody will read it. */
  async drain(signal?: AbortSignal): Promise<void> {
    const isLate = patience(signal);
    while (this.#left.length > 0) {
      if (isLate()) this.#left = [];
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
    clearTimeout(this.#timer);
  }

  #flush(): void {
    try {
      this.#opened ??= openAgain(this.#fd);
      for (let bytes = this.#left[0]; bytes; bytes = this.#left[0]) {
        const done = fs.writeSync(this.#opened, bytes, 0, bytes.length);
        this.#wait = 0;
        if (done < bytes.length) this.#left[0] = bytes.subarray(done);
        else this.#left.shift();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        this.#wait = retryWait(this.#wait);
        this.#timer = setTimeout(() => this.#flush(), this.#wait);
        return;
      }
      this.failure = error;
      this.#left = [];
    }
  }
}

/** Whether a signal came, and what may be waited for after it has gone by. */
export function patience(signal: AbortSignal | undefined): () => boolean {
  let since: number | undefined;
  return () => {
    if (!signal?.aborted) return false;
    since ??= performance.now();
    return performance.now() - since > LAST_MS;
  };
}

/** Kept, for one that nobody holds closes its file. */
const sockets: unknown[] = [];

function openAgain(fd: 1 | 2): number {
  try {
    const { O_WRONLY, O_NONBLOCK } = fs.constants;
    const stats = fs.fstatSync(fd);
    if (stats.isFIFO()) return fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK);
    // A socket cannot be opened again.
    if (stats.isSocket()) {
      const { Socket } = process.getBuiltinModule('node:net');
      sockets.push(new Socket({ fd, readable: false }).unref());
    }
  } catch {
    // Not Linux, or another user's pipe: written to as it is.
  }
  return fd;
}
