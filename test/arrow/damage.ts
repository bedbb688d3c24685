/** Structure-aware damage: to footers, headers and offsets, with words that lie at the edges of what is allowed. */
import type { Table } from '../../src/input/arrow/table.ts';

export type Random = (below: number) => number;

/** Mulberry32: small, seeded, the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export interface Seed {
  name: string;
  bytes: Buffer;
  /** Where metadata lie: the first byte and the one after the last. */
  regions: [number, number][];
}

export function regionsOf({ format, batches, dictionaries, size }: Table): [number, number][] {
  const blocks = [...dictionaries, ...Array.from({ length: batches.count }, (_, i) => batches.blockOf(i))];
  const regions = blocks.map(({ offset, metadataLength }): [number, number] => [
    offset,
    offset + metadataLength,
  ]);
  const first = Math.min(size, ...regions.map(([start]) => start));
  const last = Math.max(
    0,
    ...blocks.map(({ offset, metadataLength, bodyLength }) => offset + metadataLength + bodyLength),
  );
  return [[0, first], ...regions, ...(format === 'arrow' ? [[last, size] as [number, number]] : [])];
}

const WORDS = [
  0,
  1,
  -1,
  2,
  4,
  7,
  8,
  63,
  64,
  127,
  128,
  255,
  256,
  65535,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 30,
  0x7fff0000,
];

/** Damages up to three of the seed's regions, cuts it, or adds to it. */
export function mutate({ bytes, regions }: Seed, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + random(3); left > 0; left--) {
    const [start, end] = regions[random(regions.length)]!;
    if (end - start < 8) continue;
    const anywhere = start + random(end - start - 3);
    const word = start + 4 * random(Math.floor((end - start) / 4));
    switch (random(8)) {
      case 0:
        copy[anywhere] = random(256);
        break;
      case 1:
        copy[anywhere]! ^= 1 << random(8);
        break;
      case 2:
        copy.writeInt32LE(WORDS[random(WORDS.length)]!, word);
        break;
      case 3:
        copy.writeInt32LE((copy.readInt32LE(word) + random(33) - 16) | 0, word);
        break;
      case 4:
        copy.writeInt32LE(copy.readInt32LE(start + 4 * random(Math.floor((end - start) / 4))), word);
        break;
      case 5:
        copy.writeInt16LE(random(2) === 0 ? random(64) : WORDS[random(12)]!, anywhere);
        break;
      case 6:
        if (word + 8 <= end)
          copy.writeBigInt64LE(BigInt(WORDS[random(WORDS.length)]!) * 2n ** BigInt(random(33)), word);
        break;
      default:
        copy.copy(copy, word, start + random(end - start), Math.min(end, word + random(64)));
    }
  }
  if (random(20) > 0) return copy;
  return random(2) === 0
    ? copy.subarray(0, random(copy.length))
    : Buffer.concat([copy, copy.subarray(random(copy.length))]);
}
