/**
 * The chunks of a CSV file in their order, in shared memory: a worker takes the next one when it begins, whichever
 * task told it to. A chunk learns from the one before where it stands. Were chunks given out before they are begun, all
 * would wait while a worker that the system holds up has the next one.
 */
const TAKEN = 0;
const CHUNKS = 1;

export function makeQueue(chunks: number): SharedArrayBuffer {
  return new SharedArrayBuffer((CHUNKS + chunks) * 4);
}

export class CsvQueue {
  private readonly words: Int32Array;
  private added = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
  }

  /** Adds a chunk, before the task is sent that may take it. */
  add(chunk: number): void {
    Atomics.store(this.words, CHUNKS + this.added++, chunk);
  }

  /** The next chunk; there must be as many as tasks were sent. */
  take(): number {
    return Atomics.load(this.words, CHUNKS + Atomics.add(this.words, TAKEN, 1));
  }
}
