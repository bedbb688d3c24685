import { corrupt } from '../../src/codecs/corrupt.ts';
import { prepareZstd } from '../../src/codecs/zstd.ts';
import { type ErrorCode, LogitmillError } from '../../src/errors.ts';
import { LENGTH_PREFIX } from '../../src/input/arrow/inflated-batches.ts';
import { aligned } from '../../src/layout/batch-layout.ts';
import type { Inflation, StoredBuffer } from '../../src/tasks/stored.ts';
import { inflateLz4 } from '../codecs/inflate-lz4.ts';
import { inflateZstd } from '../codecs/inflate-zstd.ts';
import { StoredBytes } from '../codecs/stored-bytes.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, readInput, type Source } from '../io/files.ts';
import { FileStore, SlabStore, type Store } from '../io/store.ts';

const ZEROS = new Uint8Array(64);

/** What has to be awaited before a task can run: nothing, mostly. */
export function prepareInflation(inflation: Inflation | null | undefined): Promise<void> | null {
  return inflation?.buffers.some(({ codec }) => codec === 'zstd') ? prepareZstd() : null;
}

/**
 * Runs `work` over the input of a task, which for compressed batches is what was inflated from them: into a part of
 * the slab where that leaves room enough, else into a scratch file. Values of a compressed buffer cannot be sought, and
 * tasks go through the buffers of a batch side by side.
 * @throws LogitmillError INPUT_CORRUPT, and what `work` throws
 */
export function withInflated<T>(
  task: { input: number; inflation: Inflation | null },
  context: WorkerContext,
  work: (input: InputPart) => T,
): T {
  const { input, inflation } = task;
  if (!inflation) return work(input);
  const inflated = new InflatedSource(inflation.buffers);
  const { slab } = context;
  if (inflated.bytes <= (slab.end - slab.start) / 2) {
    try {
      return context.reserving(inflated.bytes, (address) => {
        inflated.fill(input, new SlabStore(context.bytes, address), context);
        return work(inflated);
      });
    } catch (error) {
      if (!(error instanceof LogitmillError && error.code === 'MEMORY_TOO_SMALL')) throw error;
    }
  }
  inflated.fill(input, new FileStore(context.scratchFile(inflation.scratch, 'input')), context);
  return work(inflated);
}

/** Inflated buffers, one after the other in a store; buffers that no one needs take no room in it. */
class InflatedSource implements Source {
  readonly bytes: number;
  readonly #buffers: readonly StoredBuffer[];
  /** Where each buffer stands in the store. */
  readonly #starts: Float64Array;
  #store: Store | undefined;

  constructor(buffers: readonly StoredBuffer[]) {
    this.#buffers = buffers;
    this.#starts = new Float64Array(buffers.length);
    let end = 0;
    for (const [index, { length }] of buffers.entries()) {
      this.#starts[index] = end;
      end = aligned(end + length);
    }
    this.bytes = end;
  }

  fill(input: number, store: Store, context: WorkerContext): void {
    for (const [index, buffer] of this.#buffers.entries()) {
      const start = this.#starts[index];
      try {
        inflateBuffer(input, buffer, start, store, context);
      } catch (error) {
        throw error instanceof LogitmillError ? located(error, buffer) : error;
      }
    }
    this.#store = store;
  }

  read(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const index = this.#indexAt(position);
    this.#store?.read(bytes, this.#starts[index] + position - this.#buffers[index].to);
  }

  /** Of the last buffer that begins at or before a position. */
  #indexAt(position: number): number {
    let [low, high] = [0, this.#buffers.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#buffers[middle].to <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Writes one buffer, and zeros up to where the next one begins: neighbours are copied together. */
function inflateBuffer(
  input: number,
  buffer: StoredBuffer,
  start: number,
  store: Store,
  context: WorkerContext,
): void {
  const { length } = buffer;
  let done = 0;
  for (const piece of piecesOf(input, buffer, context)) {
    if (done + piece.length > length) throw corrupt(`inflates to more than its ${length} bytes`);
    store.write(piece, start + done);
    done += piece.length;
  }
  if (done < length) throw corrupt(`inflates to ${done} bytes, not to ${length}`);
  store.write(ZEROS.subarray(0, aligned(length) - length), start + length);
}

function piecesOf(input: number, buffer: StoredBuffer, context: WorkerContext): Iterable<Uint8Array> {
  const { from, stored, length, codec } = buffer;
  if (codec === null) return new StoredBytes(input, from, length).pieces();
  const prefix = new Uint8Array(LENGTH_PREFIX);
  readInput(input, prefix, from);
  const bytes = new StoredBytes(input, from + LENGTH_PREFIX, stored - LENGTH_PREFIX);
  const isRaw = new DataView(prefix.buffer).getBigInt64(0, true) === -1n;
  if (isRaw) return bytes.pieces();
  if (codec === 'lz4') return inflateLz4(bytes, context.lz4);
  return inflateZstd(bytes, context.slab.end - context.slab.start);
}

const SAID_BY_CODECS = new Set<ErrorCode>(['INPUT_CORRUPT', 'INPUT_UNSUPPORTED', 'MEMORY_TOO_SMALL']);

function located(error: LogitmillError, { batch, buffer }: StoredBuffer): LogitmillError {
  const { code, message, hint, cause } = error;
  if (!SAID_BY_CODECS.has(code)) return error;
  return new LogitmillError(code, `record batch ${batch}: buffer ${buffer} ${message}`, { hint, cause });
}
