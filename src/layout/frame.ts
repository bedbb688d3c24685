import {
  BLOCK_SIZE,
  type EncodeOptions,
  encodeFileEnd,
  encodeFileStart,
  encodeSchemaMessage,
} from '../arrow/encode.ts';
import { type EncodedSchema, encodedSchema } from '../arrow/encode-schema.ts';
import { END_OF_STREAM, FILE_START_LENGTH, PREFIX_LENGTH } from '../arrow/framing.ts';
import type { BlockList, Metadata, Schema } from '../arrow/types.ts';

/** What stands around the batches of a file or stream. */
export interface Frame {
  /** Put together anew each time: that of a very wide table is long. */
  readonly start: Uint8Array;
  startLength: number;
  end(dictionaries: BlockList, batches: BlockList): Uint8Array;
  /** The length of that end, by the numbers of blocks. */
  endLength(dictionaries: number, batches: number): number;
}

/** How a schema is framed: the schema itself, and what it would be if results were nullable. */
export interface FramedSchema {
  schema: Schema;
  nullable: Schema;
  /** Of the footer. */
  metadata: Metadata;
  options: EncodeOptions;
}

/**
 * A stream's start and end, as long as they would be if results were nullable: all that lies between stands at the
 * same place whatever --on-invalid says, so that a finished run with invalid rows can be published with another
 * answer.
 */
export function streamFrame({ schema, nullable, options }: FramedSchema): Frame {
  const encoded = encodedSchema(schema);
  const encode = (fields: EncodedSchema): Uint8Array => encodeSchemaMessage(fields, 0, options);
  const other = schema === nullable ? encoded : encodedSchema(nullable);
  const startLength = Math.max(encode(encoded).length, encode(other).length);
  return {
    startLength,
    endLength: () => END_OF_STREAM.length,
    get start() {
      return paddedStart(encode(encoded), 0, startLength);
    },
    end: () => END_OF_STREAM,
  };
}

/** Likewise of a file. */
export function fileFrame({ schema, nullable: nullableSchema, metadata, options }: FramedSchema): Frame {
  const isNullable = schema === nullableSchema;
  const encoded = encodedSchema(schema);
  const nullable = isNullable ? encoded : encodedSchema(nullableSchema);
  // A block takes as many bytes as any other, so that the length follows from their number.
  const lengthWithout = (fields: EncodedSchema): number =>
    encodeFileEnd(fields, [], [], metadata, options).length;
  let without: number | undefined;
  const endLength = (dictionaries: number, batches: number): number => {
    without ??= Math.max(lengthWithout(nullable), isNullable ? 0 : lengthWithout(encoded));
    return without + (dictionaries + batches) * BLOCK_SIZE;
  };
  const lengthOf = (fields: EncodedSchema): number => encodeFileStart(fields, options).length;
  const startLength = Math.max(lengthOf(encoded), isNullable ? 0 : lengthOf(nullable));
  return {
    startLength,
    endLength,
    get start() {
      return paddedStart(encodeFileStart(encoded, options), FILE_START_LENGTH, startLength);
    },
    end: (dictionaries, batches) => {
      const encode = (fields: EncodedSchema): Uint8Array =>
        encodeFileEnd(fields, dictionaries, batches, metadata, options);
      if (isNullable) return encode(encoded);
      return paddedEnd(encode(encoded), endLength(dictionaries.length, batches.length));
    },
  };
}

/** @param message where the schema's message begins */
function paddedStart(start: Uint8Array, message: number, wanted: number): Uint8Array {
  const length = Math.max(start.length, wanted);
  if (length === start.length) return start;
  const padded = new Uint8Array(length);
  padded.set(start);
  const view = new DataView(padded.buffer);
  view.setInt32(message + 4, length - message - PREFIX_LENGTH, true);
  return padded;
}

/** A footer is found from the file's end, so there may be zeros between the end-of-stream marker and it. */
function paddedEnd(end: Uint8Array, wanted: number): Uint8Array {
  const padded = new Uint8Array(Math.max(end.length, wanted));
  padded.set(END_OF_STREAM);
  padded.set(end.subarray(END_OF_STREAM.length), padded.length - end.length + END_OF_STREAM.length);
  return padded;
}
