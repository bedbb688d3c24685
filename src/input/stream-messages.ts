import { decodeMessage } from '../arrow/decode.ts';
import {
  FILE_START_LENGTH,
  LEGACY_PREFIX_LENGTH,
  MAGIC,
  MAX_METADATA_LENGTH,
  PREFIX_LENGTH,
  readPrefix,
  startsWithMagic,
} from '../arrow/framing.ts';
import { LogitmillError } from '../errors.ts';
import { naming } from './read-metadata.ts';
import {
  COPY_AGAIN,
  MISSING_END,
  MISSING_END_HINT,
  type StreamMessage,
  type StreamOptions,
  StreamState,
  TRAILING,
  TRAILING_HINT,
} from './stream-state.ts';

/**
 * Reads a stream that comes piece by piece, from a pipe: bytes in, checked messages out. Bodies do not go through
 * here: when `push` gives a message, the next `message.bodyLength` bytes of the input are its body, and the caller
 * takes them before it pushes again.
 *
 * An Arrow *file* is read as the stream that it contains; what follows its end marker is ignored.
 */
export class StreamMessages {
  readonly #state = new StreamState();
  readonly #path: string;
  readonly #options: StreamOptions;
  /** The beginning of a prefix, of magic, or of metadata. */
  #pending: Uint8Array = new Uint8Array(PREFIX_LENGTH);
  #filled = 0;
  /** Bytes of metadata to come; 0 while the prefix is read. */
  #metadataLength = 0;
  #position = 0;
  #isFile = false;
  #ended = false;

  /** `path` is the name of the input in errors. */
  constructor(path: string, options: StreamOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  /** Whether the end marker was read. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Takes bytes up to the end of the next message's metadata: `used` of them. `message` is null when there are not
   * enough yet, or the stream has ended.
   * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED
   */
  push(bytes: Uint8Array): { used: number; message: StreamMessage | null } {
    let used = 0;
    while (used < bytes.length) {
      if (this.#ended) return { used: this.#takeRest(bytes, used), message: null };
      used += this.#fill(bytes.subarray(used));
      const message = this.#metadataLength === 0 ? this.#takePrefix() : this.#takeMetadata();
      if (message !== null) return { used, message };
    }
    return { used, message: null };
  }

  /**
   * To be called when the input has ended.
   * @throws {LogitmillError} INPUT_CORRUPT when the stream has not
   */
  finish(): void {
    if (this.#ended) return;
    const isBetween = this.#metadataLength === 0 && this.#filled === 0;
    if (this.#state.schema === null) throw this.#corrupt('ends before its schema');
    if (!isBetween)
      throw this.#corrupt(`${this.#state.next}: the input ends in the middle of it`, COPY_AGAIN);
    if (this.#options.allowMissingEos !== true) throw this.#corrupt(MISSING_END, MISSING_END_HINT);
  }

  #fill(bytes: Uint8Array): number {
    const wanted = this.#metadataLength === 0 ? this.#prefixWanted() : this.#metadataLength;
    const count = Math.min(wanted - this.#filled, bytes.length);
    if (this.#filled + count > this.#pending.length) this.#grow(Math.min(wanted, 2 * (this.#filled + count)));
    this.#pending.set(bytes.subarray(0, count), this.#filled);
    this.#filled += count;
    this.#position += count;
    return count;
  }

  /** Metadata are believed to be as long as they say only as far as they have come. */
  #grow(length: number): void {
    const larger = new Uint8Array(length);
    larger.set(this.#pending.subarray(0, this.#filled));
    this.#pending = larger;
  }

  /** The old framing has four bytes, the new one and a file's magic eight. */
  #prefixWanted(): number {
    if (this.#filled < LEGACY_PREFIX_LENGTH) return LEGACY_PREFIX_LENGTH;
    return readPrefix(this.#pending.subarray(0, LEGACY_PREFIX_LENGTH)) === null || this.#mayBeMagic()
      ? PREFIX_LENGTH
      : LEGACY_PREFIX_LENGTH;
  }

  #mayBeMagic(): boolean {
    const isStart = this.#position === this.#filled;
    return isStart && MAGIC.subarray(0, LEGACY_PREFIX_LENGTH).every((byte, i) => this.#pending[i] === byte);
  }

  #takePrefix(): null {
    if (this.#filled < this.#prefixWanted()) return null;
    const start = this.#pending.subarray(0, this.#filled);
    this.#filled = 0;
    if (this.#position === FILE_START_LENGTH && startsWithMagic(start)) {
      this.#isFile = true;
      return null;
    }
    const { length } = readPrefix(start)!;
    if (length === 0) {
      if (this.#state.schema === null) throw this.#corrupt('ends before its schema');
      this.#ended = true;
    } else if (length < 0) {
      throw this.#corrupt(
        `${this.#state.next}: there is no message at byte ${this.#position - start.length}`,
      );
    } else if (length > MAX_METADATA_LENGTH) {
      const why = `${this.#state.next}: has ${length} bytes of metadata`;
      throw new LogitmillError('INPUT_UNSUPPORTED', why, { file: this.#path });
    }
    this.#metadataLength = length;
    return null;
  }

  #takeMetadata(): StreamMessage | null {
    if (this.#filled < this.#metadataLength) return null;
    const metadata = this.#pending.subarray(0, this.#metadataLength);
    this.#filled = 0;
    this.#metadataLength = 0;
    const message = naming(this.#path, () => this.#decode(metadata));
    this.#position += message.bodyLength;
    return message;
  }

  #decode(metadata: Uint8Array): StreamMessage {
    const isFirst = this.#state.schema === null;
    try {
      return this.#state.accept(decodeMessage(metadata, this.#state.next));
    } catch (error) {
      if (!this.#isFile || !isFirst) throw error;
      // Polars puts a bare flatbuffer where the schema's message should be, apache-arrow for JavaScript nothing.
      throw new LogitmillError('INPUT_UNSUPPORTED', 'is an Arrow file whose schema stands only at its end', {
        hint: 'give the file by its name: from a pipe it cannot be read',
        cause: error,
      });
    }
  }

  #takeRest(bytes: Uint8Array, used: number): number {
    if (!this.#isFile && used < bytes.length) throw this.#corrupt(TRAILING, TRAILING_HINT);
    return bytes.length;
  }

  #corrupt(why: string, hint?: string): LogitmillError {
    return new LogitmillError('INPUT_CORRUPT', why, { file: this.#path, hint });
  }
}
