import { corrupt } from '../../src/codecs/corrupt.ts';
import { readInput } from '../io/files.ts';

const WINDOW_BYTES = 128 * 2 ** 10;

/** Read into by one `StoredBytes` at a time: a worker inflates one buffer after the other. */
const window = new Uint8Array(WINDOW_BYTES);

/** Some bytes of a file, in order: at most WINDOW_BYTES of them are in memory. */
export class StoredBytes {
  readonly #fd: number;
  #position: number;
  /** Not yet taken, of which some are in the window. */
  #left: number;
  #window = window.subarray(0, 0);

  constructor(fd: number, position: number, length: number) {
    this.#fd = fd;
    this.#position = position;
    this.#left = length;
  }

  get left(): number {
    return this.#left;
  }

  /**
   * The next bytes, valid until the next call; at most WINDOW_BYTES.
   * @throws LogitmillError INPUT_CORRUPT when there are fewer
   */
  take(count: number): Uint8Array {
    this.#expect(count);
    if (this.#window.length < count) {
      const kept = this.#window.length;
      window.copyWithin(0, this.#window.byteOffset, this.#window.byteOffset + kept);
      const more = Math.min(WINDOW_BYTES, this.#left) - kept;
      readInput(this.#fd, window.subarray(kept, kept + more), this.#position);
      this.#position += more;
      this.#window = window.subarray(0, kept + more);
    }
    const taken = this.#window.subarray(0, count);
    this.#window = this.#window.subarray(count);
    this.#left -= count;
    return taken;
  }

  /** Fills `target`, however long it is. */
  fill(target: Uint8Array): void {
    this.#expect(target.length);
    for (let done = 0; done < target.length; ) {
      const piece = this.take(Math.min(WINDOW_BYTES, target.length - done));
      target.set(piece, done);
      done += piece.length;
    }
  }

  /** Everything that is left, piece by piece; each is valid until the next. */
  *pieces(): Generator<Uint8Array> {
    while (this.#left > 0) yield this.take(Math.min(WINDOW_BYTES, this.#left));
  }

  #expect(count: number): void {
    if (count > this.#left) throw corrupt(`ends ${count - this.#left} bytes early`);
  }
}
