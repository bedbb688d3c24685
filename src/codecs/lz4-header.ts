/** What stands before a frame of LZ4: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
import { corrupt } from './corrupt.ts';

const MAGIC = 0x184d2204;
/** The lowest four bits are the writer's. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Of `lz4 -l` and of the Linux kernel: blocks without a frame around them. */
const LEGACY_MAGIC = 0x184c2102;

const VERSION = 1;
const INDEPENDENT = 0b10_0000;
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 2 ** 16, 5: 2 ** 18, 6: 2 ** 20, 7: 2 ** 22 };

/** Magic number, flags, block size, content size, and their checksum. */
export const LZ4_HEADER_MOST = 15;

export interface Lz4Header {
  /** Of the header itself, in bytes; `checked` of them, after the magic number, have the checksum of the last one. */
  bytes: number;
  checked: number;
  blockBytes: number;
  independent: boolean;
  blockChecksums: boolean;
  contentChecksum: boolean;
  contentBytes: number | null;
}

/** A frame that is passed over, with its header, in bytes. */
export interface SkippedFrame {
  skipped: number;
}

/**
 * The header at the start of `bytes`, of which there are LZ4_HEADER_MOST, or as many as there are at all.
 * @throws LogitmillError INPUT_CORRUPT
 */
export function readLz4Header(bytes: Uint8Array): Lz4Header | SkippedFrame | 'no frame' | 'cut' {
  if (bytes.length < 4) return isBeginning(bytes) ? 'cut' : 'no frame';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(0, true);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC)
    return bytes.length < 8 ? 'cut' : { skipped: 8 + view.getUint32(4, true) };
  if (magic === LEGACY_MAGIC) throw corrupt('is LZ4 of the legacy format, without frames');
  if (magic !== MAGIC) return 'no frame';
  if (bytes.length < 7) return 'cut';
  const [flags, sizes] = [bytes[4]!, bytes[5]!];
  if (flags >> 6 !== VERSION || flags & 0b10 || sizes & 0b1000_1111)
    throw corrupt('begins with an LZ4 frame of an unknown version');
  if (flags & 1) throw corrupt('is an LZ4 frame that needs a dictionary');
  const blockBytes = BLOCK_BYTES[sizes >> 4];
  if (blockBytes === undefined) throw corrupt('begins with an LZ4 frame of an unknown block size');
  const checked = flags & 0b1000 ? 10 : 2;
  if (bytes.length < 4 + checked + 1) return 'cut';
  return {
    bytes: 4 + checked + 1,
    checked,
    blockBytes,
    independent: (flags & INDEPENDENT) !== 0,
    blockChecksums: (flags & 0b1_0000) !== 0,
    contentChecksum: (flags & 0b100) !== 0,
    contentBytes: flags & 0b1000 ? Number(view.getBigUint64(6, true)) : null,
  };
}

/** The header of a frame of independent blocks of 64 KiB, without checksums; the last byte is yet to be its own one. */
export function lz4Header(): Uint8Array {
  const header = Uint8Array.of(0, 0, 0, 0, (VERSION << 6) | INDEPENDENT, 4 << 4, 0);
  new DataView(header.buffer).setUint32(0, MAGIC, true);
  return header;
}

/** Of a magic number. */
function isBeginning(bytes: Uint8Array): boolean {
  return [MAGIC, SKIPPABLE_MAGIC].some((magic) =>
    bytes.every((byte, index) => {
      const expected = (magic >>> (8 * index)) & 0xff;
      return byte === expected || (magic === SKIPPABLE_MAGIC && index === 0 && byte >> 4 === expected >> 4);
    }),
  );
}
