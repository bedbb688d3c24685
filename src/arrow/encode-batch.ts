import { BodyCompression } from 'apache-arrow/fb/body-compression';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Builder, ByteBuffer } from 'flatbuffers';
import { ALIGNMENT, type EncodeOptions, versionNumber } from './encode.ts';
import { encodeMetadata } from './encode-schema.ts';
import { frameMessage, PREFIX_LENGTH } from './framing.ts';
import type { BatchHeader, BodyCodec, Metadata, MetadataVersion } from './types.ts';

export interface BatchOptions extends EncodeOptions {
  /** Of the message, not of the schema. */
  metadata?: Metadata;
}

/**
 * A record batch's header as an encapsulated message; the body follows it. Its length depends only on how many
 * nodes, buffers and variadic counts there are, not on their values.
 * @param into to be used again for the result, if it has the right length
 */
export function encodeBatchMessage(
  header: BatchHeader,
  bodyLength: number,
  options: BatchOptions = {},
  into?: Uint8Array,
): Uint8Array {
  return fill(template(header, null, options), header, bodyLength, into);
}

/** The length of what `encodeBatchMessage` makes of such a header. */
export function batchMessageLength(header: BatchHeader, options: BatchOptions = {}): number {
  return template(header, null, options).message.length;
}

/** Likewise for a batch of dictionary `id`; a delta adds to the values that were sent before. */
export function encodeDictionaryMessage(
  dictionary: { id: bigint; isDelta: boolean },
  header: BatchHeader,
  bodyLength: number,
  options: BatchOptions = {},
): Uint8Array {
  return fill(template(header, dictionary, options), header, bodyLength);
}

/** The byte in `message`, which one of the above encoded, where the int64 null count of node `node` stands. */
export function nullCountPosition(message: Uint8Array, node: number): number {
  const { nodes } = positions(message);
  return nodes + node * 16 + 8;
}

/** The byte where the int64 offset of buffer `buffer` stands; its length follows. */
export function bufferPosition(message: Uint8Array, buffer: number): number {
  const { buffers } = positions(message);
  return buffers + buffer * 16;
}

/** A message whose numbers are still to be filled in, at these bytes. */
interface Template extends Positions {
  message: Uint8Array;
}

interface Positions {
  rows: number;
  bodyLength: number;
  nodes: number;
  buffers: number;
  variadicCounts: number;
}

interface Shape {
  nodes: number;
  buffers: number;
  variadicCounts: number;
  compression: BodyCodec | null;
  dictionary: { id: bigint; isDelta: boolean } | null;
  metadata: Metadata;
  version: MetadataVersion;
  alignment: number;
}

/** A file has one shape of batch, or two: the last template is kept. */
let last: { shape: Shape; template: Template } | null = null;

function template(header: BatchHeader, dictionary: Shape['dictionary'], options: BatchOptions): Template {
  const shape: Shape = {
    nodes: header.nodes.length / 2,
    buffers: header.buffers.length / 2,
    variadicCounts: header.variadicCounts.length,
    compression: header.compression,
    dictionary,
    metadata: options.metadata ?? [],
    version: options.version ?? 5,
    alignment: options.alignment ?? ALIGNMENT,
  };
  if (dictionary !== null || shape.metadata.length > 0) return encodeTemplate(shape);
  if (last === null || !isSameShape(last.shape, shape)) last = { shape, template: encodeTemplate(shape) };
  return last.template;
}

/** Neither has a dictionary or metadata. */
function isSameShape(one: Shape, other: Shape): boolean {
  return (
    one.nodes === other.nodes &&
    one.buffers === other.buffers &&
    one.variadicCounts === other.variadicCounts &&
    one.compression === other.compression &&
    one.version === other.version &&
    one.alignment === other.alignment
  );
}

function encodeTemplate(shape: Shape): Template {
  const builder = new Builder(1024 + 16 * (shape.nodes + shape.buffers) + 8 * shape.variadicCounts);
  const metadata = encodeMetadata(builder, shape.metadata);
  const batch = encodeRecordBatch(builder, shape);
  const header = shape.dictionary === null ? batch : encodeDictionaryBatch(builder, shape.dictionary, batch);
  Message.startMessage(builder);
  Message.addBodyLength(builder, PLACEHOLDER);
  Message.addVersion(builder, versionNumber(shape.version));
  Message.addHeaderType(
    builder,
    shape.dictionary === null ? MessageHeader.RecordBatch : MessageHeader.DictionaryBatch,
  );
  Message.addHeader(builder, header);
  Message.addCustomMetadata(builder, metadata);
  builder.finish(Message.endMessage(builder));
  const message = frameMessage(builder.asUint8Array(), shape.alignment);
  return { message, ...positions(message) };
}

/** Not 0, which the library would leave out as the default. */
const PLACEHOLDER = 1n;

function encodeRecordBatch(builder: Builder, shape: Shape): number {
  const variadicCounts = shape.variadicCounts === 0 ? 0 : encodeZeros(builder, 8, shape.variadicCounts);
  const buffers = encodeZeros(builder, 16, shape.buffers);
  const nodes = encodeZeros(builder, 16, shape.nodes);
  const compression =
    shape.compression === null
      ? 0
      : BodyCompression.createBodyCompression(builder, shape.compression === 'lz4' ? 0 : 1, 0);
  RecordBatch.startRecordBatch(builder);
  RecordBatch.addLength(builder, PLACEHOLDER);
  RecordBatch.addNodes(builder, nodes);
  RecordBatch.addBuffers(builder, buffers);
  RecordBatch.addCompression(builder, compression);
  RecordBatch.addVariadicBufferCounts(builder, variadicCounts);
  return RecordBatch.endRecordBatch(builder);
}

function encodeZeros(builder: Builder, size: number, count: number): number {
  builder.startVector(size, count, 8);
  // `pad` would do so byte by byte.
  for (let i = 0; i < (size * count) / 8; i++) builder.writeFloat64(0);
  return builder.endVector();
}

function encodeDictionaryBatch(
  builder: Builder,
  { id, isDelta }: { id: bigint; isDelta: boolean },
  batch: number,
): number {
  DictionaryBatch.startDictionaryBatch(builder);
  DictionaryBatch.addId(builder, id);
  DictionaryBatch.addData(builder, batch);
  DictionaryBatch.addIsDelta(builder, isDelta);
  return DictionaryBatch.endDictionaryBatch(builder);
}

function fill(template: Template, header: BatchHeader, bodyLength: number, into?: Uint8Array): Uint8Array {
  let message = into;
  if (message?.length === template.message.length) message.set(template.message);
  else message = template.message.slice();
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  setCount(view, template.rows, header.rows);
  setCount(view, template.bodyLength, bodyLength);
  setCounts(view, template.nodes, header.nodes);
  setCounts(view, template.buffers, header.buffers);
  setCounts(view, template.variadicCounts, header.variadicCounts);
  return message;
}

function setCounts(view: DataView, position: number, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) setCount(view, position + 8 * i, values[i]!);
}

function setCount(view: DataView, position: number, value: number): void {
  view.setInt32(position, value | 0, true);
  view.setInt32(position + 4, Math.floor(value / 0x100000000), true);
}

/** Where the numbers stand in a message of our own making. */
function positions(message: Uint8Array): Positions {
  const buffer = new ByteBuffer(message);
  buffer.setPosition(PREFIX_LENGTH);
  const table = Message.getRootAsMessage(buffer);
  const isDictionary = table.headerType() === MessageHeader.DictionaryBatch;
  const batch = isDictionary
    ? (table.header(new DictionaryBatch()) as DictionaryBatch).data()!
    : (table.header(new RecordBatch()) as RecordBatch);
  const inBatch = (field: number) => batch.bb_pos + buffer.__offset(batch.bb_pos, field);
  return {
    rows: inBatch(4),
    bodyLength: table.bb_pos + buffer.__offset(table.bb_pos, 10),
    nodes: buffer.__vector(inBatch(6)),
    buffers: buffer.__vector(inBatch(8)),
    variadicCounts: batch.variadicBufferCountsLength() === 0 ? 0 : buffer.__vector(inBatch(12)),
  };
}
