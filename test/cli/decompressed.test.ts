import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { skippableFrame, zstdFrame } from '../codecs/zstd-frames.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

/** 64 KiB of one line again and again: two frames' worth of it end where a piece ends. */
const ROWS = 2 ** 13;
const HEADER = Buffer.from('a,b\n');
const PART = Buffer.alloc(8 * ROWS, '0.5,1.5\n');

const WRITERS: Record<string, { ending: string; write(data: Uint8Array): Uint8Array }> = {
  gzip: { ending: 'csv.gz', write: (data) => gzipSync(data) },
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

test('ZSTD frames as parallel compressors write them', async () => {
  const frames = [skippableFrame(Buffer.alloc(4)), zstdFrame(HEADER), skippableFrame(PART), zstdFrame(PART)];
  const { code, stdout, stderr } = await run(Buffer.concat(frames), 'csv.zst');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout).inputs[0].rows).toBe(ROWS);
});
