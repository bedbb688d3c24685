import fs from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { columnBuffers, nodeLayouts } from '../../src/arrow/layout.ts';
import { LogitmillError } from '../../src/errors.ts';
import { openArrowFile } from '../../src/input/arrow/file.ts';
import { openArrowStreamFile } from '../../src/input/arrow/stream.ts';
import type { Table } from '../../src/input/arrow/table.ts';
import { recognise } from '../../src/input/recognise.ts';
import { fileReader } from '../../src/io/byte-reader.ts';
import { efforts } from '../fuzz/effort.ts';
import { buildFile, logitsBatch, onDisk } from './build.ts';
import { mutate, randomFrom, regionsOf, type Seed } from './damage.ts';
import { withArrow } from './rewrite.ts';

/**
 * Files whose metadata were damaged on purpose, many a second: the only thing that may come out is a LogitmillError
 * or a description that keeps its promises. More of them, or others: test/fuzz/effort.ts.
 */
const ALLOWED = new Set(['INPUT_CORRUPT', 'INPUT_UNSUPPORTED', 'INPUT_EMPTY', 'INPUT_NOT_RECOGNISED']);

const seeds: Seed[] = fs
  .readdirSync('data/arrow')
  .filter((name) => /arrows?$/.test(name))
  .map((name) =>
    withArrow(`data/arrow/${name}`, (file, bytes) => ({
      name,
      bytes: Buffer.from(bytes),
      regions: regionsOf(file),
    })),
  );
{
  const bytes = buildFile({ batches: [logitsBatch(9), logitsBatch(7, 9)] });
  seeds.push({
    name: 'ours.arrow',
    bytes,
    regions: onDisk(bytes, (fd, path, size) => regionsOf(openArrowFile(fileReader(fd, path, size)))),
  });
}

/** What `openArrowFile` promises to everybody who plans with its answer. */
function expectPromises(file: Table): void {
  const nodes = nodeLayouts(file.schema.fields, file.version);
  let rows = 0;
  for (let i = 0; i < file.batches.count; i++) {
    const header = file.batches.header(i);
    const { bodyOffset, bodyLength, buffers } = header;
    rows += header.rows;
    // Of a compressed batch the header says how it would stand if it were not; what it is made from stands in the file.
    const stored = header.stored ?? header;
    const isInside = bodyOffset >= 0 && stored.bodyOffset + stored.bodyLength <= file.size;
    let isRight = isInside && header.nodes.length === 2 * nodes.length;
    for (let k = 0; k < buffers.length; k += 2)
      isRight &&= buffers[k]! >= 0 && buffers[k + 1]! >= 0 && buffers[k]! + buffers[k + 1]! <= bodyLength;
    for (const { firstNode } of file.columns) isRight &&= header.nodes[2 * firstNode] === header.rows;
    isRight &&= columnBuffers(file.columns, header).at(-1) === buffers.length / 2;
    if (!isRight) expect.fail(`record batch ${i} breaks a promise`);
  }
  expect(rows).toBe(file.rows);
  for (let i = 0; i < file.dictionaries.length; i++) file.dictionaryHeader(i);
}

/** Runs `act`; false when it refused as it may. */
function survives(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof LogitmillError && ALLOWED.has(error.code) && !/\p{Cc}/u.test(error.line))
      return false;
    throw error;
  }
}

describe('damaged metadata', () => {
  let readBytes = 0;
  const original = fs.readSync;
  const spy = vi.spyOn(fs, 'readSync').mockImplementation(((
    fd: number,
    buffer: Uint8Array,
    ...rest: number[]
  ) => {
    readBytes += rest[1]!;
    return (original as (...all: unknown[]) => number)(fd, buffer, ...rest);
  }) as typeof fs.readSync);
  afterAll(() => spy.mockRestore());

  for (const { name, seed: first, cases, tags } of efforts({ seed: 20240229, few: 1500, many: 20_000 }))
    test(name, { tags, timeout: 600_000 }, () => {
      let taken = 0;
      for (let run = 0; run < cases; run++) {
        const random = randomFrom(first + run);
        const seed = seeds[random(seeds.length)]!;
        const bytes = mutate(seed, random);
        try {
          onDisk(bytes, (fd, path, size) => {
            readBytes = 0;
            const isStream = seed.name.endsWith('.arrows');
            const open = isStream ? openArrowStreamFile : openArrowFile;
            if (survives(() => expectPromises(open(fileReader(fd, path, size))))) taken++;
            // Metadata are read twice at most, and nothing is allocated for bytes that the file does not have.
            if (readBytes > 4 * size + 4096) expect.fail(`read ${readBytes} of ${size} bytes`);
            survives(() => void recognise(bytes.subarray(0, 4096), path));
          });
        } catch (error) {
          throw new Error(`LOGITMILL_FUZZ_SEED=${first + run}, ${seed.name}: ${(error as Error).message}`, {
            cause: error,
          });
        }
      }
      console.log(`fuzz: ${cases} damaged files from seed ${first}, ${taken} of them still in order`);
      // Were all refused, or none, the damage would be of the wrong size to find anything.
      expect(taken / cases).toBeGreaterThan(0.02);
      expect(taken / cases).toBeLessThan(0.9);
    });
});
