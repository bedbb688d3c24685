import { corrupt } from '../../src/codecs/corrupt.ts';
import { LENGTH_PREFIX } from '../../src/input/arrow/inflated-batches.ts';
import type { StoredBuffer } from '../../src/tasks/stored.ts';
import { inflateLz4 } from '../codecs/inflate-lz4.ts';
import { inflateZstd } from '../codecs/inflate-zstd.ts';
import { StoredBytes } from '../codecs/stored-bytes.ts';
import type { WorkerContext } from '../context.ts';
import { readInput } from '../io/files.ts';

const NONE = new Uint8Array(0);

/** How often a buffer is inflated from its start before it is better kept. */
const MOST_BEGINNINGS = 2;

/** A buffer that is inflated while it is read. Only one of a worker's is at a time: they share the codec's memory. */
export class InflatingBuffer {
  static #current: InflatingBuffer | null = null;
  readonly #input: number;
  readonly #buffer: StoredBuffer;
  readonly #context: WorkerContext;
  /** Where its bytes stand in the file when they are stored as they are; else null. */
  readonly #plainFrom: number | null;
  #beginnings = 0;
  /** Whether its end was seen, and was right. */
  #isChecked = false;
  #pieces: Iterator<Uint8Array> | null = null;
  /** What is left of the piece that came last, and its position in the buffer. */
  #piece: Uint8Array = NONE;
  #position = 0;

  constructor(input: number, buffer: StoredBuffer, context: WorkerContext) {
    this.#input = input;
    this.#buffer = buffer;
    this.#context = context;
    this.#plainFrom = plainFrom(input, buffer);
  }

  /** To be called before the codecs are used by others: what is being inflated would go on with their bytes. */
  static stopAll(): void {
    const current = InflatingBuffer.#current;
    if (current) current.#stop();
    InflatingBuffer.#current = null;
  }

  /**
   * Fills `bytes` from a position of the inflated buffer. Returns false where that would mean to begin once more.
   * @throws LogitmillError INPUT_CORRUPT
   */
  read(bytes: Uint8Array, from: number): boolean {
    if (this.#plainFrom !== null) {
      readInput(this.#input, bytes, this.#plainFrom + from);
      return true;
    }
    if (!this.#pieces || from < this.#position) {
      if (this.#beginnings === MOST_BEGINNINGS) {
        this.#stop();
        return false;
      }
      this.#begin();
    }
    for (let done = 0; done < bytes.length; ) {
      const skipped = Math.min(this.#piece.length, from + done - this.#position);
      const part = this.#piece.subarray(skipped, skipped + bytes.length - done);
      bytes.set(part, done);
      done += part.length;
      this.#piece = this.#piece.subarray(skipped + part.length);
      this.#position += skipped + part.length;
      // The end is seen with the last byte: what is wrong there is known before anything is made of the bytes.
      if (this.#piece.length === 0) this.#next();
    }
    return true;
  }

  /** @throws LogitmillError INPUT_CORRUPT */
  finish(): void {
    if (this.#isChecked || this.#plainFrom !== null) return;
    if (!this.#pieces) this.#begin();
    while (this.#pieces) {
      this.#position += this.#piece.length;
      this.#next();
    }
  }

  #begin(): void {
    InflatingBuffer.stopAll();
    InflatingBuffer.#current = this;
    this.#beginnings++;
    this.#position = 0;
    this.#pieces = inflatedPieces(this.#input, this.#buffer, this.#context)[Symbol.iterator]();
    this.#next();
  }

  #next(): void {
    const { done, value } = this.#pieces?.next() ?? { done: true, value: undefined };
    if (done) {
      this.#isChecked = true;
      this.#stop();
    } else this.#piece = value;
  }

  #stop(): void {
    this.#pieces?.return?.();
    this.#pieces = null;
    this.#piece = NONE;
  }
}

/**
 * What a buffer holds, piece by piece; each is valid until the next.
 * @throws LogitmillError INPUT_CORRUPT when it is not as long as its batch says
 */
export function* inflatedPieces(
  input: number,
  buffer: StoredBuffer,
  context: WorkerContext,
): Generator<Uint8Array> {
  const { length } = buffer;
  let done = 0;
  for (const piece of piecesOf(input, buffer, context)) {
    done += piece.length;
    if (done > length) throw corrupt(`inflates to more than its ${length} bytes`);
    yield piece;
  }
  if (done < length) throw corrupt(`inflates to ${done} bytes, not to ${length}`);
}

function piecesOf(input: number, buffer: StoredBuffer, context: WorkerContext): Iterable<Uint8Array> {
  const { from, stored, length, codec } = buffer;
  const plain = plainFrom(input, buffer);
  if (plain !== null) return new StoredBytes(input, plain, length).pieces();
  const bytes = new StoredBytes(input, from + LENGTH_PREFIX, stored - LENGTH_PREFIX);
  if (codec === 'lz4') return inflateLz4(bytes, context.lz4);
  return inflateZstd(bytes, context.slab.end - context.slab.start);
}

/** Where a buffer's bytes begin in the file when they are not compressed, be it in a compressed batch; else null. */
function plainFrom(input: number, { from, codec }: StoredBuffer): number | null {
  if (codec === null) return from;
  const prefix = new Uint8Array(LENGTH_PREFIX);
  readInput(input, prefix, from);
  const isPlain = new DataView(prefix.buffer).getBigInt64(0, true) === -1n;
  return isPlain ? from + LENGTH_PREFIX : null;
}
