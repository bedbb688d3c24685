/** What stands before a frame of ZSTD: https://www.rfc-editor.org/rfc/rfc8878#name-frame-header */

const MAGIC = 0xfd2fb528;
/** The lowest four bits are the writer's. */
const SKIPPABLE_MAGIC = 0x184d2a50;

/** Magic number, descriptor, window or not, dictionary, length. */
export const ZSTD_HEADER_MOST = 18;

const DICTIONARY_BYTES = [0, 1, 2, 4];
const LENGTH_BYTES = [0, 2, 4, 8];

export interface ZstdHeader {
  /** Of what was inflated last, how much the decoder keeps, in bytes; none of a frame that it passes over. */
  window: number;
}

/** The header at the start of `bytes`, of which there are ZSTD_HEADER_MOST, or as many as there are at all. */
export function readZstdHeader(bytes: Uint8Array): ZstdHeader | 'no frame' | 'cut' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 4) return isBeginning(bytes) ? 'cut' : 'no frame';
  const magic = view.getUint32(0, true);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) return { window: 0 };
  if (magic !== MAGIC) return 'no frame';
  const descriptor = bytes[4];
  if (descriptor === undefined) return 'cut';
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const lengthAt = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_BYTES[descriptor & 0b11]!;
  const lengthBytes = LENGTH_BYTES[descriptor >> 6]! || (isSingleSegment ? 1 : 0);
  if (bytes.length < lengthAt + lengthBytes) return 'cut';
  if (!isSingleSegment) {
    const base = 2 ** (10 + (bytes[5]! >> 3));
    return { window: base + (base / 8) * (bytes[5]! & 7) };
  }
  // A single segment is its own window.
  switch (lengthBytes) {
    case 1:
      return { window: bytes[lengthAt]! };
    case 2:
      return { window: view.getUint16(lengthAt, true) + 256 };
    case 4:
      return { window: view.getUint32(lengthAt, true) };
    default:
      return { window: Number(view.getBigUint64(lengthAt, true)) };
  }
}

/** Of either magic number. */
function isBeginning(bytes: Uint8Array): boolean {
  return [MAGIC, SKIPPABLE_MAGIC].some((magic) =>
    bytes.every((byte, index) => {
      const expected = (magic >>> (8 * index)) & 0xff;
      return byte === expected || (magic === SKIPPABLE_MAGIC && index === 0 && byte >> 4 === expected >> 4);
    }),
  );
}
