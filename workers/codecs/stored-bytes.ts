import { corrupt } from '../../src/codecs/corrupt.ts';
import { readInput } from '../io/files.ts';

const PIECE_BYTES = 128 * 2 ** 10;

/** Read into by one `StoredBytes` at a time: a worker inflates one buffer after the other. */
const window = new Uint8Array(PIECE_BYTES);

/** Some bytes of a file, in order. */
export class StoredBytes {
  readonly #fd: number;
  #position: number;
  #left: number;

  constructor(fd: number, position: number, length: number) {
    this.#fd = fd;
    this.#position = position;
    this.#left = length;
  }

  /** Not yet read. */
  get left(): number {
    return this.#left;
  }

  /**
   * Fills `target` with the next bytes.
   * @throws LogitmillError INPUT_CORRUPT when there are fewer
   */
  fill(target: Uint8Array): void {
    if (target.length > this.#left) throw corrupt(`ends ${target.length - this.#left} bytes early`);
    readInput(this.#fd, target, this.#position);
    this.#position += target.length;
    this.#left -= target.length;
  }

  /** Everything that is left, piece by piece; each is valid until the next. */
  *pieces(): Generator<Uint8Array> {
    while (this.#left > 0) {
      const piece = window.subarray(0, Math.min(PIECE_BYTES, this.#left));
      this.fill(piece);
      yield piece;
    }
  }
}
