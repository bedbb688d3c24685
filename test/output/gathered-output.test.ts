import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GatheredOutput } from '../../workers/io/gathered-output.ts';
import { temporaryFolder } from '../cli/run.ts';

let file: string;
let fd: number;
beforeEach(() => {
  file = path.join(temporaryFolder(), 'gathered');
  fd = fs.openSync(file, 'w+');
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.closeSync(fd);
});

const LARGE = 25_000;

test('parts of any size in any order, with and without gaps between them', () => {
  const part = fc.record({
    gap: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
    length: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: LARGE, max: 2 * LARGE })),
    order: fc.double({ noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      fs.ftruncateSync(fd, 0);
      let end = 0;
      const placed = parts.map(({ gap, length, order }, index) => {
        const position = end + gap;
        end = position + length;
        return { position, order, bytes: new Uint8Array(length).fill(index + 1) };
      });
      const expected = new Uint8Array(end);
      const output = new GatheredOutput(fd);
      const memory = new Uint8Array(2 * LARGE);
      for (const { position, bytes } of placed.toSorted((a, b) => a.order - b.order)) {
        expected.set(bytes, position);
        // What was handed over is overwritten, as a slab is.
        const view = memory.subarray(0, bytes.length);
        view.set(bytes);
        output.write(view, position);
        view.fill(255);
      }
      output.flush();
      const written = fs.readFileSync(file);
      expect(written.equals(expected.subarray(0, written.length))).toBe(true);
      expect(expected.subarray(written.length).every((byte) => byte === 0)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('a header, values and row sums that stand side by side take one call', () => {
  const one = vi.spyOn(fs, 'writeSync');
  const calls: unknown[] = [];
  const real = fs.writevSync;
  vi.spyOn(fs, 'writevSync').mockImplementation((to, parts, position) => {
    calls.push([parts.length, position]);
    return real(to, parts, position);
  });
  const output = new GatheredOutput(fd);
  for (const batch of [0, 1, 2]) output.write(new Uint8Array(100).fill(1), batch * (LARGE + 200));
  for (const batch of [0, 1, 2]) {
    output.write(new Uint8Array(50).fill(3), batch * (LARGE + 200) + 100 + LARGE);
    output.write(new Uint8Array(LARGE).fill(2), batch * (LARGE + 200) + 100);
  }
  output.flush();
  expect(one).toHaveBeenCalledTimes(0);
  expect(calls).toEqual([
    [3, 0],
    [3, LARGE + 200],
    [3, 2 * (LARGE + 200)],
  ]);
});

test('many small parts do not wait for the end', () => {
  const output = new GatheredOutput(fd);
  for (let part = 0; part < 40; part++) output.write(new Uint8Array(20_000), part * 30_000);
  expect(fs.fstatSync(fd).size).toBeGreaterThan(20 * 30_000);
});

test('a system that writes less than it was given is asked again', () => {
  const real = fs.writevSync;
  vi.spyOn(fs, 'writevSync').mockImplementation((to, parts, position) => {
    const bytes = Buffer.concat(parts as Uint8Array[]);
    return real(to, [bytes.subarray(0, Math.ceil(bytes.length / 3))], position);
  });
  const output = new GatheredOutput(fd);
  output.write(Buffer.alloc(1000, 'a'), 0);
  output.write(Buffer.alloc(10, 'c'), 1000 + LARGE);
  output.write(Buffer.alloc(LARGE, 'b'), 1000);
  output.flush();
  const expected = Buffer.concat([Buffer.alloc(1000, 'a'), Buffer.alloc(LARGE, 'b'), Buffer.alloc(10, 'c')]);
  expect(fs.readFileSync(file).equals(expected)).toBe(true);
});
