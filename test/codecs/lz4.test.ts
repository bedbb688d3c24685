import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { LogitmillError } from '../../src/errors.ts';
import { LZ4_BLOCK, Lz4Codec } from '../../workers/codecs/lz4.ts';
import { StoredBytes } from '../../workers/codecs/stored-bytes.ts';
import { random } from '../kernels/harness.ts';

const codec = new Lz4Codec(new WebAssembly.Module(fs.readFileSync('dist/kernels/lz4.baseline.wasm')));
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
  return joined(codec.inflate(new StoredBytes(fd, 100, frame.length)));
}

function deflate(data: Uint8Array): Buffer {
  function* blocks() {
    for (let at = 0; at < data.length; at += LZ4_BLOCK) yield data.subarray(at, at + LZ4_BLOCK);
  }
  return joined(codec.deflate(blocks()));
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
