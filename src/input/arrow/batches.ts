import { type BatchCheck, batchCheck } from '../../arrow/check-batch.ts';
import {
  type ArrowMessage,
  type DecodeOptions,
  decodeMessage,
  type HeaderArrays,
  newHeaderArrays,
} from '../../arrow/decode.ts';
import { MAX_METADATA_LENGTH, readPrefix } from '../../arrow/framing.ts';
import { dependsOnVersion } from '../../arrow/layout.ts';
import type { BatchHeader, Block, BlockTable, BodyCodec, Field, MetadataVersion } from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import type { Steps } from '../../io/steps.ts';
import { collectGarbage } from '../../memory/garbage.ts';
import { type MetadataReader, naming } from './metadata-reader.ts';

/** A batch's header, and where its body lies in the file, in bytes. */
export interface PlacedHeader extends BatchHeader {
  bodyOffset: number;
  bodyLength: number;
  /** Set where the body is compressed: the header as it is stored. See `InflatedBatches`. */
  stored?: PlacedHeader;
}

/** The record batches of a file. */
export interface Batches {
  readonly count: number;
  readonly rows: number;
  /** Of the batches' messages: pyarrow writes footers of V5 over messages of V4. Null without batches. */
  readonly version: MetadataVersion | null;
  /** The codec of the first batch whose body is compressed. */
  readonly compression: BodyCodec | null;
  rowsOf(batch: number): number;
  /** The row of the file that is the batch's first. */
  firstRowOf(batch: number): number;
  blockOf(batch: number): Block;
  /** @throws {LogitmillError} INPUT_CHANGED, INPUT_UNREADABLE, INPUT_CORRUPT */
  header(batch: number): PlacedHeader;
  /**
   * Shows `visit` the headers of [first, end), all when left out, one after the other, each only for the time of the
   * call.
   * @throws {LogitmillError} INPUT_CHANGED, INPUT_UNREADABLE, INPUT_CORRUPT
   */
  scan(visit: (header: PlacedHeader, batch: number) => void, first?: number, end?: number): Steps<void>;
}

/** Numbers kept in decoded headers, 8 bytes each. */
const CACHE_NUMBERS = 1 << 18;

/** Numbers in headers between two pauses. */
export const STEP_NUMBERS = 1 << 14;

/** What a header takes beside its numbers, in units of one. */
const OBJECT_NUMBERS = 64;

/**
 * The record batches of a file. Each was decoded and checked once; what is kept of it are five numbers, and its
 * header only as long as a cache of 2 MiB has room: it is read again when it is asked for again.
 */
export class ArrowBatches implements Batches {
  readonly count: number;
  readonly #reader: MetadataReader;
  readonly #blocks: BlockTable;
  readonly #fields: readonly Field[];
  #check: BatchCheck | null = null;
  #version: MetadataVersion | null = null;
  #compression: BodyCodec | null = null;
  readonly #firstRows: Float64Array;
  readonly #cache = new Map<number, PlacedHeader>();
  #cachedNumbers = 0;

  private constructor(reader: MetadataReader, blocks: BlockTable, fields: readonly Field[]) {
    this.#reader = reader;
    this.#blocks = blocks;
    this.#fields = fields;
    this.count = blocks.count;
    this.#firstRows = new Float64Array(blocks.count + 1);
  }

  /** @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED */
  static *read(
    reader: MetadataReader,
    blocks: BlockTable,
    fields: readonly Field[],
    checkDictionaries: (header: BatchHeader, batch: number) => void,
  ): Steps<ArrowBatches> {
    const batches = new ArrowBatches(reader, blocks, fields);
    const arrays = newHeaderArrays();
    let numbers = 0;
    for (let i = 0; i < blocks.count; i++) {
      const header = batches.#read(i, arrays);
      checkDictionaries(header, i);
      batches.#compression ??= header.compression;
      const rows = batches.#firstRows[i]! + header.rows;
      if (!(rows <= Number.MAX_SAFE_INTEGER))
        throw new LogitmillError('INPUT_CORRUPT', `record batch ${i}: has ${header.rows} rows`);
      batches.#firstRows[i + 1] = rows;
      numbers += header.buffers.length + OBJECT_NUMBERS;
      if (numbers < STEP_NUMBERS) continue;
      numbers = 0;
      yield;
    }
    return batches;
  }

  get compression(): BodyCodec | null {
    return this.#compression;
  }

  get version(): MetadataVersion | null {
    return this.#version;
  }

  get rows(): number {
    return this.#firstRows[this.count]!;
  }

  rowsOf(batch: number): number {
    return this.#firstRows[batch + 1]! - this.#firstRows[batch]!;
  }

  firstRowOf(batch: number): number {
    return this.#firstRows[batch]!;
  }

  blockOf(batch: number): Block {
    return blockAt(this.#blocks, batch);
  }

  header(batch: number): PlacedHeader {
    const cached = this.#cache.get(batch);
    if (cached !== undefined) return cached;
    const placed = naming(this.#reader.path, () => this.#placed(batch, newHeaderArrays()));
    this.#keep(batch, placed);
    return placed;
  }

  *scan(visit: (header: PlacedHeader, batch: number) => void, first = 0, end = this.count): Steps<void> {
    const arrays = newHeaderArrays();
    let [numbers, sinceStep] = [0, 0];
    for (let batch = first; batch < end; batch++) {
      const header = naming(this.#reader.path, () => this.#placed(batch, arrays));
      visit(header, batch);
      numbers += header.buffers.length;
      sinceStep += header.buffers.length + OBJECT_NUMBERS;
      if (sinceStep >= STEP_NUMBERS) {
        sinceStep = 0;
        yield;
      }
      if (numbers < CACHE_NUMBERS) continue;
      numbers = 0;
      collectGarbage();
    }
  }

  #placed(batch: number, arrays: HeaderArrays): PlacedHeader {
    const { rows, nodes, buffers, variadicCounts, compression } = this.#read(batch, arrays);
    const { offset, metadataLength, bodyLength } = this.blockOf(batch);
    const bodyOffset = offset + metadataLength;
    return { rows, nodes, buffers, variadicCounts, compression, bodyOffset, bodyLength };
  }

  #read(batch: number, arrays: HeaderArrays): BatchHeader {
    const block = this.blockOf(batch);
    const what = `record batch ${batch}`;
    const message = readBlock(this.#reader, block, what, { expected: 'batch', arrays });
    this.#checkFor(message.version, what)(message.header, block.bodyLength, what);
    return message.header;
  }

  #checkFor(version: MetadataVersion, what: string): BatchCheck {
    this.#version ??= version;
    if (version !== this.#version && dependsOnVersion(this.#fields))
      throw mixedVersions(what, version, this.#version);
    this.#check ??= batchCheck(this.#fields, version);
    return this.#check;
  }

  #keep(batch: number, header: PlacedHeader): void {
    const { nodes, buffers, variadicCounts } = header;
    this.#cachedNumbers += nodes.length + buffers.length + variadicCounts.length + OBJECT_NUMBERS;
    if (this.#cachedNumbers > CACHE_NUMBERS) {
      // Headers are asked for in ascending order: the older ones are not worth a list of their ages.
      this.#cache.clear();
      this.#cachedNumbers = 0;
    }
    this.#cache.set(batch, header);
  }
}

export function mixedVersions(what: string, found: MetadataVersion, before: MetadataVersion): LogitmillError {
  return new LogitmillError(
    'INPUT_UNSUPPORTED',
    `${what}: has version V${found} after batches of V${before}, and the two store its columns differently`,
  );
}

export function blockAt(blocks: BlockTable, i: number): Block {
  return {
    offset: blocks.offsets[i]!,
    metadataLength: blocks.metadataLengths[i]!,
    bodyLength: blocks.bodyLengths[i]!,
  };
}

/** Reads and decodes the message of a block that lies inside the file. */
export function readBlock<K extends ArrowMessage['kind']>(
  reader: MetadataReader,
  block: Block,
  what: string,
  options: DecodeOptions & { expected: K },
): Extract<ArrowMessage, { kind: K }> {
  if (block.metadataLength > MAX_METADATA_LENGTH)
    throw new LogitmillError('INPUT_UNSUPPORTED', `${what}: has ${block.metadataLength} bytes of metadata`);
  return decodeBlock(reader.read(block.offset, block.metadataLength), block, what, options);
}

/** Decodes the message of a block, prefix and all. */
export function decodeBlock<K extends ArrowMessage['kind']>(
  bytes: Uint8Array,
  block: Block,
  what: string,
  options: DecodeOptions & { expected: K },
): Extract<ArrowMessage, { kind: K }> {
  const prefix = readPrefix(bytes);
  const start = prefix?.prefixLength ?? 0;
  if (prefix === null || prefix.length <= 0 || start + prefix.length > bytes.length)
    throw new LogitmillError('INPUT_CORRUPT', `${what}: there is no message at byte ${block.offset}`);
  const message = decodeMessage(bytes.subarray(start, start + prefix.length), what, options);
  if (message.bodyLength !== block.bodyLength)
    throw new LogitmillError(
      'INPUT_CORRUPT',
      `${what}: has a body of ${message.bodyLength} bytes, by the footer ${block.bodyLength}`,
    );
  return message as Extract<ArrowMessage, { kind: K }>;
}
