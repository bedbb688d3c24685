import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compress, init } from '@bokuweb/zstd-wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareZstd } from '../../src/codecs/zstd.ts';
import { LogitmillError } from '../../src/errors.ts';
import type { Pieces } from '../../src/input/bytes/byte-source.ts';
import { inflatePieces } from '../../src/input/bytes/decompress.ts';
import { inflateZstd } from '../../workers/codecs/inflate-zstd.ts';
import { StoredBytes } from '../../workers/codecs/stored-bytes.ts';
import { random } from '../kernels/harness.ts';
import { type FrameShape, skippableFrame, zstdFrame } from './zstd-frames.ts';

const file = path.join(os.tmpdir(), `logitmill-zstd-${process.pid}`);
const fd = fs.openSync(file, 'w+');
fs.unlinkSync(file);
afterAll(() => fs.closeSync(fd));
beforeAll(async () => {
  await prepareZstd();
  await init();
});

const SLAB = 2 ** 24;

/** As a buffer of a record batch, which stands somewhere in a file. */
function inflate(bytes: Uint8Array): Buffer {
  fs.writeSync(fd, bytes, 0, bytes.length, 100);
  fs.writeSync(fd, Buffer.alloc(300, 0xa5), 0, 300, 100 + bytes.length);
  const copies: Buffer[] = [];
  for (const piece of inflateZstd(new StoredBytes(fd, 100, bytes.length), SLAB))
    copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** As a file, which comes in pieces. */
async function decompress(bytes: Uint8Array, pieceBytes = 2 ** 17): Promise<Buffer> {
  const pieces: Pieces = {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
    taken: 0,
    close() {},
  };
  const copies: Uint8Array[] = [];
  for await (const piece of inflatePieces(pieces, 'zstd', 'in.csv.zst')) copies.push(piece);
  return Buffer.concat(copies);
}

function noise(length: number, seed = 1): Buffer {
  const next = random(seed);
  return Buffer.from(Uint8Array.from({ length }, () => next() * 256));
}

/** What repeats in half of its blocks. */
function mixed(length: number): Buffer {
  const data = noise(length);
  for (let at = 0; at < length; at += 2 ** 18) data.fill(7, at, Math.min(length, at + 2 ** 17));
  return data;
}

const PIECE = 2 ** 17;
const LENGTHS = [0, 1, 18, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE - 1, 2 * PIECE, 2 * PIECE + 1, 8 * PIECE];
const SHAPES: Record<string, FrameShape> = {
  'a window': {},
  'a single segment': { singleSegment: true },
  'a window and a checksum': { checksum: true },
  'a single segment and a checksum': { singleSegment: true, checksum: true },
  'small blocks': { blockBytes: 2 ** 12 },
};

describe('a ZSTD frame ends where it ends', () => {
  test.each(Object.keys(SHAPES))('%s', async (kind) => {
    for (const length of LENGTHS) {
      const data = mixed(length);
      const frame = zstdFrame(data, SHAPES[kind]);
      expect(inflate(frame).equals(data), `${length} bytes`).toBe(true);
      expect((await decompress(frame)).equals(data), `${length} bytes of a file`).toBe(true);
    }
  });

  test.each([1, 3, 19])('what the reference implementation makes at level %i', async (level) => {
    for (const length of LENGTHS) {
      const data = mixed(length);
      const frame = compress(data, level);
      expect(inflate(frame).equals(data), `${length} bytes`).toBe(true);
      expect((await decompress(frame)).equals(data), `${length} bytes of a file`).toBe(true);
    }
  });

  test('at every distance from the end of a piece that goes in', async () => {
    for (let more = -20; more <= 20; more++) {
      // Two blocks in 131,072 bytes and `more`, and a frame behind them.
      const data = noise(PIECE - 12 + more);
      const frames = Buffer.concat([zstdFrame(data), zstdFrame(Buffer.from('end'), { checksum: true })]);
      const expected = Buffer.concat([data, Buffer.from('end')]);
      expect(inflate(frames).equals(expected), `${more}`).toBe(true);
      expect((await decompress(frames)).equals(expected), `${more}, of a file`).toBe(true);
    }
  });

  test('several frames, empty ones and skippable ones among them, in pieces of any size', async () => {
    const data = [mixed(PIECE), Buffer.alloc(0), Buffer.alloc(PIECE, 9), noise(5), mixed(2 * PIECE)];
    const frames = Buffer.concat([
      skippableFrame(Buffer.from('parallel')),
      ...data.map((part, index) => zstdFrame(part, { checksum: index % 2 === 0, singleSegment: index > 2 })),
      skippableFrame(Buffer.alloc(0), 15),
      skippableFrame(noise(PIECE + 3), 3),
    ]);
    const expected = Buffer.concat(data);
    expect(inflate(frames).equals(expected)).toBe(true);
    for (const pieceBytes of [1, 7, 4096, PIECE - 1, PIECE, 3 * PIECE])
      expect((await decompress(frames, pieceBytes)).equals(expected), `${pieceBytes}`).toBe(true);
  });
});

describe('what follows the last ZSTD frame', () => {
  const data = mixed(PIECE);
  const frame = zstdFrame(data, { checksum: true });

  test.each([1, 3, 17, 512, 2 * PIECE])('%i zeros are padding', async (zeros) => {
    const padded = Buffer.concat([frame, Buffer.alloc(zeros)]);
    expect(inflate(padded).equals(data)).toBe(true);
    expect((await decompress(padded)).equals(data)).toBe(true);
    expect((await decompress(padded, 5)).equals(data)).toBe(true);
  });

  const AFTER: Record<string, Buffer> = {
    'a byte': Buffer.from([1]),
    'a zero and a byte': Buffer.from([0, 1]),
    'zeros and a frame': Buffer.concat([Buffer.alloc(40), frame]),
    'zeros over more than a piece, and a byte': Buffer.concat([Buffer.alloc(2 * PIECE), Buffer.from([1])]),
    text: Buffer.from('something else entirely, which is no frame'),
  };
  test.each(Object.keys(AFTER))('%s: refused', async (what) => {
    const bytes = Buffer.concat([frame, AFTER[what]!]);
    expect(() => inflate(bytes)).toThrow(/has something after its ZSTD frames/);
    for (const pieceBytes of [PIECE, 5])
      await expect(decompress(bytes, pieceBytes)).rejects.toThrow(/are followed by something else/);
  });

  test('a frame that is cut anywhere ends too early', async () => {
    const two = Buffer.concat([zstdFrame(noise(60), { checksum: true }), zstdFrame(noise(50))]);
    const first = two.length - zstdFrame(noise(50)).length;
    for (let length = 1; length < two.length; length++) {
      if (length === first) continue;
      expect(() => inflate(two.subarray(0, length)), `${length}`).toThrow(/in the middle of a ZSTD frame/);
      await expect(decompress(two.subarray(0, length)), `${length}`).rejects.toThrow(/end too early/);
    }
  });

  test('a wrong checksum, and a window that is too large in the second frame only', () => {
    const bad = Buffer.from(frame);
    bad[bad.length - 1]! ^= 1;
    expect(() => inflate(bad)).toThrow(/is no sound ZSTD frame/);
    const wide = zstdFrame(noise(50));
    wide[5] = 15 << 3;
    expect(() => inflate(Buffer.concat([frame, wide]))).toThrow(/needs a window of 32 MiB/);
    wide[5] = 20 << 3;
    expect(() => inflate(Buffer.concat([frame, wide]))).toThrow(/needs a window of 1024 MiB/);
  });
});

test('whatever is changed in ZSTD frames, they inflate or say why not', () => {
  const good = Buffer.concat([compress(mixed(3000), 1), zstdFrame(noise(300), { checksum: true })]);
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(good.length)),
      (changes, cut) => {
        const bad = Buffer.from(good);
        for (const [at, to] of changes) bad[at] = to;
        try {
          inflate(bad.subarray(0, cut ?? undefined));
        } catch (error) {
          expect(error).toBeInstanceOf(LogitmillError);
          expect(['INPUT_CORRUPT', 'INPUT_UNSUPPORTED', 'MEMORY_TOO_SMALL']).toContain(
            (error as LogitmillError).code,
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});
