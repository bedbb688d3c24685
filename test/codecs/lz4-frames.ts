/** Frames of LZ4 made by hand: their blocks are stored or one byte repeated, so that they end where a test wants. */

export interface FrameShape {
  /** As the header has it: 4 is 64 KiB, each further one four times as much. */
  blockSize?: 4 | 5 | 6 | 7;
  linked?: boolean;
  blockChecksums?: boolean;
  contentChecksum?: boolean;
  contentSize?: boolean;
}

export function lz4Frame(data: Uint8Array, shape: FrameShape = {}): Buffer {
  const {
    blockSize = 4,
    linked = false,
    blockChecksums = false,
    contentChecksum = false,
    contentSize = false,
  } = shape;
  const flags =
    0x40 |
    (linked ? 0 : 0x20) |
    (blockChecksums ? 0x10 : 0) |
    (contentSize ? 0x08 : 0) |
    (contentChecksum ? 0x04 : 0);
  const size = Buffer.alloc(contentSize ? 8 : 0);
  if (contentSize) size.writeBigUInt64LE(BigInt(data.length));
  const described = Buffer.concat([Buffer.from([flags, blockSize << 4]), size]);
  const parts: Uint8Array[] = [
    Buffer.from([0x04, 0x22, 0x4d, 0x18]),
    described,
    Buffer.from([(xxh32(described) >>> 8) & 0xff]),
  ];
  const blockBytes = 2 ** (8 + 2 * blockSize);
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = data.subarray(at, at + blockBytes);
    const repeated = block.length > 300 && block.every((byte) => byte === block[0]) ? repeat(block) : null;
    parts.push(word((repeated ?? block).length | (repeated ? 0 : 0x80000000)), repeated ?? block);
    if (blockChecksums) parts.push(word(xxh32(repeated ?? block)));
  }
  parts.push(word(0));
  if (contentChecksum) parts.push(word(xxh32(data)));
  return Buffer.concat(parts);
}

/** One literal, a match of all but five of the others, and five literals. */
function repeat(block: Uint8Array): Buffer {
  const byte = block[0]!;
  const rest = block.length - 6 - 4 - 15;
  const length = Buffer.alloc(Math.floor(rest / 255) + 1, 255);
  length[length.length - 1] = rest % 255;
  return Buffer.concat([
    Buffer.from([0x1f, byte, 1, 0]),
    length,
    Buffer.from([0x50, byte, byte, byte, byte, byte]),
  ]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

const [P1, P2, P3, P4, P5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** With the seed 0: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
function xxh32(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  let at = 0;
  let hash: number = P5;
  if (data.length >= 16) {
    const sums = [(P1 + P2) | 0, P2 | 0, 0, -P1 | 0];
    for (; at + 16 <= data.length; at += 16)
      for (let lane = 0; lane < 4; lane++)
        sums[lane] = Math.imul(
          rotated((sums[lane]! + Math.imul(view.getUint32(at + 4 * lane, true), P2)) | 0, 13),
          P1,
        );
    hash = (rotated(sums[0]!, 1) + rotated(sums[1]!, 7) + rotated(sums[2]!, 12) + rotated(sums[3]!, 18)) | 0;
  }
  hash = (hash + data.length) | 0;
  for (; at + 4 <= data.length; at += 4)
    hash = Math.imul(rotated((hash + Math.imul(view.getUint32(at, true), P3)) | 0, 17), P4);
  for (; at < data.length; at++) hash = Math.imul(rotated((hash + Math.imul(data[at]!, P5)) | 0, 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
