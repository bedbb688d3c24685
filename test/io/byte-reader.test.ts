import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ByteReader, fileReader } from '../../src/io/byte-reader.ts';
import { temporaryFolder } from '../cli/run.ts';

/** Ways in which bytes can be read anywhere: each gives a reader of `bytes`. */
const READERS: Readonly<Record<string, (bytes: Uint8Array) => ByteReader>> = {
  'a file': (bytes) => {
    const file = path.join(temporaryFolder(), 'bytes');
    fs.writeFileSync(file, bytes);
    const fd = fs.openSync(file, 'r');
    opened.push(fd);
    return fileReader(fd, file, bytes.length);
  },
};

const opened: number[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const fd of opened.splice(0)) fs.closeSync(fd);
});

const BYTES = Uint8Array.from({ length: 300_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24);

describe.each(Object.entries(READERS))('%s', (_, open) => {
  const read = (reader: ByteReader, position: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, reader.read(bytes, position));
  };

  test('knows its size, and is read anywhere, in any order, again and again', () => {
    const reader = open(BYTES);
    expect(reader.size).toBe(BYTES.length);
    for (const [position, length] of [
      [299_990, 10],
      [0, 1],
      [0, 300_000],
      [65_535, 2],
      [131_072, 100_000],
      [7, 0],
    ] as const)
      for (let turn = 0; turn < 2; turn++)
        expect(
          Buffer.compare(read(reader, position, length), BYTES.subarray(position, position + length)),
        ).toBe(0);
  });

  test('gives fewer bytes at the end, and none behind it', () => {
    const reader = open(BYTES);
    expect(Buffer.compare(read(reader, 299_995, 64), BYTES.subarray(299_995))).toBe(0);
    expect([read(reader, 300_000, 64).length, read(reader, 10_000_000, 64).length]).toEqual([0, 0]);
    expect(read(open(new Uint8Array(0)), 0, 8).length).toBe(0);
  });

  test('writes nothing beyond what it is given', () => {
    const around = new Uint8Array(64).fill(0xee);
    expect(open(BYTES).read(around.subarray(16, 32), 1000)).toBe(16);
    expect([...around.subarray(0, 16), ...around.subarray(32)].every((byte) => byte === 0xee)).toBe(true);
    expect(Buffer.compare(around.subarray(16, 32), BYTES.subarray(1000, 1016))).toBe(0);
  });

  test('short reads are gone on with, and an error says which input, and what the system says', () => {
    const reader = open(BYTES);
    const real = fs.readSync;
    const short = (fd: number, to: Uint8Array, at: number, length: number, position: number): number =>
      real(fd, to, at, Math.min(length, 1000), position);
    const calls = vi.spyOn(fs, 'readSync').mockImplementation(short as typeof fs.readSync);
    expect(Buffer.compare(read(reader, 5, 10_500), BYTES.subarray(5, 10_505))).toBe(0);
    expect(calls.mock.calls.length).toBeGreaterThan(10);
    calls.mockImplementation(() => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 });
    });
    expect(() => read(reader, 0, 8)).toThrow(
      expect.objectContaining({
        code: 'INPUT_UNREADABLE',
        file: reader.path,
        message: expect.stringContaining('EIO'),
      }),
    );
  });
});
