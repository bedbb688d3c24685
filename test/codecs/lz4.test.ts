// @module-tag long
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Lz4Frames } from '../../src/codecs/lz4.ts';
import { LogitmillError } from '../../src/errors.ts';
import { LZ4_BLOCK, Lz4Encoder } from '../../workers/codecs/deflate-lz4.ts';
import { inflateLz4 } from '../../workers/codecs/inflate-lz4.ts';
import { StoredBytes } from '../../workers/codecs/stored-bytes.ts';
import { random } from '../kernels/harness.ts';
import { type FrameShape, lz4Frame } from './lz4-frames.ts';
import { skippableFrame } from './zstd-frames.ts';

const module = new WebAssembly.Module(fs.readFileSync('dist/kernels/lz4.baseline.wasm'));
const frames = new Lz4Frames(module);
const encoder = new Lz4Encoder(module);
const file = path.join(os.tmpdir(), `logitmill-lz4-${process.pid}`);
const fd = fs.openSync(file, 'w+');
fs.unlinkSync(file);
afterAll(() => fs.closeSync(fd));

/** Pieces are valid until the next one. */
function joined(pieces: Iterable<Uint8Array>): Buffer {
  const copies: Buffer[] = [];
  for (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

function inflate(frame: Uint8Array): Buffer {
  // Not at the file's start, and not at its end.
  fs.writeSync(fd, frame, 0, frame.length, 100);
  fs.writeSync(fd, Buffer.alloc(300, 0xa5), 0, 300, 100 + frame.length);
  return joined(inflateLz4(new StoredBytes(fd, 100, frame.length), frames));
}

function deflate(data: Uint8Array): Buffer {
  function* blocks() {
    for (let at = 0; at < data.length; at += LZ4_BLOCK) yield data.subarray(at, at + LZ4_BLOCK);
  }
  return joined(encoder.deflate(blocks()));
}

/** The frame's header as our own frames have it, for independent blocks of 64 KiB or for such as depend on each other. */
const INDEPENDENT = deflate(new Uint8Array(0)).subarray(0, 7);
const LINKED = Buffer.from([...INDEPENDENT.subarray(0, 4), 0x40, 0x40, 0xc0]);

function frame(header: Uint8Array, ...blocks: { data: Uint8Array; raw?: boolean }[]): Buffer {
  const framed = blocks.flatMap(({ data, raw }) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE((data.length | (raw ? 0x80000000 : 0)) >>> 0);
    return [length, data];
  });
  return Buffer.concat([header, ...framed, Buffer.alloc(4)]);
}

function noise(length: number, seed = 1): Buffer {
  const next = random(seed);
  return Buffer.from(Uint8Array.from({ length }, () => next() * 256));
}

const KINDS: Record<string, (length: number) => Buffer> = {
  noise,
  'one byte': (length) => Buffer.alloc(length, 7),
  'short periods': (length) => Buffer.from(Uint8Array.from({ length }, (_, i) => (i % 7) * 11)),
  text: (length) =>
    Buffer.alloc(length, 'the quick brown fox jumps over the lazy dog, and then over another; '),
  'noise among zeros': (length) => {
    const data = noise(length);
    for (let at = 0; at < length; at += 900) data.fill(0, at, Math.min(length, at + 700));
    return data;
  },
  floats: (length) => {
    const next = random(3);
    const values = Float32Array.from({ length: Math.ceil(length / 4) }, () => Math.round(next() * 40) / 4);
    return Buffer.from(values.buffer, 0, length);
  },
};

describe('LZ4', () => {
  test.each(Object.keys(KINDS))('%s comes back, at every length around the edges', (kind) => {
    const lengths = [...Array(40).keys(), 65_535, 65_536, 65_537, 131_072, 131_085, 300_001];
    for (const length of lengths) {
      const data = KINDS[kind]!(length);
      expect(inflate(deflate(data)).equals(data), `${length} bytes`).toBe(true);
    }
  });

  test('what repeats becomes small, what does not hardly grows', () => {
    expect(deflate(KINDS['one byte']!(2 ** 20)).length).toBeLessThan(2 ** 20 / 200);
    expect(deflate(noise(2 ** 20)).length).toBeLessThan(2 ** 20 + 100);
  });

  test('blocks that depend on those before them, through a window that moves on', () => {
    const first = noise(65_536);
    // No literals, a match of 4 + 15 + 236 bytes that begins 65,535 back; then five literals.
    const match = Buffer.from([0x0f, 0xff, 0xff, 236, 0x50, 1, 2, 3, 4, 5]);
    const blocks = [{ data: first, raw: true }, ...Array.from({ length: 2000 }, () => ({ data: match }))];
    const expected = [...first];
    for (let block = 0; block < 2000; block++) {
      for (let i = 0; i < 255; i++) expected.push(expected[expected.length - 65_535]!);
      expected.push(1, 2, 3, 4, 5);
    }
    expect(inflate(frame(LINKED, ...blocks)).equals(Buffer.from(expected))).toBe(true);
    expect(() => inflate(frame(INDEPENDENT, ...blocks))).toThrow(/malformed/);
  });

  test('blocks of 4 MiB', () => {
    const sizes = Buffer.from([...INDEPENDENT.subarray(0, 4), 0x60, 0x70, 0x73]);
    const data = noise(4 * 2 ** 20, 5);
    expect(inflate(frame(sizes, { data, raw: true }, { data, raw: true })).length).toBe(8 * 2 ** 20);
  });

  test('whatever is changed in a frame, it inflates or says why not', () => {
    const good = deflate(KINDS['noise among zeros']!(70_000));
    const change = fc.record({
      at: fc.integer({ min: 0, max: good.length - 1 }),
      to: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(good.length)),
        (changes, cut) => {
          const bad = Buffer.from(good);
          for (const { at, to } of changes) bad[at] = to;
          try {
            expect(inflate(bad.subarray(0, cut ?? undefined)).length).toBeLessThanOrEqual(3 * 65_536);
          } catch (error) {
            expect(error).toBeInstanceOf(LogitmillError);
            expect((error as LogitmillError).code).toBe('INPUT_CORRUPT');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a small block changed in any way writes nothing outside its room', () => {
    const good = deflate(Buffer.alloc(200, 'abcdefg')).subarray(11, -4);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const block = Buffer.from(good);
        for (const [at, to] of changes) block[at] = to;
        // The block behind it is as it was, whatever the first one did.
        const after = noise(500, 9);
        try {
          const data = inflate(frame(INDEPENDENT, { data: block }, { data: after, raw: true }));
          expect(data.subarray(-500).equals(after)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(LogitmillError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const PIECE = 2 ** 17;
const LENGTHS = [0, 1, 300, 65_535, 65_536, 65_537, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 2 ** 20 + 1];
const SHAPES: Record<string, FrameShape> = {
  plain: {},
  'linked blocks': { linked: true },
  'blocks of 256 KiB, and their checksums': { blockSize: 5, blockChecksums: true },
  'blocks of 1 MiB, linked, the content checked': { blockSize: 6, linked: true, contentChecksum: true },
  'blocks of 4 MiB, everything checked': {
    ...{ blockSize: 7, blockChecksums: true, contentChecksum: true, contentSize: true },
  },
  'the length in the header': { contentSize: true },
};

/** What repeats in half of its blocks. */
function mixed(length: number): Buffer {
  const data = noise(length);
  for (let at = 0; at < length; at += PIECE) data.fill(7, at, Math.min(length, at + 2 ** 16));
  return data;
}

/** In pieces as a file or a pipe brings them. */
function inflateInPieces(bytes: Uint8Array, pieceBytes: number): Buffer {
  function* inflated() {
    frames.begin();
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      frames.room.set(piece);
      yield* frames.inflate(piece.length);
    }
    yield* frames.finish();
  }
  return joined(inflated());
}

describe('an LZ4 frame ends where it ends', () => {
  test.each(Object.keys(SHAPES))('%s', (kind) => {
    for (const length of LENGTHS) {
      const data = mixed(length);
      expect(inflate(lz4Frame(data, SHAPES[kind])).equals(data), `${length} bytes`).toBe(true);
    }
  });

  test('at every distance from the end of a piece that goes in', () => {
    for (let more = -24; more <= 24; more++) {
      // The header, two blocks and the end mark take 19 bytes.
      const data = [noise(PIECE - 19 + more), Buffer.from('end')];
      const bytes = Buffer.concat(data.map((part) => lz4Frame(part, { contentChecksum: true })));
      expect(inflate(bytes).equals(Buffer.concat(data)), `${more}`).toBe(true);
    }
  });

  test('several frames, empty ones and skippable ones among them, in pieces of any size', () => {
    const data = [mixed(PIECE), Buffer.alloc(0), Buffer.alloc(PIECE, 9), noise(5), mixed(2 ** 20)];
    const shapes = Object.values(SHAPES);
    const bytes = Buffer.concat([
      skippableFrame(Buffer.from('parallel')),
      ...data.map((part, index) => lz4Frame(part, shapes[index])),
      skippableFrame(Buffer.alloc(0), 15),
      skippableFrame(noise(PIECE + 3), 3),
    ]);
    const expected = Buffer.concat(data);
    expect(inflate(bytes).equals(expected)).toBe(true);
    for (const pieceBytes of [7, 4096, PIECE - 1])
      expect(inflateInPieces(bytes, pieceBytes).equals(expected), `${pieceBytes}`).toBe(true);
  });
});

describe('what follows the last LZ4 frame', () => {
  const data = mixed(PIECE);
  const whole = lz4Frame(data, { contentChecksum: true });

  test.each([1, 3, 17, 512, 2 * PIECE])('%i zeros are padding', (zeros) => {
    expect(inflate(Buffer.concat([whole, Buffer.alloc(zeros)])).equals(data)).toBe(true);
  });

  test.each([
    ['a byte', Buffer.from([1])],
    ['a zero and a byte', Buffer.from([0, 1])],
    ['zeros and a frame', Buffer.concat([Buffer.alloc(40), whole])],
    ['zeros over more than a piece, and a byte', Buffer.concat([Buffer.alloc(2 * PIECE), Buffer.from([1])])],
    ['text', Buffer.from('something else entirely, which is no frame')],
  ])('%s: refused', (_, after) => {
    expect(() => inflate(Buffer.concat([whole, after]))).toThrow(/has something after its LZ4 frame/);
  });

  test('a frame that is cut anywhere ends too early', () => {
    const one = lz4Frame(noise(60), { contentChecksum: true, contentSize: true });
    const two = Buffer.concat([one, lz4Frame(noise(50)), skippableFrame(noise(20))]);
    const ends = [one.length, two.length - 28];
    for (let length = 1; length < two.length; length++)
      if (!ends.includes(length))
        expect(() => inflate(two.subarray(0, length)), `${length}`).toThrow(/in the middle of an LZ4 frame/);
  });

  test('checksums and lengths that do not fit', () => {
    const shape = { blockChecksums: true, contentChecksum: true, contentSize: true } as const;
    const good = lz4Frame(noise(100), shape);
    const changed = (at: number): Buffer => {
      const bad = Buffer.from(good);
      bad[at < 0 ? bad.length + at : at]! ^= 1;
      return bad;
    };
    expect(() => inflate(changed(-1))).toThrow(/checksum of the content/);
    expect(() => inflate(changed(-9))).toThrow(/checksum of a block/);
    expect(() => inflate(changed(40))).toThrow(/checksum of a block/);
    expect(() => inflate(changed(6))).toThrow(/header is damaged/);
    const lies = Buffer.concat([lz4Frame(noise(99), shape).subarray(0, 15), good.subarray(15)]);
    expect(() => inflate(lies)).toThrow(/inflates to 100 bytes, an LZ4 frame's header says to 99/);
  });
});
