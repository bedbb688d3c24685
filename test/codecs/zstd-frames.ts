/** Frames of ZSTD made by hand, after RFC 8878: their blocks are stored or one byte repeated, so that they end where a test wants. */

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const BLOCK_MOST = 128 * 2 ** 10;

export interface FrameShape {
  /** The length stands in the header, and the content is its own window; else the window is 1 MiB. */
  singleSegment?: boolean;
  checksum?: boolean;
  blockBytes?: number;
}

export function zstdFrame(
  data: Uint8Array,
  { singleSegment = false, checksum = false, blockBytes = BLOCK_MOST }: FrameShape = {},
): Buffer {
  const descriptor = (singleSegment ? 0b1010_0000 : 0) | (checksum ? 0b100 : 0);
  const header = Buffer.alloc(singleSegment ? 5 : 2);
  header[0] = descriptor;
  if (singleSegment) header.writeUInt32LE(data.length, 1);
  else header[1] = 10 << 3;
  const parts: Uint8Array[] = [MAGIC, header];
  for (let at = 0; at === 0 || at < data.length; at += blockBytes) {
    const block = data.subarray(at, at + blockBytes);
    const isLast = at + blockBytes >= data.length;
    const isRepeated = block.length > 0 && block.every((byte) => byte === block[0]);
    const word = Buffer.alloc(3);
    word.writeUIntLE((isLast ? 1 : 0) | (isRepeated ? 0b10 : 0) | (block.length << 3), 0, 3);
    parts.push(word, isRepeated ? block.subarray(0, 1) : block);
  }
  if (checksum) {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(Number(xxh64(data) & 0xffffffffn));
    parts.push(word);
  }
  return Buffer.concat(parts);
}

export function skippableFrame(content: Uint8Array, nibble = 0): Buffer {
  const header = Buffer.from([0x50 | nibble, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

const MASK = 2n ** 64n - 1n;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const rotated = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK;
const round = (sum: bigint, input: bigint): bigint => (rotated((sum + input * P2) & MASK, 31n) * P1) & MASK;

/** With the seed 0: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
function xxh64(data: Uint8Array): bigint {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  let at = 0;
  let hash: bigint = P5;
  if (data.length >= 32) {
    const sums = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= data.length; at += 32)
      for (let lane = 0; lane < 4; lane++)
        sums[lane] = round(sums[lane]!, view.getBigUint64(at + 8 * lane, true));
    const [a, b, c, d] = sums as [bigint, bigint, bigint, bigint];
    hash = (rotated(a, 1n) + rotated(b, 7n) + rotated(c, 12n) + rotated(d, 18n)) & MASK;
    for (const sum of sums) hash = ((hash ^ round(0n, sum)) * P1 + P4) & MASK;
  }
  hash = (hash + BigInt(data.length)) & MASK;
  for (; at + 8 <= data.length; at += 8)
    hash = (rotated(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  if (at + 4 <= data.length) {
    hash = (rotated(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < data.length; at++) hash = (rotated(hash ^ ((BigInt(data[at]!) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}
