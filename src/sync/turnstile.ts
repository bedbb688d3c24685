/**
 * Lets tasks write one after the other, where no one knows beforehand how much each of them writes: the sizes of
 * compressed batches, or a pipe. A task is let through once the one before it says where it ended. Tasks are handed
 * out in their order, so that a task waits only for tasks that other workers have begun, or this one has finished.
 */
const TURN = 0;
const CLOSED = 1;
/** Among the numbers. */
const OFFSET = 1;
const BROKEN = -1;

export function makeTurnstile(): SharedArrayBuffer {
  return new SharedArrayBuffer(16);
}

export class Turnstile {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float64Array(buffer);
  }

  /** Waits for `turn`, counted from 0; returns where the turn before it ended, or null when a task failed. */
  wait(turn: number): number | null {
    for (;;) {
      const now = Atomics.load(this.#words, TURN);
      if (now === turn) return this.#numbers[OFFSET];
      if (now === BROKEN) return null;
      Atomics.wait(this.#words, TURN, now);
    }
  }

  /** Lets the next one through. */
  pass(turn: number, offset: number): void {
    this.#numbers[OFFSET] = offset;
    this.#set(turn + 1);
  }

  /** From this turn on nothing more is to be written. */
  close(): void {
    Atomics.store(this.#words, CLOSED, 1);
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, CLOSED) === 1;
  }

  /** Lets go whoever waits for a task that failed. */
  break(): void {
    this.#set(BROKEN);
  }

  #set(turn: number): void {
    Atomics.store(this.#words, TURN, turn);
    Atomics.notify(this.#words, TURN);
  }
}
