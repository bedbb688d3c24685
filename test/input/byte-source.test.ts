import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { byteSource } from '../../src/input/bytes/byte-source.ts';
import { filePieces, streamPieces } from '../../src/input/bytes/streams.ts';
import { temporaryFolder } from '../cli/run.ts';

const sourceOf = (...texts: string[]) =>
  byteSource(streamPieces(Readable.from(texts.map((text) => Buffer.from(text))), 'x'));
const text = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString();

describe('a source of bytes', () => {
  test('peeks without reading', async () => {
    const source = sourceOf('ab', '', 'cd', 'e');
    expect(text(await source.peek(1))).toBe('ab');
    expect(text(await source.peek(3))).toBe('abcd');
    expect(text(await source.peek(100))).toBe('abcde');
    expect(text(await source.read())).toBe('abcde');
    expect(await source.read()).toBeNull();
    expect(text(await source.peek(1))).toBe('');
    expect(source.taken).toBe(5);
  });

  test('reads what was not peeked at, piece by piece', async () => {
    const source = sourceOf('ab', 'cd');
    expect(text(await source.peek(1))).toBe('ab');
    expect(text(await source.read())).toBe('ab');
    expect(text(await source.read())).toBe('cd');
    expect(await source.read()).toBeNull();
  });

  test('whoever waits is let go when it is closed', async () => {
    const never = new Readable({ read() {} });
    const source = byteSource(streamPieces(never, 'x'));
    const waiting = source.peek(1);
    source.close();
    await expect(waiting).rejects.toThrow();
    await expect(source.read()).rejects.toThrow();
  });

  test('an open file, from its start', async () => {
    const file = path.join(temporaryFolder(), 'file');
    const bytes = Buffer.alloc(1e6, 'abcdefg');
    fs.writeFileSync(file, bytes);
    const fd = fs.openSync(file, 'r');
    const source = byteSource(filePieces(fd));
    expect(Buffer.from(await source.peek(2e6)).equals(bytes)).toBe(true);
    expect(source.taken).toBe(1e6);
    source.close();
    fs.closeSync(fd);
  });
});
