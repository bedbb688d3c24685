import { decodeMessage } from '../arrow/decode.ts';
import { LEGACY_PREFIX_LENGTH, MAX_METADATA_LENGTH, PREFIX_LENGTH, readPrefix } from '../arrow/framing.ts';
import type { BlockTable, MetadataVersion, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import { type DictionaryBlock, dictionaryCheck } from './arrow-dictionaries.ts';
import { type ArrowFile, describeTable } from './arrow-table.ts';
import { MetadataReader, naming } from './read-metadata.ts';

export interface StreamOptions {
  /** Take a stream that ends between two messages without the marker that says so. */
  allowMissingEos?: boolean;
  /** Where the stream begins: 0, or 8 inside an Arrow file. */
  start?: number;
}

/**
 * Walks the messages of a stream that lies in a file, reads and checks all metadata, and skips the bodies.
 * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED, INPUT_CHANGED, INPUT_UNREADABLE
 */
export function openArrowStreamFile(
  fd: number,
  path: string,
  size: number,
  options: StreamOptions = {},
): ArrowFile {
  return naming(path, () => {
    const reader = new MetadataReader(fd, path, size);
    return describeTable(reader, { format: 'stream', metadata: [], ...walk(reader, options) });
  });
}

interface Walked {
  version: MetadataVersion;
  schema: Schema;
  dictionaries: DictionaryBlock[];
  batches: BlockTable;
}

function walk(reader: MetadataReader, { allowMissingEos = false, start = 0 }: StreamOptions): Walked {
  const dictionaries: DictionaryBlock[] = [];
  const batches = new GrowingBlocks();
  const seen = new Set<bigint>();
  let schema: Schema | null = null;
  let version: MetadataVersion = 5;
  let check: ReturnType<typeof dictionaryCheck> | null = null;
  let position = start;
  for (let index = 0; ; index++) {
    const what = index === 0 ? 'schema' : `message ${index}`;
    const place = nextMessage(reader, position, what);
    if (place === null) {
      if (schema === null) throw new LogitmillError('INPUT_CORRUPT', 'ends before its schema');
      if (position === reader.size && !allowMissingEos) throw missingEnd(position);
      return { version, schema, dictionaries, batches: batches.finish() };
    }
    const bytes = reader.read(position + place.prefixLength, place.length);
    const message = decodeMessage(bytes, what);
    const block = {
      offset: position,
      metadataLength: place.prefixLength + place.length,
      bodyLength: message.bodyLength,
    };
    position += block.metadataLength + block.bodyLength;
    if (!(position <= reader.size)) throw cutOff(what, position, reader.size);
    if (message.kind === 'schema') {
      if (schema !== null) throw new LogitmillError('INPUT_CORRUPT', `${what}: is a second schema`);
      schema = message.schema;
      version = message.version;
      check = dictionaryCheck(schema);
    } else if (schema === null) {
      throw new LogitmillError('INPUT_CORRUPT', 'does not begin with a schema');
    } else if (message.kind === 'batch') {
      batches.push(block);
    } else {
      check!(message, block.bodyLength, what);
      const { id, isDelta, header } = message;
      const { rows, compression } = header;
      dictionaries.push({
        ...block,
        id,
        isDelta,
        version: message.version,
        isReplacement: !isDelta && seen.has(id),
        rows,
        compression,
        batchesBefore: batches.count,
      });
      seen.add(id);
    }
  }
}

/** The prefix of the message at `position`, null at the end of the stream, marked or not. */
function nextMessage(reader: MetadataReader, position: number, what: string) {
  const available = Math.min(PREFIX_LENGTH, reader.size - position);
  if (available === 0) return null;
  const prefix = readPrefix(reader.read(position, available));
  if (prefix === null) throw cutOff(what, position + LEGACY_PREFIX_LENGTH, reader.size);
  if (prefix.length === 0) return null;
  if (prefix.length < 0)
    throw new LogitmillError('INPUT_CORRUPT', `${what}: there is no message at byte ${position}`);
  const end = position + prefix.prefixLength + prefix.length;
  if (!(end <= reader.size)) throw cutOff(what, end, reader.size);
  if (prefix.length > MAX_METADATA_LENGTH)
    throw new LogitmillError('INPUT_UNSUPPORTED', `${what}: has ${prefix.length} bytes of metadata`);
  return prefix;
}

function cutOff(what: string, needed: number, size: number): LogitmillError {
  return new LogitmillError('INPUT_CORRUPT', `${what}: ends at byte ${needed}, the file at ${size}`, {
    hint: 'copy or write the file again: an interrupted upload looks like this',
  });
}

function missingEnd(position: number): LogitmillError {
  return new LogitmillError(
    'INPUT_CORRUPT',
    `stops at byte ${position} without the marker that ends a stream; batches may be missing`,
    { hint: '--allow-missing-eos, if the stream is known to be whole' },
  );
}

/** Columns of a block table that is not known to be how long. */
class GrowingBlocks {
  count = 0;
  #columns = [0, 1, 2].map(() => new Float64Array(64));

  push(block: { offset: number; metadataLength: number; bodyLength: number }): void {
    if (this.count === this.#columns[0]!.length)
      this.#columns = this.#columns.map((column) => {
        const larger = new Float64Array(2 * column.length);
        larger.set(column);
        return larger;
      });
    [block.offset, block.metadataLength, block.bodyLength].forEach((value, i) => {
      this.#columns[i]![this.count] = value;
    });
    this.count++;
  }

  finish(): BlockTable {
    const [offsets, metadataLengths, bodyLengths] = this.#columns.map((column) =>
      column.slice(0, this.count),
    );
    return {
      count: this.count,
      offsets: offsets!,
      metadataLengths: metadataLengths!,
      bodyLengths: bodyLengths!,
    };
  }
}
