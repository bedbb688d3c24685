import { batchCheck } from '../../arrow/check-batch.ts';
import { ALIGNMENT } from '../../arrow/encode.ts';
import { roundUp } from '../../arrow/framing.ts';
import type { Block, BodyCodec, Field, MetadataVersion } from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import type { Steps } from '../../io/steps.ts';
import type { Batches, PlacedHeader } from './batches.ts';
import { type MetadataReader, naming } from './metadata-reader.ts';

/** Before every compressed buffer: its length once inflated, or -1 when it is stored as it is. */
export const LENGTH_PREFIX = 8;

/** Headers kept, so that those of a task are read once; and their numbers, of which those of wide tables have many. */
const CACHED = 64;
const CACHED_NUMBERS = 1 << 18;

/**
 * No codec can do better: a byte of LZ4 adds at most 255 to a match, and a block of ZSTD, which gives at most 128 KiB,
 * takes at least 4 bytes. A length beyond is a lie that need not be tried out.
 */
const MOST_PER_BYTE: Readonly<Record<BodyCodec, number>> = { lz4: 255, zstd: 2 ** 15 };

/**
 * Record batches with compressed bodies, seen as if the file held them inflated, one after the other from position 0
 * on: `bodyOffset` and `buffers` are positions in that file, and `stored` says where the real bytes lie. Each buffer's
 * inflated length stands before it, so that all sizes are known without inflating anything.
 */
export class InflatedBatches implements Batches {
  readonly #stored: Batches;
  readonly #reader: MetadataReader;
  readonly #fields: readonly Field[];
  readonly #offsets: Float64Array;
  readonly #cache = new Map<number, PlacedHeader>();
  #cachedNumbers = 0;

  private constructor(stored: Batches, reader: MetadataReader, fields: readonly Field[]) {
    this.#stored = stored;
    this.#reader = reader;
    this.#fields = fields;
    this.#offsets = new Float64Array(stored.count + 1);
  }

  /** @throws {LogitmillError} INPUT_CORRUPT */
  static *read(stored: Batches, reader: MetadataReader, fields: readonly Field[]): Steps<InflatedBatches> {
    const batches = new InflatedBatches(stored, reader, fields);
    for (let batch = 0; batch < stored.count; batch++) {
      const end = batches.#offsets[batch]! + batches.header(batch).bodyLength;
      if (!Number.isSafeInteger(end)) throw lies(batch, 'all its buffers', end);
      batches.#offsets[batch + 1] = end;
      yield;
    }
    return batches;
  }

  get count(): number {
    return this.#stored.count;
  }
  get rows(): number {
    return this.#stored.rows;
  }
  get version(): MetadataVersion | null {
    return this.#stored.version;
  }
  get compression(): BodyCodec | null {
    return this.#stored.compression;
  }
  rowsOf(batch: number): number {
    return this.#stored.rowsOf(batch);
  }
  firstRowOf(batch: number): number {
    return this.#stored.firstRowOf(batch);
  }
  /** As it is stored. */
  blockOf(batch: number): Block {
    return this.#stored.blockOf(batch);
  }

  *scan(visit: (header: PlacedHeader, batch: number) => void, first = 0, end = this.count): Steps<void> {
    for (let batch = first; batch < end; batch++) {
      visit(this.header(batch), batch);
      yield;
    }
  }

  header(batch: number): PlacedHeader {
    const cached = this.#cache.get(batch);
    if (cached !== undefined) return cached;
    const stored = this.#stored.header(batch);
    const lengths = naming(this.#reader.path, () => inflatedLengths(this.#reader, stored, batch));
    const header = inflatedHeader(stored, lengths, this.#offsets[batch]!);
    const check = batchCheck(this.#fields, this.version ?? 5);
    naming(this.#reader.path, () => check(header, header.bodyLength, `record batch ${batch}`));
    this.#cachedNumbers += header.nodes.length + 2 * header.buffers.length;
    if (this.#cache.size >= CACHED || this.#cachedNumbers > CACHED_NUMBERS) {
      this.#cache.clear();
      this.#cachedNumbers = 0;
    }
    this.#cache.set(batch, header);
    return header;
  }
}

/** A stored header as the header of the same batch inflated, whose body begins at `bodyOffset`. */
function inflatedHeader(stored: PlacedHeader, lengths: Float64Array, bodyOffset: number): PlacedHeader {
  const buffers = new Float64Array(stored.buffers.length);
  let end = 0;
  for (const [index, length] of lengths.entries()) {
    buffers[index * 2] = end;
    buffers[index * 2 + 1] = length;
    end = roundUp(end + length, ALIGNMENT);
  }
  return { ...stored, buffers, compression: null, bodyOffset, bodyLength: end, stored };
}

/** Of every buffer of a batch; an uncompressed batch among compressed ones has the lengths in its header. */
function inflatedLengths(reader: MetadataReader, header: PlacedHeader, batch: number): Float64Array {
  const { buffers, compression, bodyOffset } = header;
  const lengths = new Float64Array(buffers.length / 2);
  for (let index = 0; index < lengths.length; index++) {
    const size = buffers[index * 2 + 1]!;
    if (compression === null || size === 0) lengths[index] = size;
    else
      lengths[index] = lengthBefore(
        reader.read(bodyOffset + buffers[index * 2]!, LENGTH_PREFIX),
        size - LENGTH_PREFIX,
        compression,
        () => [batch, `buffer ${index}`],
      );
  }
  return lengths;
}

/**
 * The length that a prefix gives to a buffer of which `size` bytes follow.
 * @throws {LogitmillError} INPUT_CORRUPT when no codec could make so much of it
 */
function lengthBefore(
  prefix: Uint8Array,
  size: number,
  codec: BodyCodec,
  which: () => [batch: number, what: string],
): number {
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigInt64(0, true));
  if (length === -1) return size;
  if (length < 0 || length > size * MOST_PER_BYTE[codec]) throw lies(...which(), length);
  return length;
}

function lies(batch: number, what: string, length: number): LogitmillError {
  return new LogitmillError(
    'INPUT_CORRUPT',
    `record batch ${batch}: ${what} cannot have ${length} bytes once inflated`,
  );
}
