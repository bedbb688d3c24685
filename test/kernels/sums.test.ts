import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SumKernels } from '../../src/kernels/convert.ts';
import { BUILDS, KernelMemory } from './harness.ts';

const memory = new KernelMemory(16);
const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;

interface Check {
  sums: number[];
  tolerance: number;
  /** Whether a row is not null; without it, the kernel gets no bitmap. */
  valid?: boolean[];
  bitOffset?: number;
  zeroIsValid?: 0 | 1;
}

/** What check_sums should find, one sum after the other. */
function expected({ sums, tolerance, valid, zeroIsValid }: Check): number[] {
  let [invalid, nulls, largest, where] = [0, 0, 0, -1];
  sums.forEach((sum, i) => {
    if (valid && !valid[i]) {
      nulls++;
      return;
    }
    if (zeroIsValid && sum === 0) return;
    const deviation = Math.abs(sum - 1);
    if (!(deviation <= tolerance)) invalid++;
    if (Number.isFinite(sum) && (where < 0 || deviation > largest)) [largest, where] = [deviation, i];
  });
  return [invalid, nulls, largest, where];
}

describe.each(BUILDS)('sums of rows, %s', (build) => {
  const kernels = memory.load<SumKernels>('convert', build);

  function check({ sums, tolerance, valid, bitOffset = 0, zeroIsValid = 0 }: Check): number[] {
    memory.release();
    const address = memory.take(sums.length * 8);
    const bitmap = memory.take((sums.length + bitOffset) / 8 + 1);
    const result = memory.take(32);
    memory.doubles(address, sums.length).set(sums);
    const bytes = memory.bytes(bitmap, (sums.length + bitOffset) / 8 + 1).fill(0);
    valid?.forEach((bit, i) => {
      if (bit) bytes[(i + bitOffset) >> 3]! |= 1 << ((i + bitOffset) & 7);
    });
    kernels.check_sums(address, sums.length, tolerance, valid ? bitmap : 0, bitOffset, result, zeroIsValid);
    return [...memory.doubles(result, 4)];
  }

  test('counts what is invalid or null, and finds the worst', () => {
    const cases: Check[] = [
      { sums: [], tolerance: 0 },
      { sums: [1, 1, 1, 1, 1], tolerance: 0 },
      { sums: [1, 1 + 1e-7, 1 - 2e-7, 1 + 2e-7, 1], tolerance: 1e-7 },
      { sums: [NAN, INF, -INF, 1.5, 0.5, 1, 1, 1, NAN], tolerance: 0.1 },
      { sums: [NAN, NAN], tolerance: 1 },
      { sums: [0, 1, 0, 1, 1.25], tolerance: 0.5, zeroIsValid: 1 },
      { sums: [0, 0, 0, 0, 0], tolerance: 0.5, zeroIsValid: 1 },
      { sums: [0, 1, 0, 1], tolerance: 0.5 },
      { sums: [7, 1, NAN, 1.5], tolerance: 0.1, valid: [false, true, false, true], bitOffset: 5 },
      { sums: [7, NAN], tolerance: 0.1, valid: [false, false] },
    ];
    for (const each of cases) expect(check(each)).toEqual(expected(each));
  });

  test('any sums', () => {
    const sum = fc.oneof(
      fc.constantFrom(0, 1, NAN, INF, -INF, 1 + 2 ** -52, 1 - 2 ** -53),
      fc.double({ min: 1 - 1e-6, max: 1 + 1e-6 }),
      fc.double(),
    );
    const row = fc.record({ sum, valid: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.double({ min: 0, max: 1e-6, noNaN: true }),
        fc.option(fc.nat(20)),
        fc.constantFrom<0 | 1>(0, 1),
        (rows, tolerance, bitOffset, zeroIsValid) => {
          const each: Check = { sums: rows.map((r) => r.sum), tolerance, zeroIsValid };
          if (bitOffset !== null) Object.assign(each, { valid: rows.map((r) => r.valid), bitOffset });
          expect(check(each)).toEqual(expected(each));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('no payload is left in a NaN', () => {
    memory.release();
    const address = memory.take(40);
    memory
      .words(address, 5)
      .set([
        0x7ff8000000000003n,
        0xfff8000000000000n,
        0x3ff0000000000000n,
        0x7ff0000000000001n,
        0x7ff8000000000001n,
      ]);
    kernels.canonical_sums(address, 4);
    expect([...memory.words(address, 5)]).toEqual([
      0x7ff8000000000000n,
      0x7ff8000000000000n,
      0x3ff0000000000000n,
      0x7ff8000000000000n,
      0x7ff8000000000001n,
    ]);
  });
});
