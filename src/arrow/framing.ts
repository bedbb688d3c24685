/**
 * How messages and metadata are laid out in a file or stream.
 *
 * A message is: 0xFFFFFFFF, the length of what follows up to the body (int32), a flatbuffer, padding; then its
 * body. Before Arrow 0.15 the 0xFFFFFFFF was not there. A length of 0 ends a stream. A file is: magic and two
 * bytes of padding, a stream, the footer's flatbuffer, its length (int32), magic.
 */
export const MAGIC = new Uint8Array([0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]);

/** The magic and its padding. */
export const FILE_START_LENGTH = 8;

/** The footer's length and the magic. */
export const FILE_END_LENGTH = 4 + MAGIC.length;

const CONTINUATION = 0xffffffff;
export const PREFIX_LENGTH = 8;
export const LEGACY_PREFIX_LENGTH = 4;

/** What ends a stream, and stands before a file's footer. */
export const END_OF_STREAM = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** No honest schema, header or footer comes near: a header of 100,000 columns has 5 MB. */
export const MAX_METADATA_LENGTH = 32 << 20;

export interface Prefix {
  /** Bytes of the prefix itself: 8, or 4 in the old framing. */
  prefixLength: number;
  /** Flatbuffer and padding; 0 is the end of the stream. May be negative in corrupt input. */
  length: number;
}

/** Reads a message's prefix at the start of `bytes`; null when there are too few of them. */
export function readPrefix(bytes: Uint8Array): Prefix | null {
  if (bytes.length < LEGACY_PREFIX_LENGTH) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== CONTINUATION)
    return { prefixLength: LEGACY_PREFIX_LENGTH, length: view.getInt32(0, true) };
  if (bytes.length < PREFIX_LENGTH) return null;
  return { prefixLength: PREFIX_LENGTH, length: view.getInt32(4, true) };
}

export function startsWithMagic(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Puts a flatbuffer into a message's frame, padded so that `position` + the result's length is aligned. */
export function frameMessage(flatbuffer: Uint8Array, alignment: number, position = 0): Uint8Array {
  const unpadded = PREFIX_LENGTH + flatbuffer.length;
  const length = roundUp(position + unpadded, alignment) - position;
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setInt32(4, length - PREFIX_LENGTH, true);
  message.set(flatbuffer, PREFIX_LENGTH);
  return message;
}

export function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
