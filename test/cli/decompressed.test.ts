// @module-tag long
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { lz4Frame } from '../codecs/lz4-frames.ts';
import { skippableFrame, zstdFrame } from '../codecs/zstd-frames.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

/** 64 KiB of one line again and again: two frames' worth of it end where a piece ends. */
const ROWS = 2 ** 13;
const HEADER = Buffer.from('a,b\n');
const PART = Buffer.alloc(8 * ROWS, '0.5,1.5\n');

const WRITERS: Record<string, { ending: string; write(data: Uint8Array): Uint8Array }> = {
  gzip: { ending: 'csv.gz', write: (data) => gzipSync(data) },
  lz4: { ending: 'csv.lz4', write: (data) => lz4Frame(data, { contentChecksum: true, contentSize: true }) },
  zstd: { ending: 'csv.zst', write: (data) => zstdFrame(data, { checksum: true }) },
};
const ways = Object.keys(WRITERS);

/** Runs one file, named and through a pipe; both end alike. Returns the result. */
async function run(bytes: Uint8Array, ending: string) {
  const folder = temporaryFolder();
  const input = path.join(folder, `in.${ending}`);
  fs.writeFileSync(input, bytes);
  const args = ['--quiet', '--summary', '-'];
  const named = await logitmill(['run', input, '-o', path.join(folder, 'out.arrow'), ...args]);
  const piped = await logitmill(['run', '-', '-o', path.join(folder, 'piped.arrow'), ...args], {
    input: bytes,
  });
  expect(piped.code, piped.stderr).toBe(named.code);
  return { ...named, files: filesBelow(folder) };
}

describe.each(ways)('whole files, %s', (way) => {
  const { ending, write } = WRITERS[way]!;

  test('members of every size around a piece, one after the other', async () => {
    const parts = [HEADER, PART, PART, Buffer.concat([PART, PART]), PART.subarray(0, 8)];
    const { code, stdout, stderr } = await run(Buffer.concat(parts.map(write)), ending);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).inputs[0].rows).toBe(4 * ROWS + 1);
  });

  test.each([1, 512, 300_000])('%i zeros behind them are padding', async (zeros) => {
    const { code, stdout, stderr } = await run(
      Buffer.concat([write(HEADER), write(PART), Buffer.alloc(zeros)]),
      ending,
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).inputs[0].rows).toBe(ROWS);
  });

  const damaged: Record<string, (member: Uint8Array) => Uint8Array[]> = {
    'a zero where the next should begin': (member) => [new Uint8Array(1), member.subarray(1)],
    'a zero between them': (member) => [new Uint8Array(1), member],
    'zeros over more than a piece between them': (member) => [new Uint8Array(300_000), member],
    'zeros and one byte': () => [new Uint8Array(300_000), Uint8Array.of(1)],
    'something else': () => [Buffer.from('something else')],
  };
  test.each(Object.keys(damaged))('%s: exit 3, nothing is published', async (what) => {
    const rest = damaged[what]!(write(PART));
    const { code, stderr, files } = await run(Buffer.concat([write(HEADER), write(PART), ...rest]), ending);
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/^logitmill: .*in\.csv\.\w+: its compressed data (are followed by|are damaged)/);
    expect(files).toEqual([`in.${ending}`]);
  });
});

test.each([
  ['zstd', zstdFrame],
  ['lz4', lz4Frame],
])('%s: frames as parallel compressors write them', async (way, write) => {
  const frames = [skippableFrame(Buffer.alloc(4)), write(HEADER), skippableFrame(PART), write(PART)];
  const { code, stdout, stderr } = await run(Buffer.concat(frames), WRITERS[way]!.ending);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).inputs[0].rows).toBe(ROWS);
});

test.each(ways)('Arrow as a whole in %s: the bytes that the plain file gives', async (way) => {
  const folder = temporaryFolder();
  for (const name of ['digits.arrow', 'arrow/batches.arrows']) {
    const input = path.join(folder, `${path.basename(name)}.${WRITERS[way]!.ending.slice(4)}`);
    fs.writeFileSync(input, WRITERS[way]!.write(fs.readFileSync(path.join('data', name))));
    const [packed, plain] = [path.join(folder, 'packed.arrow'), path.join(folder, 'plain.arrow')];
    for (const [from, to] of [
      [input, packed],
      [path.join('data', name), plain],
    ] as const) {
      const { code, stderr } = await logitmill(['run', from, '-o', to, '--overwrite']);
      expect(code, stderr).toBe(0);
    }
    expect(fs.readFileSync(packed).equals(fs.readFileSync(plain)), name).toBe(true);
  }
});

test('a folder takes them all', async () => {
  const folder = temporaryFolder();
  for (const way of ways)
    fs.writeFileSync(
      path.join(folder, `${way}.${WRITERS[way]!.ending}`),
      WRITERS[way]!.write(fs.readFileSync('data/example.csv')),
    );
  const { code, stderr } = await logitmill(['run', folder, '-o', path.join(folder, 'out')]);
  expect(code, stderr).toBe(0);
  expect(filesBelow(path.join(folder, 'out')).sort()).toEqual(ways.map((way) => `${way}.arrow`).sort());
});

test.each([
  ['bzip2', 'csv.bz2', Buffer.from('BZh91AY&SY\0\x01', 'latin1'), /bzip2 -dk/],
  ['xz', 'csv.xz', Buffer.from('\xfd7zXZ\0\0\x04', 'latin1'), /xz -dk/],
  ['snappy', 'csv.sz', Buffer.from('\xff\x06\0\0sNaPpY', 'latin1'), /snappy -d/],
  ['the legacy format of LZ4', 'csv.lz4', Buffer.from([0x02, 0x21, 0x4c, 0x18, 0, 0, 0, 0]), /lz4 -d/],
])('%s is refused with the way out', async (_, ending, bytes, hint) => {
  const { code, stderr } = await run(bytes, ending);
  expect(code, stderr).toBe(3);
  expect(stderr).toMatch(/^logitmill: .* archive.*, which logitmill does not read\ntry: /);
  expect(stderr).toMatch(hint);
});
