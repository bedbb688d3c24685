import { prepareZstd } from '../../src/codecs/zstd.ts';
import { type ErrorCode, LogitmillError } from '../../src/errors.ts';
import { aligned } from '../../src/layout/batch-layout.ts';
import type { Inflation, StoredBuffer } from '../../src/tasks/stored.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart, Source } from '../io/files.ts';
import { FileStore, SlabStore, type Store } from '../io/store.ts';
import { InflatingBuffer, inflatedPieces } from './inflating-buffer.ts';

const ZEROS = new Uint8Array(64);

/**
 * Buffers of this many bytes are inflated while they are read, which is mostly once and in order: nothing of them has
 * to be kept. Of a batch with more of them than a few, which is wide, all are read side by side.
 */
const LARGE_BYTES = 2 ** 18;
const LARGE_BUFFERS = 4;

/** What has to be awaited before a task can run: nothing, mostly. */
export function prepareInflation(inflation: Inflation | null | undefined): Promise<void> | null {
  return inflation?.buffers.some(({ codec }) => codec === 'zstd') ? prepareZstd() : null;
}

/**
 * Runs `work` over the input of a task, which for compressed batches is what was inflated from them: while it is read,
 * or before, into a part of the slab where that leaves room enough, else into a scratch file.
 * @throws LogitmillError INPUT_CORRUPT, and what `work` throws
 */
export function withInflated<T>(
  task: { input: number; inflation: Inflation | null },
  context: WorkerContext,
  work: (input: InputPart) => T,
): T {
  const { input, inflation } = task;
  if (!inflation) return work(input);
  const scratch = (): Store => new FileStore(context.scratchFile(inflation.scratch, 'input'));
  const { slab } = context;
  const run = (inflated: InflatedSource, store: Store): T => {
    inflated.fill(store);
    const result = work(inflated);
    inflated.finish();
    return result;
  };
  const inflated = new InflatedSource(input, inflation.buffers, scratch, context);
  if (inflated.bytes <= (slab.end - slab.start) / 2) {
    try {
      return context.reserving(inflated.bytes, (address) =>
        run(inflated, new SlabStore(context.bytes, address)),
      );
    } catch (error) {
      if (!(error instanceof LogitmillError && error.code === 'MEMORY_TOO_SMALL')) throw error;
    }
  }
  return run(new InflatedSource(input, inflation.buffers, scratch, context), scratch());
}

/** Where the bytes of a buffer are once they are inflated. */
interface Place {
  buffer: StoredBuffer;
  /** Of the first byte in its store. */
  start: number;
  store: Store | null;
  /** Null: it is inflated before it is read. */
  inflating: InflatingBuffer | null;
}

/** Inflated buffers, each with zeros behind it up to where the next one begins: neighbours are copied together. */
class InflatedSource implements Source {
  /** Of the buffers that are inflated before they are read. */
  readonly bytes: number;
  readonly #input: number;
  readonly #places: readonly Place[];
  readonly #scratch: () => Store;
  /** Of the scratch file. */
  #scratchEnd: number;
  readonly #context: WorkerContext;

  constructor(input: number, buffers: readonly StoredBuffer[], scratch: () => Store, context: WorkerContext) {
    this.#input = input;
    this.#scratch = scratch;
    this.#context = context;
    const isLarge = ({ length }: StoredBuffer): boolean => length >= LARGE_BYTES;
    const isWide = buffers.filter(isLarge).length > LARGE_BUFFERS;
    let end = 0;
    this.#places = buffers.map((buffer) => {
      const start = end;
      const isInflatedLater = isLarge(buffer) && !isWide;
      if (!isInflatedLater) end = aligned(end + buffer.length);
      const inflating = isInflatedLater ? new InflatingBuffer(input, buffer, context) : null;
      return { buffer, start, store: null, inflating };
    });
    this.bytes = end;
    this.#scratchEnd = end;
  }

  fill(store: Store): void {
    for (const place of this.#places) if (!place.inflating) this.#inflate(place, place.start, store);
  }

  read(bytes: Uint8Array, position: number): void {
    for (let done = 0, index = this.#indexAt(position); done < bytes.length; index++) {
      const place = this.#places[index];
      const from = position + done - place.buffer.to;
      const room = aligned(place.buffer.length) - from;
      const part = bytes.subarray(done, done + room);
      this.#readPart(place, part, from);
      done += part.length;
    }
  }

  /** Sees the end of all buffers, which were perhaps not read to it. */
  finish(): void {
    for (const { buffer, inflating } of this.#places) locating(buffer, () => inflating?.finish());
  }

  #readPart(place: Place, bytes: Uint8Array, from: number): void {
    const { buffer, inflating } = place;
    if (!inflating) {
      place.store?.read(bytes, place.start + from);
      return;
    }
    const length = Math.max(0, Math.min(bytes.length, buffer.length - from));
    bytes.fill(0, length);
    if (length === 0) return;
    if (locating(buffer, () => inflating.read(bytes.subarray(0, length), from))) return;
    // It is read again and again: rows of more than fits into the slab, or two buffers side by side.
    const start = this.#scratchEnd;
    this.#scratchEnd = aligned(start + buffer.length);
    this.#inflate(place, start, this.#scratch());
    this.#readPart(place, bytes, from);
  }

  #inflate(place: Place, start: number, store: Store): void {
    const { buffer } = place;
    InflatingBuffer.stopAll();
    locating(buffer, () => {
      let end = start;
      for (const piece of inflatedPieces(this.#input, buffer, this.#context)) {
        store.write(piece, end);
        end += piece.length;
      }
      store.write(ZEROS.subarray(0, aligned(buffer.length) - buffer.length), end);
    });
    place.start = start;
    place.store = store;
    place.inflating = null;
  }

  /** Of the last buffer that begins at or before a position. */
  #indexAt(position: number): number {
    let [low, high] = [0, this.#places.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#places[middle].buffer.to <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}

const SAID_BY_CODECS = new Set<ErrorCode>(['INPUT_CORRUPT', 'INPUT_UNSUPPORTED', 'MEMORY_TOO_SMALL']);

function locating<T>({ batch, buffer }: StoredBuffer, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LogitmillError && SAID_BY_CODECS.has(error.code))) throw error;
    const { code, message, hint, cause } = error;
    throw new LogitmillError(code, `record batch ${batch}: buffer ${buffer} ${message}`, { hint, cause });
  }
}
