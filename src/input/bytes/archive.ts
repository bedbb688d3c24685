/** What files may be compressed with as a whole. */
export type Archive = 'gzip' | 'zstd' | 'lz4';

export function isArchive(kind: string): kind is Archive {
  return kind === 'gzip' || kind === 'zstd' || kind === 'lz4';
}

/** The endings of their names, as part of a regular expression. */
export const ARCHIVE_ENDINGS = 'gz|zst|lz4';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
const LZ4 = [0x04, 0x22, 0x4d, 0x18];
/** Of frames that decoders pass over, which parallel compressors put first: 0x184D2A50 to 0x184D2A5F, in both formats. */
const SKIPPABLE = [0x2a, 0x4d, 0x18];

/** Whether an input is compressed, by its first bytes; its name is asked where they fit two. */
export function archiveOf(head: Uint8Array, path: string): Archive | undefined {
  if (startsWith(head, GZIP)) return 'gzip';
  if (startsWith(head, ZSTD)) return 'zstd';
  if (startsWith(head, LZ4)) return 'lz4';
  if ((head[0]! & 0xf0) !== 0x50 || !startsWith(head.subarray(1), SKIPPABLE)) return undefined;
  const next = 8 + (head.length < 8 ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(4, true));
  const known = next < head.length ? archiveOf(head.subarray(next), path) : undefined;
  return known ?? (/\.lz4$/i.test(path) ? 'lz4' : 'zstd');
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}
