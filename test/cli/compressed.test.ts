import fs from 'node:fs';
import path from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

async function bytesOf(input: string, ...args: string[]): Promise<Buffer> {
  const output = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', input, '-o', output, ...args]);
  expect(code, stderr).toBe(0);
  expect(filesBelow(path.dirname(output))).toEqual(['out.arrow']);
  return fs.readFileSync(output);
}

function saved(bytes: Buffer): string {
  const file = path.join(temporaryFolder(), 'in.arrow');
  fs.writeFileSync(file, bytes);
  return file;
}

describe('compressed Arrow bodies in', () => {
  test('LZ4 and ZSTD give the same bytes', async () => {
    const lz4 = await bytesOf('data/arrow/lz4.arrow');
    expect(lz4.equals(await bytesOf('data/arrow/zstd.arrow'))).toBe(true);
    expect(readArrow(lz4).columns.get('row_sum')).toHaveLength(64);
  });

  test('are inspected and validated', async () => {
    const inspected = await logitmill(['inspect', 'data/arrow/lz4.arrow']);
    expect(inspected.code, inspected.stderr).toBe(0);
    expect(inspected.stdout).toMatch(/64 rows/);
    // Logits are no probabilities.
    const validated = await logitmill(['validate', 'data/arrow/zstd.arrow']);
    expect(validated.code, validated.stderr).toBe(4);
  });
});

// apache-arrow reads no compressed bodies. What we make of a compressed file and of the same file uncompressed has to
// be the same; that we read what others compress is known from the above.
describe('compressed Arrow bodies out', () => {
  test.each([
    ['data/digits.arrow', 'lz4', ['--keep-logits']],
    ['data/digits.arrow', 'zstd', ['--op', 'both', '--layout', 'wide']],
    ['data/digits.csv', 'lz4', ['--columns', 'logit_*', '--layout', 'list']],
    ['data/golden/nulls-list.arrow', 'zstd', []],
    ['data/arrow/delta.arrows', 'lz4', ['--columns', 'x', '--layout', 'list']],
  ])('%s, %s', async (input, codec, args) => {
    const plain = saved(await bytesOf(input, ...args));
    const again = ['--op', 'log_softmax', '--keep', 'none', '--force-input'];
    const result = readArrow(plain).columns.has('probs') ? ['--column', 'probs'] : ['--columns', 'probs_*'];
    const expected = await bytesOf(plain, ...again, ...result);
    const packed = await bytesOf(input, ...args, '--compression', codec);
    expect((await bytesOf(saved(packed), ...again, ...result)).equals(expected)).toBe(true);
    const other = ['--threads', '1', '--memory', '4MiB'];
    expect(packed.equals(await bytesOf(input, ...args, '--compression', codec, ...other))).toBe(true);
  });

  test('another answer to invalid rows changes what is there', async () => {
    const input = path.join(temporaryFolder(), 'in.csv');
    fs.writeFileSync(input, 'a,b,t\n1,2,x\nnan,1,y\n,3,z\n4,5,\n');
    const args = ['--compression', 'lz4', '--columns', 'a,b'];
    for (const answer of ['null', 'keep']) {
      const folder = temporaryFolder();
      const run = ['run', input, '-o', path.join(folder, 'out.arrow'), ...args];
      const first = await logitmill(run);
      expect(first.code, first.stderr).toBe(4);
      const second = await logitmill([...run, '--on-invalid', answer, '--summary', '-']);
      expect(second.code, second.stderr).toBe(0);
      expect(JSON.parse(second.stdout).resumed).toBe(true);
      const fresh = await bytesOf(input, ...args, '--on-invalid', answer);
      expect(fs.readFileSync(path.join(folder, 'out.arrow')).equals(fresh), answer).toBe(true);
    }
  });
});

// ZSTD gives pieces of 128 KiB, LZ4 has blocks of 64 KiB, and pandas writes batches of 65,536 rows.
describe('buffers that end where a piece does', () => {
  test.each([
    ['zstd', 2 ** 15],
    ['zstd', 2 ** 16],
    ['zstd', 2 ** 18],
    ['lz4', 2 ** 16],
  ])('%s, %i rows in a batch', async (codec, rows) => {
    const logits = (seed: number) => Float32Array.from({ length: rows }, (_, row) => ((row * seed) % 19) / 4);
    const table = tableFromArrays({ a: logits(3), b: logits(7), c: logits(11) });
    const plain = saved(Buffer.from(tableToIPC(table, 'file')));
    const packed = path.join(temporaryFolder(), 'packed.arrow');
    // Two results and their sums, which are inflated while they are read side by side.
    const args = ['--op', 'both', '--layout', 'list', '--keep-logits'];
    const run = await logitmill(['run', plain, '-o', packed, '--compression', codec, ...args]);
    expect(run.code, run.stderr).toBe(0);
    for (const memory of ['64MiB', '1MiB']) {
      const validated = await logitmill(['validate', packed, '--memory', memory]);
      expect(validated.code, validated.stderr).toBe(0);
    }
    const again = ['--columns', 'a,b,c', '--keep', 'none', '--force-input'];
    expect((await bytesOf(packed, ...again)).equals(await bytesOf(plain, ...again))).toBe(true);
  });
});
