import { decodeMessage, newHeaderArrays } from '../../arrow/decode.ts';
import { LEGACY_PREFIX_LENGTH, MAX_METADATA_LENGTH, PREFIX_LENGTH, readPrefix } from '../../arrow/framing.ts';
import type { BlockTable, MetadataVersion, Schema } from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import type { ByteReader } from '../../io/byte-reader.ts';
import { atOnce, type Steps } from '../../io/steps.ts';
import type { InputFormat } from '../format.ts';
import type { DictionaryBlock } from './dictionaries.ts';
import { isStream } from './is-stream.ts';
import { MetadataReader, namingSteps } from './metadata-reader.ts';
import {
  COPY_AGAIN,
  MISSING_END,
  MISSING_END_HINT,
  type StreamOptions,
  StreamState,
  TRAILING,
  TRAILING_HINT,
} from './stream-state.ts';
import { describeTable, type Table } from './table.ts';

export interface StreamFileOptions extends StreamOptions {
  /** Where the stream begins: 0, or 8 inside an Arrow file. */
  start?: number;
}

export const ARROW_STREAM: InputFormat = {
  name: 'stream',
  extensions: ['arrows'],
  recognises: isStream,
  describe: (file, { allowMissingEos }) => describeArrowStream(file, { allowMissingEos }),
};

/**
 * Walks the messages of a stream that lies in a file, reads and checks all metadata, and skips the bodies.
 * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED, INPUT_CHANGED, INPUT_UNREADABLE
 */
export function openArrowStreamFile(file: ByteReader, options: StreamFileOptions = {}): Table {
  return atOnce(describeArrowStream(file, options));
}

function describeArrowStream(file: ByteReader, options: StreamFileOptions): Steps<Table> {
  return namingSteps(file.path, function* () {
    const reader = new MetadataReader(file);
    const walked = yield* walk(reader, options);
    return yield* describeTable(reader, { format: 'stream', metadata: [], ...walked });
  });
}

interface Walked {
  version: MetadataVersion;
  schema: Schema;
  dictionaries: DictionaryBlock[];
  batches: BlockTable;
}

function* walk(
  reader: MetadataReader,
  { allowMissingEos = false, start = 0 }: StreamFileOptions,
): Steps<Walked> {
  const state = new StreamState();
  const dictionaries: DictionaryBlock[] = [];
  const batches = new GrowingBlocks();
  const arrays = newHeaderArrays();
  let position = start;
  for (;;) {
    const what = state.next;
    const prefix = nextMessage(reader, position, what);
    if (prefix === null) break;
    yield;
    const bytes = reader.read(position + prefix.prefixLength, prefix.length);
    const message = state.accept(decodeMessage(bytes, what, { arrays }));
    const { bodyLength } = message;
    const block = { offset: position, metadataLength: prefix.prefixLength + prefix.length, bodyLength };
    position += block.metadataLength + bodyLength;
    if (!(position <= reader.size)) throw cutOff(what, position, reader.size);
    if (message.kind === 'batch') {
      batches.push(block);
    } else if (message.kind === 'dictionary') {
      const { id, isDelta, isReplacement, batchesBefore, version, header } = message;
      const { rows, compression } = header;
      dictionaries.push({ ...block, id, isDelta, isReplacement, version, rows, compression, batchesBefore });
    }
  }
  if (state.schema === null) throw new LogitmillError('INPUT_CORRUPT', 'ends before its schema');
  if (position === reader.size && !allowMissingEos)
    throw new LogitmillError('INPUT_CORRUPT', MISSING_END, { hint: MISSING_END_HINT });
  if (position < reader.size && start === 0) checkRest(reader, position);
  return { version: state.version, schema: state.schema, dictionaries, batches: batches.finish() };
}

/** Streams that were joined, as with cat, would lose all but the first without a word. */
function checkRest(reader: MetadataReader, position: number): void {
  const { prefixLength } = readPrefix(
    reader.read(position, Math.min(PREFIX_LENGTH, reader.size - position)),
  )!;
  if (position + prefixLength < reader.size)
    throw new LogitmillError('INPUT_CORRUPT', TRAILING, { hint: TRAILING_HINT });
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
    hint: COPY_AGAIN,
  });
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
