import { Footer } from 'apache-arrow/fb/footer';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import type { Builder } from 'flatbuffers';
import { builderWithSchema, type EncodedSchema, encodeMetadata } from './encode-schema.ts';
import { END_OF_STREAM, FILE_END_LENGTH, FILE_START_LENGTH, frameMessage, MAGIC } from './framing.ts';
import type { BlockList, Metadata, MetadataVersion, Schema } from './types.ts';

/** Buffers, bodies and messages start at multiples of this, counted from the start of the file. */
export const ALIGNMENT = 64;

export interface EncodeOptions {
  /** 5; 4 where columns with a union are copied from a file of version 4. */
  version?: MetadataVersion;
  alignment?: number;
}

/** As Arrow's schema numbers them: V1 is 0. */
export function versionNumber(version: MetadataVersion): number {
  return version - 1;
}

/**
 * A schema as an encapsulated message, padded so that `position` plus its length is aligned: `position` is where
 * it will stand, 0 in a stream, 8 in a file.
 */
export function encodeSchemaMessage(
  schema: Schema | EncodedSchema,
  position: number,
  options: EncodeOptions = {},
): Uint8Array {
  const { version = 5, alignment = ALIGNMENT } = options;
  const { builder, table: header } = builderWithSchema(schema, 256);
  Message.startMessage(builder);
  Message.addVersion(builder, versionNumber(version));
  Message.addHeaderType(builder, MessageHeader.Schema);
  Message.addHeader(builder, header);
  builder.finish(Message.endMessage(builder));
  return frameMessage(builder.asUint8Array(), alignment, position);
}

/** The start of a file: magic and schema; its length is a multiple of the alignment. */
export function encodeFileStart(schema: Schema | EncodedSchema, options: EncodeOptions = {}): Uint8Array {
  const message = encodeSchemaMessage(schema, FILE_START_LENGTH, options);
  const start = new Uint8Array(FILE_START_LENGTH + message.length);
  start.set(MAGIC);
  start.set(message, FILE_START_LENGTH);
  return start;
}

/**
 * The end of a file: end-of-stream marker, footer, its length, magic. The length of the result depends only on
 * the schema, the metadata and the numbers of blocks, so that it is known before the blocks are.
 */
export function encodeFileEnd(
  schema: Schema | EncodedSchema,
  dictionaries: BlockList,
  batches: BlockList,
  metadata: Metadata,
  options: EncodeOptions = {},
): Uint8Array {
  const footer = encodeFooter(schema, dictionaries, batches, metadata, options);
  const end = new Uint8Array(END_OF_STREAM.length + footer.length + FILE_END_LENGTH);
  end.set(END_OF_STREAM);
  end.set(footer, END_OF_STREAM.length);
  new DataView(end.buffer).setInt32(END_OF_STREAM.length + footer.length, footer.length, true);
  end.set(MAGIC, end.length - MAGIC.length);
  return end;
}

/** A footer's flatbuffer alone. */
export function encodeFooter(
  schema: Schema | EncodedSchema,
  dictionaries: BlockList,
  batches: BlockList,
  metadata: Metadata,
  { version = 5 }: EncodeOptions = {},
): Uint8Array {
  const blocks = dictionaries.length + batches.length;
  const { builder, table: schemaOffset } = builderWithSchema(schema, 1024 + blocks * BLOCK_SIZE);
  const metadataOffset = encodeMetadata(builder, metadata);
  Footer.startRecordBatchesVector(builder, batches.length);
  encodeBlocks(builder, batches);
  const batchesOffset = builder.endVector();
  Footer.startDictionariesVector(builder, dictionaries.length);
  encodeBlocks(builder, dictionaries);
  const dictionariesOffset = builder.endVector();
  Footer.startFooter(builder);
  Footer.addVersion(builder, versionNumber(version));
  Footer.addSchema(builder, schemaOffset);
  Footer.addDictionaries(builder, dictionariesOffset);
  Footer.addRecordBatches(builder, batchesOffset);
  Footer.addCustomMetadata(builder, metadataOffset);
  builder.finish(Footer.endFooter(builder));
  return builder.asUint8Array();
}

/** Bytes of one block in a footer. */
export const BLOCK_SIZE = 24;

/** A flatbuffer grows from its end to its start. */
function encodeBlocks(builder: Builder, blocks: BlockList): void {
  for (let i = blocks.length - 1; i >= 0; i--) {
    const { offset, metadataLength, bodyLength } = blocks.at(i)!;
    builder.prep(8, BLOCK_SIZE);
    writeCount(builder, bodyLength);
    builder.writeInt32(0);
    builder.writeInt32(metadataLength);
    writeCount(builder, offset);
  }
}

function writeCount(builder: Builder, value: number): void {
  builder.writeInt32(Math.floor(value / 0x100000000));
  builder.writeInt32(value | 0);
}
