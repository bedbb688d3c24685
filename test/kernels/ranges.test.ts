import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConvertKernels } from '../../src/kernels/convert.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import { BUILDS, KernelMemory } from './harness.ts';

const memory = new KernelMemory(16);
const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const EDGES = [
  0,
  -0,
  1,
  -INF,
  INF,
  NAN,
  -NAN,
  0.5,
  -0.5,
  1.5,
  -1e-7,
  2 ** -24,
  -(2 ** -24),
  1.001,
  65504,
  -65504,
];

describe.each(BUILDS)('ranges of stored results, %s', (build) => {
  const kernels = memory.load<ConvertKernels>('convert', build);

  /** Puts values there as floats of a size; returns their address, and what they are then. */
  function put(values: number[], size: number): { address: number; stored: number[] } {
    memory.release();
    const address = memory.take(values.length * size);
    const bytes = memory.bytes(address, values.length * size);
    const stored =
      size === 8
        ? Float64Array.from(values)
        : size === 4
          ? Float32Array.from(values)
          : Uint16Array.from(values, exactToHalf);
    bytes.set(new Uint8Array(stored.buffer));
    return { address, stored: Array.from(stored, (value) => (size === 2 ? halfToNumber(value) : value)) };
  }

  test.each([2, 4, 8])('the first value that is none of %i bytes', (size) => {
    const values = fc.array(fc.oneof(fc.constantFrom(...EDGES), fc.constantFrom(0, 1, 0.25, -0)), {
      maxLength: 70,
    });
    fc.assert(
      fc.property(values, fc.boolean(), (drawn, logs) => {
        const { address, stored } = put(drawn, size);
        const wanted = stored.findIndex((value) => value > (logs ? 0 : 1) || (!logs && value < 0));
        expect(kernels.first_out_of_range(address, stored.length, size, logs ? 1 : 0)).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });

  test('every half', () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    memory.release();
    const address = memory.take(halves.length * 2);
    memory.bytes(address, halves.length * 2).set(new Uint8Array(halves.buffer));
    for (const logs of [0, 1] as const) {
      for (const bits of halves) {
        const value = halfToNumber(bits);
        const isOut = value > (logs ? 0 : 1) || (!logs && value < 0);
        expect(kernels.first_out_of_range(address + bits * 2, 1, 2, logs) === 0, `${value}`).toBe(isOut);
      }
    }
  });

  test('float64 that are float32', () => {
    const cases: [number[], boolean][] = [
      [[], true],
      [[Math.fround(0.1), 0.5, NAN, INF, -0, 2 ** -149], true],
      [[0.1], false],
      [[0.5, 0.1], false],
      [[0.1, 0.5, 0.25], false],
      [[0.5, 0.25, 1e39], false],
      [[2 ** -150], false],
      [[NAN, NAN, 1 + 2 ** -30], false],
    ];
    for (const [values, are] of cases) {
      const { address } = put(values, 8);
      expect(kernels.are_float32(address, values.length), String(values)).toBe(are ? 1 : 0);
    }
  });
});
