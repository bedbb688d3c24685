import { LogitmillError } from '../../errors.ts';
import type { ByteReader } from '../../io/byte-reader.ts';
import type { Steps } from '../../io/steps.ts';

/** Read ahead only where one piece of metadata follows closely on another: small batches. */
const WINDOW = 128 << 10;

const NOTHING = new Uint8Array(0);

/** Reads small pieces of a file, in one call where they lie close together. */
export class MetadataReader {
  readonly path: string;
  /** Of the file, in bytes, when it was opened. */
  readonly size: number;
  readonly #file: ByteReader;
  /** What was read last: the first bytes of `#memory`. */
  #window: Uint8Array = NOTHING;
  #start = 0;
  #memory = new Uint8Array(0);

  constructor(file: ByteReader) {
    this.#file = file;
    this.path = file.path;
    this.size = file.size;
  }

  /**
   * `length` bytes at `offset`, which the caller has checked against the size and against a limit.
   * The bytes are valid until the next call.
   * @throws {LogitmillError} INPUT_CHANGED, INPUT_UNREADABLE
   */
  read(offset: number, length: number): Uint8Array {
    const end = this.#start + this.#window.length;
    if (offset < this.#start || offset + length > end) {
      const isNear = offset >= this.#start && offset <= end + WINDOW;
      const wanted = isNear ? Math.min(Math.max(length, WINDOW), this.size - offset) : length;
      // Should the read fail, what was read before is gone: its memory is used again.
      this.#window = NOTHING;
      this.#window = this.#fetch(offset, wanted);
      this.#start = offset;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + length);
  }

  #fetch(offset: number, length: number): Uint8Array {
    // One piece that was long is not worth its memory; where all are, a new one each time would be.
    const { length: known } = this.#memory;
    if (length > known || (known > WINDOW && known > 4 * length)) this.#memory = new Uint8Array(length);
    const bytes = this.#memory.subarray(0, length);
    const done = this.#file.read(bytes, offset);
    if (done < length)
      throw new LogitmillError(
        'INPUT_CHANGED',
        `became shorter while it was read: ${offset + done} of ${this.size} bytes`,
        { file: this.path },
      );
    return bytes;
  }
}

/** Runs `read`, and adds the file to errors that do not name one yet. */
export function naming<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw named(error, file);
  }
}

/** Likewise, in steps. */
export function* namingSteps<T>(file: string, read: () => Steps<T>): Steps<T> {
  try {
    return yield* read();
  } catch (error) {
    throw named(error, file);
  }
}

function named(error: unknown, file: string): unknown {
  if (!(error instanceof LogitmillError) || error.file !== undefined) return error;
  const { code, message, hint, cause } = error;
  return new LogitmillError(code, message, { file, hint, cause });
}
