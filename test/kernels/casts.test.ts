import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAST_TYPES, type ConvertKernels } from '../../src/kernels/convert.ts';
import { exactToHalf, halfToNumber } from './half.ts';
import { BUILDS, KernelMemory, random } from './harness.ts';

type CastType = keyof typeof CAST_TYPES;
const INTEGERS: readonly CastType[] = [
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
];
const SIZES = { int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8 } as Record<
  CastType,
  number
> & { float16: number; float32: number; float64: number };
Object.assign(SIZES, { float16: 2, float32: 4, float64: 8 });

/** Rounds an integer to a float of `bits` significand bits, ties to even. */
function roundInteger(value: bigint, bits: number): number {
  const magnitude = value < 0n ? -value : value;
  const drop = BigInt(Math.max(0, magnitude.toString(2).length - bits));
  let kept = magnitude >> drop;
  const rest = magnitude - (kept << drop);
  const half = drop > 0n ? 1n << (drop - 1n) : 0n;
  if (drop > 0n && (rest > half || (rest === half && kept % 2n === 1n))) kept++;
  const result = Number(kept) * 2 ** Number(drop);
  return value < 0n ? -result : result;
}

const memory = new KernelMemory(16);

/** The first places where the two functions differ; an expectation for each of a million numbers takes too long. */
function differences(count: number, given: (i: number) => number, expected: (i: number) => number): string[] {
  const list: string[] = [];
  for (let i = 0; i < count && list.length < 5; i++)
    if (!Object.is(given(i), expected(i))) list.push(`${i}: ${given(i)} instead of ${expected(i)}`);
  return list;
}

describe.each(BUILDS)('cast, %s build', (build) => {
  const convert = memory.load<ConvertKernels>('convert', build);

  function cast(from: CastType, to: CastType, bytes: Uint8Array, inPlace = false): DataView {
    memory.release();
    const count = bytes.length / SIZES[from];
    const source = memory.take(bytes.length);
    const target = inPlace ? source : memory.take(count * SIZES[to] + 16);
    memory.bytes(target, count * SIZES[to] + 16).fill(0x77);
    memory.bytes(source, bytes.length).set(bytes);
    convert.cast(source, CAST_TYPES[from], target, CAST_TYPES[to], count);
    if (!inPlace) expect(memory.bytes(target + count * SIZES[to], 16).every((b) => b === 0x77)).toBe(true);
    return new DataView(memory.memory.buffer, target, count * SIZES[to]);
  }

  test.each(INTEGERS)('%s to every float: rounded once, ties to even', (type) => {
    const size = SIZES[type];
    const bits = BigInt(size * 8);
    const signed = type.startsWith('i');
    const values: bigint[] = [];
    const wrap = (value: bigint) =>
      signed ? BigInt.asIntN(Number(bits), value) : BigInt.asUintN(Number(bits), value);
    for (let k = 0n; k < bits; k++)
      for (let d = -3n; d <= 3n; d++) values.push(wrap((1n << k) + d), wrap(-(1n << k) + d));
    // Half-way cases of each significand, and their neighbours.
    for (const significand of [11n, 24n, 53n])
      for (let k = significand + 1n; k < bits; k++)
        for (const d of [-1n, 0n, 1n])
          for (const odd of [1n, 3n]) values.push(wrap((1n << k) + odd * (1n << (k - significand)) + d));
    const bytes = new Uint8Array(values.length * size);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      for (let b = 0; b < size; b++) view.setUint8(i * size + b, Number((value >> BigInt(8 * b)) & 255n));
    });
    const [f16, f32, f64] = (['float16', 'float32', 'float64'] as const).map((to) => {
      const result = cast(type, to, bytes);
      return new DataView(result.buffer.slice(result.byteOffset, result.byteOffset + result.byteLength));
    }) as [DataView, DataView, DataView];
    values.forEach((value, i) => {
      const half = roundInteger(value, 11);
      expect(halfToNumber(f16.getUint16(i * 2, true))).toBe(
        Math.abs(half) > 65504 ? Math.sign(half) * Infinity : half,
      );
      expect(f32.getFloat32(i * 4, true)).toBe(roundInteger(value, 24));
      expect(f64.getFloat64(i * 8, true)).toBe(roundInteger(value, 53));
    });
  });

  test('every half to float32 and float64, and back', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const bytes = new Uint8Array(halves.buffer);
    for (const to of ['float32', 'float64'] as const) {
      const wide = cast('float16', to, bytes);
      const at = (i: number) =>
        to === 'float32' ? wide.getFloat32(i * 4, true) : wide.getFloat64(i * 8, true);
      expect(differences(65536, at, halfToNumber)).toEqual([]);
      const copy = new Uint8Array(wide.buffer.slice(wide.byteOffset, wide.byteOffset + wide.byteLength));
      const back = cast(to, 'float16', copy);
      const expected = (i: number) => ((i & 0x7fff) > 0x7c00 ? (i & 0x8000) | 0x7e00 : i);
      expect(differences(65536, (i) => back.getUint16(i * 2, true), expected)).toEqual([]);
    }
  });

  test('float32 and float64 to half: halves, their midpoints, and the neighbours of both', () => {
    const doubles: number[] = [];
    const next = random(5);
    for (let i = 0; i < 0x7c00; i++) {
      const low = halfToNumber(i);
      const middle = (low + (i === 0x7bff ? 65536 : halfToNumber(i + 1))) / 2;
      for (const x of [low, middle])
        doubles.push(x, x * (1 + 2 ** -52), x * (1 - 2 ** -53), -x * (1 + 2 ** -25), -x * (1 - 2 ** -25), -x);
      doubles.push(low * (1 + next() * 2 ** -10));
    }
    doubles.push(
      1e300,
      -1e300,
      1e-300,
      -1e-300,
      65519.999,
      65520,
      5e-324,
      Number.MAX_VALUE,
      Infinity,
      -Infinity,
    );
    const fromDouble = cast('float64', 'float16', new Uint8Array(Float64Array.from(doubles).buffer));
    expect(
      differences(
        doubles.length,
        (i) => fromDouble.getUint16(i * 2, true),
        (i) => exactToHalf(doubles[i]!),
      ),
    ).toEqual([]);
    const floats = Float32Array.from([...doubles, 1e-45, 3e38]);
    const fromFloat = cast('float32', 'float16', new Uint8Array(floats.buffer));
    expect(
      differences(
        floats.length,
        (i) => fromFloat.getUint16(i * 2, true),
        (i) => exactToHalf(floats[i]!),
      ),
    ).toEqual([]);
  });

  test('float32 and float64 to each other; casts to a smaller type in place', () => {
    const doubles = Float64Array.from({ length: 1001 }, (_, i) => Math.sin(i) * 10 ** ((i % 90) - 45));
    for (const inPlace of [false, true]) {
      const floats = cast('float64', 'float32', new Uint8Array(doubles.buffer), inPlace);
      expect(
        differences(
          1001,
          (i) => floats.getFloat32(i * 4, true),
          (i) => Math.fround(doubles[i]!),
        ),
      ).toEqual([]);
    }
    const inHalf = cast('float32', 'float16', new Uint8Array(Float32Array.from(doubles).buffer), true);
    expect(
      differences(
        1001,
        (i) => inHalf.getUint16(i * 2, true),
        (i) => exactToHalf(Math.fround(doubles[i]!)),
      ),
    ).toEqual([]);
    const floats = Float32Array.from(doubles);
    const wide = cast('float32', 'float64', new Uint8Array(floats.buffer));
    expect(
      differences(
        1001,
        (i) => wide.getFloat64(i * 8, true),
        (i) => floats[i]!,
      ),
    ).toEqual([]);
    const nan = cast('float64', 'float16', new Uint8Array(Float64Array.of(Number.NaN).buffer));
    expect(Number.isNaN(halfToNumber(nan.getUint16(0, true)))).toBe(true);
  });

  test('every length', () => {
    for (let length = 0; length < 20; length++) {
      const floats = Float32Array.from({ length }, (_, i) => i + 0.5);
      const halves = cast('float32', 'float16', new Uint8Array(floats.buffer));
      const copy = new Uint8Array(
        halves.buffer.slice(halves.byteOffset, halves.byteOffset + halves.byteLength),
      );
      const back = cast('float16', 'float32', copy);
      expect(
        differences(
          length,
          (i) => back.getFloat32(i * 4, true),
          (i) => floats[i]!,
        ),
      ).toEqual([]);
    }
  });

  test('any double to half', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ min: -70000, max: 70000, noNaN: true }), (a, b) => {
        const halves = cast('float64', 'float16', new Uint8Array(Float64Array.of(a, b).buffer));
        expect(halves.getUint16(0, true)).toBe(exactToHalf(a));
        expect(halves.getUint16(2, true)).toBe(exactToHalf(b));
      }),
      { numRuns: 1000 },
    );
  });
});
