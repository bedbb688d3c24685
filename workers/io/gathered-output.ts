import { type OutputPart, type Target, writeOutput, writeParts } from './files.ts';

/**
 * Writes to one file wait for each other: a small one costs as much as the large one of another thread that it waits
 * for. With batches of one row and 128,256 classes, headers and row sums took a fifth of the job so.
 */
const SMALL_BYTES = 24 * 2 ** 10;
/** What waits at most. */
const WAITING_BYTES = 2 ** 18;

/** Runs `work`, whose small writes to a file go together with their neighbours; no two of them may overlap. */
export function gatheringWrites(output: OutputPart, work: (output: OutputPart) => void): void {
  if (typeof output !== 'number') {
    work(output);
    return;
  }
  const gathered = new GatheredOutput(output);
  work(gathered);
  gathered.flush();
}

/** A file whose small writes wait for one beside them. */
export class GatheredOutput implements Target {
  readonly #fd: number;
  readonly #waiting = new Map<number, Uint8Array>();
  /** Where what ends at a position begins. */
  readonly #startOf = new Map<number, number>();
  #bytes = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** `bytes` may be used again afterwards. */
  write(bytes: Uint8Array, position: number): void {
    if (bytes.length > SMALL_BYTES) this.#writeWithNeighbours(bytes, position);
    else if (bytes.length > 0) this.#keep(bytes, position);
  }

  #keep(bytes: Uint8Array, position: number): void {
    if (this.#bytes + bytes.length > WAITING_BYTES) this.flush();
    this.#waiting.set(position, bytes.slice());
    this.#startOf.set(position + bytes.length, position);
    this.#bytes += bytes.length;
  }

  flush(): void {
    for (const position of [...this.#waiting.keys()]) {
      const bytes = this.#take(position);
      if (bytes) this.#writeWithNeighbours(bytes, position);
    }
  }

  #writeWithNeighbours(bytes: Uint8Array, position: number): void {
    const parts = [bytes];
    let start = position;
    for (;;) {
      const before = this.#startOf.get(start);
      const part = before === undefined ? undefined : this.#take(before);
      if (before === undefined || !part) break;
      parts.unshift(part);
      start = before;
    }
    let end = position + bytes.length;
    for (let part = this.#take(end); part; part = this.#take(end)) {
      parts.push(part);
      end += part.length;
    }
    if (parts.length === 1) writeOutput(this.#fd, bytes, position);
    else writeParts(this.#fd, parts, start);
  }

  #take(position: number): Uint8Array | undefined {
    const bytes = this.#waiting.get(position);
    if (!bytes) return undefined;
    this.#waiting.delete(position);
    this.#startOf.delete(position + bytes.length);
    this.#bytes -= bytes.length;
    return bytes;
  }
}
