import { type EncodeOptions, encodeFileEnd, encodeFileStart } from '../arrow/encode.ts';
import { END_OF_STREAM, FILE_START_LENGTH, PREFIX_LENGTH } from '../arrow/framing.ts';
import type { Block, Metadata, Schema } from '../arrow/types.ts';

/** What stands around the batches of a file. */
export interface Frame {
  start: Uint8Array;
  end(dictionaries: readonly Block[], batches: readonly Block[]): Uint8Array;
}

/**
 * A file's start and end, as long as they would be if results were nullable: all that lies between stands at the
 * same place whatever --on-invalid says, so that a finished run with invalid rows can be published with another
 * answer.
 */
export function frameOf(
  schema: Schema,
  nullableSchema: Schema,
  metadata: Metadata,
  options: EncodeOptions,
): Frame {
  return {
    start: paddedStart(encodeFileStart(schema, options), encodeFileStart(nullableSchema, options).length),
    end: (dictionaries, batches) => {
      const encode = (fields: Schema): Uint8Array =>
        encodeFileEnd(fields, dictionaries, batches, metadata, options);
      return paddedEnd(encode(schema), encode(nullableSchema).length);
    },
  };
}

function paddedStart(start: Uint8Array, wanted: number): Uint8Array {
  const length = Math.max(start.length, wanted);
  const padded = new Uint8Array(length);
  padded.set(start);
  const view = new DataView(padded.buffer);
  view.setInt32(FILE_START_LENGTH + 4, length - FILE_START_LENGTH - PREFIX_LENGTH, true);
  return padded;
}

/** A footer is found from the file's end, so there may be zeros between the end-of-stream marker and it. */
function paddedEnd(end: Uint8Array, wanted: number): Uint8Array {
  const padded = new Uint8Array(Math.max(end.length, wanted));
  padded.set(END_OF_STREAM);
  padded.set(end.subarray(END_OF_STREAM.length), padded.length - end.length + END_OF_STREAM.length);
  return padded;
}
