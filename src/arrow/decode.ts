import { BodyCompression } from 'apache-arrow/fb/body-compression';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { Footer } from 'apache-arrow/fb/footer';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema as SchemaTable } from 'apache-arrow/fb/schema';
import { CheckedByteBuffer } from './checked-buffer.ts';
import { decodeMetadata, decodeSchema } from './decode-schema.ts';
import type { BatchHeader, BlockTable, Metadata, MetadataVersion, Schema } from './types.ts';

interface AnyMessage {
  version: MetadataVersion;
  /** Bytes that follow the message's metadata. */
  bodyLength: number;
  metadata: Metadata;
}

export interface SchemaMessage extends AnyMessage {
  kind: 'schema';
  schema: Schema;
}
export interface BatchMessage extends AnyMessage {
  kind: 'batch';
  header: BatchHeader;
}
export interface DictionaryMessage extends AnyMessage {
  kind: 'dictionary';
  id: bigint;
  isDelta: boolean;
  header: BatchHeader;
}
export type ArrowMessage = SchemaMessage | BatchMessage | DictionaryMessage;

export interface ArrowFooter {
  version: MetadataVersion;
  schema: Schema;
  dictionaries: BlockTable;
  batches: BlockTable;
  metadata: Metadata;
}

export interface DecodeOptions {
  /** Any other kind is refused before it is decoded. */
  expected?: ArrowMessage['kind'];
  /** For a batch's numbers; new ones unless given. */
  arrays?: HeaderArrays;
}

/**
 * Decodes one message's flatbuffer, without its prefix. `what` begins the messages of errors.
 * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED
 */
export function decodeMessage(
  bytes: Uint8Array,
  what: string,
  { expected, arrays = newHeaderArrays() }: DecodeOptions = {},
): ArrowMessage {
  const buffer = new CheckedByteBuffer(bytes, what);
  const message = Message.getRootAsMessage(buffer);
  if (expected !== undefined && message.headerType() !== HEADER_TYPES[expected])
    throw buffer.corrupt(`is not a ${expected} message`);
  const common = {
    version: metadataVersion(message.version(), buffer),
    bodyLength: readCount(buffer, message.bb_pos, BODY_LENGTH, 'its body length'),
    metadata: decodeMetadata(message, buffer),
  };
  const header = <T extends { bb: unknown }>(into: T): T => {
    if (message.header(into) === null) throw buffer.corrupt('has no header');
    return into;
  };
  switch (message.headerType()) {
    case MessageHeader.Schema:
      return { kind: 'schema', schema: decodeSchema(header(new SchemaTable()), buffer), ...common };
    case MessageHeader.RecordBatch:
      return {
        kind: 'batch',
        header: decodeBatchHeader(header(new RecordBatch()), buffer, arrays),
        ...common,
      };
    case MessageHeader.DictionaryBatch: {
      const dictionary = header(new DictionaryBatch());
      const data = dictionary.data();
      if (data === null) throw buffer.corrupt('is a dictionary without data');
      return {
        kind: 'dictionary',
        id: dictionary.id(),
        isDelta: dictionary.isDelta(),
        header: decodeBatchHeader(data, buffer, arrays),
        ...common,
      };
    }
    case MessageHeader.Tensor:
    case MessageHeader.SparseTensor:
      throw buffer.unsupported('is a tensor message, not a table of columns');
    default:
      throw buffer.corrupt(`has a header of the unknown type ${message.headerType()}`);
  }
}

/**
 * Decodes a file's footer.
 * @throws {LogitmillError} INPUT_CORRUPT, INPUT_UNSUPPORTED
 */
export function decodeFooter(bytes: Uint8Array): ArrowFooter {
  const buffer = new CheckedByteBuffer(bytes, 'footer');
  const footer = Footer.getRootAsFooter(buffer);
  const version = metadataVersion(footer.version(), buffer);
  const schema = footer.schema();
  if (schema === null) throw buffer.corrupt('has no schema');
  return {
    version,
    schema: decodeSchema(schema, buffer),
    dictionaries: decodeBlocks(buffer, footer.bb_pos, DICTIONARIES, footer.dictionariesLength()),
    batches: decodeBlocks(buffer, footer.bb_pos, RECORD_BATCHES, footer.recordBatchesLength()),
    metadata: decodeMetadata(footer, buffer),
  };
}

// Places in the tables' lists of fields, as in the generated accessors: 4 + 2 * the field's number in the schema.
const BODY_LENGTH = 10;
const LENGTH = 4;
const NODES = 6;
const BUFFERS = 8;
const VARIADIC_COUNTS = 12;
const DICTIONARIES = 8;
const RECORD_BATCHES = 10;

/** Where a batch header's numbers go: arrays of the right length are used again, others replaced. */
export interface HeaderArrays {
  nodes: Float64Array;
  buffers: Float64Array;
  variadicCounts: Float64Array;
}

export function newHeaderArrays(): HeaderArrays {
  return { nodes: EMPTY, buffers: EMPTY, variadicCounts: EMPTY };
}

const EMPTY = new Float64Array(0);

/** A block in a footer: offset int64, metadata length int32, 4 bytes of padding, body length int64. */
const BLOCK_SIZE = 24;

const HEADER_TYPES = {
  schema: MessageHeader.Schema,
  batch: MessageHeader.RecordBatch,
  dictionary: MessageHeader.DictionaryBatch,
} as const;

function metadataVersion(version: number, buffer: CheckedByteBuffer): MetadataVersion {
  if (version === 3) return 4;
  if (version === 4) return 5;
  if (version >= 0 && version < 3)
    throw buffer.unsupported(
      `has metadata version V${version + 1}, of Arrow before 0.8; logitmill reads V4 and V5`,
    );
  throw buffer.unsupported(`has an unknown metadata version (${version}); logitmill reads V4 and V5`);
}

/** Generated accessors make a bigint of every int64; headers are read too often for that. */
function readCount(buffer: CheckedByteBuffer, table: number, field: number, name: string): number {
  const offset = buffer.__offset(table, field);
  return offset === 0 ? 0 : buffer.readCount(table + offset, name);
}

function decodeBatchHeader(batch: RecordBatch, buffer: CheckedByteBuffer, arrays: HeaderArrays): BatchHeader {
  const table = batch.bb_pos;
  const readVector = (array: keyof HeaderArrays, field: number, perElement: number, name: string) => {
    const offset = buffer.__offset(table, field);
    const count = offset === 0 ? 0 : buffer.__vector_len(table + offset) * perElement;
    const start = offset === 0 ? 0 : buffer.__vector(table + offset);
    buffer.checkVector(start, count, 8);
    if (arrays[array].length !== count) arrays[array] = new Float64Array(count);
    buffer.readCounts(start, 8, arrays[array], name);
  };
  readVector('nodes', NODES, 2, 'the length or null count of a column');
  readVector('buffers', BUFFERS, 2, 'the offset or length of a buffer');
  readVector('variadicCounts', VARIADIC_COUNTS, 1, 'the number of buffers of a view column');
  return {
    rows: readCount(buffer, table, LENGTH, 'its number of rows'),
    nodes: arrays.nodes,
    buffers: arrays.buffers,
    variadicCounts: arrays.variadicCounts,
    compression: decodeCompression(batch, buffer),
  };
}

function decodeCompression(batch: RecordBatch, buffer: CheckedByteBuffer): BatchHeader['compression'] {
  const compression = batch.compression(new BodyCompression());
  if (compression === null) return null;
  const codec = compression.codec();
  if (compression.method() !== 0 || (codec !== 0 && codec !== 1))
    throw buffer.unsupported(
      `is compressed in an unknown way (codec ${codec}, method ${compression.method()})`,
    );
  return codec === 0 ? 'lz4' : 'zstd';
}

function decodeBlocks(buffer: CheckedByteBuffer, table: number, field: number, count: number): BlockTable {
  const start = count === 0 ? 0 : buffer.__vector(table + buffer.__offset(table, field));
  buffer.checkVector(start, count, BLOCK_SIZE);
  const [offsets, metadataLengths, bodyLengths] = [0, 1, 2].map(() => new Float64Array(count));
  buffer.readCounts(start, BLOCK_SIZE, offsets!, 'the offset of a block');
  buffer.readCounts(start + 16, BLOCK_SIZE, bodyLengths!, 'the body length of a block');
  for (let i = 0; i < count; i++) {
    const length = buffer.readInt32(start + i * BLOCK_SIZE + 8);
    if (length < 0) throw buffer.corrupt(`block ${i} has the metadata length ${length}`);
    metadataLengths![i] = length;
  }
  return { count, offsets: offsets!, metadataLengths: metadataLengths!, bodyLengths: bodyLengths! };
}
