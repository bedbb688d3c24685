import {
  BLOCK_SIZE,
  type EncodeOptions,
  encodeFileEnd,
  encodeFileStart,
  encodeSchemaMessage,
} from '../arrow/encode.ts';
import { END_OF_STREAM, FILE_START_LENGTH, PREFIX_LENGTH } from '../arrow/framing.ts';
import type { BlockList, Metadata, Schema } from '../arrow/types.ts';

/** What stands around the batches of a file or stream. */
export interface Frame {
  start: Uint8Array;
  end(dictionaries: BlockList, batches: BlockList): Uint8Array;
  /** The length of that end, by the numbers of blocks. */
  endLength(dictionaries: number, batches: number): number;
}

/**
 * A file's start and end, as long as they would be if results were nullable: all that lies between stands at the
 * same place whatever --on-invalid says, so that a finished run with invalid rows can be published with another
 * answer.
 */
export function frameOf(
  format: 'arrow' | 'stream',
  schema: Schema,
  nullableSchema: Schema,
  metadata: Metadata,
  options: EncodeOptions,
): Frame {
  if (format === 'stream') {
    const encode = (fields: Schema): Uint8Array => encodeSchemaMessage(fields, 0, options);
    return {
      endLength: () => END_OF_STREAM.length,
      start: paddedStart(encode(schema), 0, encode(nullableSchema).length),
      end: () => END_OF_STREAM,
    };
  }
  // A block takes as many bytes as any other, so that the length follows from their number.
  const lengthWithout = (fields: Schema): number => encodeFileEnd(fields, [], [], metadata, options).length;
  const isNullable = schema === nullableSchema;
  let without: number | undefined;
  const endLength = (dictionaries: number, batches: number): number => {
    without ??= Math.max(lengthWithout(nullableSchema), isNullable ? 0 : lengthWithout(schema));
    return without + (dictionaries + batches) * BLOCK_SIZE;
  };
  const start = encodeFileStart(schema, options);
  return {
    endLength,
    start: paddedStart(
      start,
      FILE_START_LENGTH,
      isNullable ? start.length : encodeFileStart(nullableSchema, options).length,
    ),
    end: (dictionaries, batches) => {
      const encode = (fields: Schema): Uint8Array =>
        encodeFileEnd(fields, dictionaries, batches, metadata, options);
      if (isNullable) return encode(schema);
      return paddedEnd(encode(schema), endLength(dictionaries.length, batches.length));
    },
  };
}

/** @param message where the schema's message begins */
function paddedStart(start: Uint8Array, message: number, wanted: number): Uint8Array {
  const length = Math.max(start.length, wanted);
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
