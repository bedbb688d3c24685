import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConvertKernels } from '../../src/kernels/convert.ts';
import { BUILDS, KernelMemory } from './harness.ts';

describe.each(BUILDS)('transpose, %s build', (build) => {
  const memory = new KernelMemory(32);
  const convert = memory.load<ConvertKernels>('convert', build);

  function check(rows: number, columns: number, size: number, sourcePad: number, targetPad: number): void {
    memory.release();
    const sourceStride = columns * size + sourcePad * size;
    const targetStride = rows * size + targetPad * size;
    const source = memory.take(rows * sourceStride + 64);
    const target = memory.take(columns * targetStride + 64);
    const from = memory.bytes(source, rows * sourceStride);
    for (let i = 0; i < from.length; i++) from[i] = (i * 167 + (i >> 8) * 13) & 255;
    const to = memory.bytes(target, columns * targetStride + 64).fill(0xee);
    const expected = new Uint8Array(to.length).fill(0xee);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let byte = 0; byte < size; byte++)
          expected[column * targetStride + row * size + byte] =
            from[row * sourceStride + column * size + byte]!;
    convert.transpose(source, sourceStride, rows, columns, size, target, targetStride);
    expect(Buffer.compare(to, expected)).toBe(0);
  }

  test.each([1, 2, 4, 8])('element size %i: every small shape, and nothing outside is written', (size) => {
    for (let rows = 0; rows <= 19; rows++)
      for (let columns = 0; columns <= 19; columns++) check(rows, columns, size, 0, 0);
  });

  test('any shape and any padding of the strides', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 150 }),
        fc.integer({ min: 0, max: 150 }),
        fc.constantFrom(1, 2, 4, 8),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        check,
      ),
      { numRuns: 150 },
    );
  });

  test.each([2, 4, 8])('element size %i: strides that crowd the cache', (size) => {
    check(40, 4096 / size, size, 0, 3);
    check(4096 / size, 40, size, 1, 0);
  });
});
