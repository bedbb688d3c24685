import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConvertKernels } from '../../src/kernels/convert.ts';
import { BUILDS, KernelMemory } from './harness.ts';

const memory = new KernelMemory(16);

const bitmap = fc.record({
  bits: fc.array(
    fc.integer({ min: 0, max: 15 }).map((x) => x > 0),
    { maxLength: 700 },
  ),
  bitOffset: fc.integer({ min: 0, max: 70 }),
});

/** Writes `bits` at a bit offset, among ones, ending with the memory's last byte when `atEnd`. */
function place(bits: boolean[], bitOffset: number, atEnd = false): number {
  const length = (bitOffset + bits.length + 7) >> 3;
  const address = atEnd ? memory.memory.buffer.byteLength - length : memory.take(length + 8);
  const bytes = memory.bytes(address, length).fill(0xff);
  bits.forEach((bit, i) => {
    const at = bitOffset + i;
    if (!bit) bytes[at >> 3]! &= ~(1 << (at & 7));
  });
  return address;
}

function read(address: number, count: number): boolean[] {
  return Array.from(
    { length: count },
    (_, i) => ((memory.bytes(address, (i >> 3) + 1)[i >> 3]! >> (i & 7)) & 1) === 1,
  );
}

describe.each(BUILDS)('bitmaps and nulls, %s build', (build) => {
  const convert = memory.load<ConvertKernels>('convert', build);

  test('and_bitmap', () => {
    fc.assert(
      fc.property(bitmap, fc.boolean(), ({ bits, bitOffset }, atEnd) => {
        memory.release();
        const source = place(bits, bitOffset, atEnd);
        const bytes = (bits.length + 7) >> 3;
        const target = memory.take(bytes + 8);
        memory.bytes(target, bytes + 8).fill(0b10110101);
        const before = read(target, bytes * 8);
        convert.and_bitmap(source, bitOffset, bits.length, target);
        expect(read(target, bits.length)).toEqual(bits.map((bit, i) => bit && before[i]));
        expect(memory.bytes(target + bytes, 8).every((byte) => byte === 0b10110101)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([2, 4, 8])('mask_nulls writes -inf over floats of %i bytes', (size) => {
    fc.assert(
      fc.property(bitmap, ({ bits, bitOffset }) => {
        memory.release();
        const source = place(bits, bitOffset);
        const values = memory.take(bits.length * size + 8);
        const bytes = memory.bytes(values, bits.length * size + 8).fill(1);
        convert.mask_nulls(values, bits.length, size, source, bitOffset);
        const minusInfinity = { 2: [0, 0xfc], 4: [0, 0, 0x80, 0xff], 8: [0, 0, 0, 0, 0, 0, 0xf0, 0xff] }[
          size
        ]!;
        const expected = bits.flatMap((bit) => (bit ? new Array<number>(size).fill(1) : minusInfinity));
        expect([...bytes]).toEqual([...expected, ...new Array<number>(8).fill(1)]);
      }),
      { numRuns: 60 },
    );
  });

  test('rows with null elements become null', () => {
    fc.assert(
      fc.property(bitmap, fc.integer({ min: 0, max: 130 }), ({ bits, bitOffset }, classes) => {
        memory.release();
        const rows = classes === 0 ? 5 : Math.floor(bits.length / classes);
        const source = place(bits, bitOffset, true);
        const target = memory.take(16 + (rows >> 3));
        const before = Array.from({ length: rows }, (_, i) => i % 5 !== 2);
        const rowBytes = memory.bytes(target, 16 + (rows >> 3)).fill(0xff);
        before.forEach((bit, i) => {
          if (!bit) rowBytes[i >> 3]! &= ~(1 << (i & 7));
        });
        const expected = before.map(
          (bit, i) => bit && !bits.slice(i * classes, (i + 1) * classes).includes(false),
        );
        const cleared = convert.clear_rows_with_nulls(source, bitOffset, rows, classes, target);
        expect(read(target, rows)).toEqual(expected);
        expect(cleared).toBe(before.filter(Boolean).length - expected.filter(Boolean).length);
        expect(read(target, rows + 8).slice(rows)).not.toContain(false);
      }),
      { numRuns: 300 },
    );
  });

  test.each([4, 8])('ragged rows with null elements become null; offsets of %i bytes', (offsetBytes) => {
    fc.assert(
      fc.property(
        bitmap,
        fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 30 }),
        fc.integer({ min: 0, max: 1000 }),
        ({ bits, bitOffset }, lengths, first) => {
          memory.release();
          const offsets = [first];
          for (const length of lengths) {
            const next = offsets.at(-1)! + length;
            if (next - first > bits.length) break;
            offsets.push(next);
          }
          const rows = offsets.length - 1;
          const source = place(bits, bitOffset, true);
          const list = placeOffsets(offsets, offsetBytes);
          const target = memory.take(16);
          memory.bytes(target, 16).fill(0xff);
          convert.clear_ragged_rows_with_nulls(source, bitOffset, list, offsetBytes, rows, target);
          const expected = Array.from(
            { length: rows },
            (_, i) => !bits.slice(offsets[i]! - first, offsets[i + 1]! - first).includes(false),
          );
          expect(read(target, rows)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('zero_null_rows', () => {
    memory.release();
    const bits = [true, false, false, true, true, false, true, true, true, false, true];
    const source = place(bits, 5);
    const values = memory.take(11 * 12);
    memory.bytes(values, 11 * 12).fill(7);
    convert.zero_null_rows(values, 12, 11, source, 5);
    expect([...memory.bytes(values, 11 * 12)]).toEqual(
      bits.flatMap((bit) => new Array<number>(12).fill(bit ? 7 : 0)),
    );
  });

  function placeOffsets(offsets: number[], offsetBytes: number): number {
    const address = memory.take(offsets.length * offsetBytes);
    offsets.forEach((offset, i) => {
      if (offsetBytes === 4) memory.view.setInt32(address + i * 4, offset, true);
      else memory.view.setBigInt64(address + i * 8, BigInt(offset), true);
    });
    return address;
  }

  test.each([4, 8])('rebase_offsets, %i bytes', (offsetBytes) => {
    const rebase = (offsets: number[], base: number, limit: number) => {
      memory.release();
      const source = placeOffsets(offsets, offsetBytes);
      const bad = convert.rebase_offsets(source, offsetBytes, offsets.length, source, base, limit);
      const result = offsets.map((_, i) =>
        offsetBytes === 4
          ? memory.view.getInt32(source + i * 4, true)
          : Number(memory.view.getBigInt64(source + i * 8, true)),
      );
      return { bad, result };
    };
    expect(rebase([7, 7, 9, 12], 7, 12)).toEqual({ bad: -1, result: [0, 0, 2, 5] });
    expect(rebase([9, 12, 12], 7, 100)).toEqual({ bad: -1, result: [2, 5, 5] });
    expect(rebase([7, 9, 8, 12], 7, 12).bad).toBe(2);
    expect(rebase([6, 9], 7, 12).bad).toBe(0);
    expect(rebase([-1, 9], 0, 12).bad).toBe(0);
    expect(rebase([7, 9, 13], 7, 12).bad).toBe(2);
    expect(rebase([], 0, 0).bad).toBe(-1);
    if (offsetBytes === 8) expect(rebase([2 ** 40, 2 ** 40 + 5], 2 ** 40, 2 ** 50).result).toEqual([0, 5]);
  });
});
