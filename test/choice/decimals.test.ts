import { expect, test } from 'vitest';
import type { SourceDtype } from '../../src/ops/dtypes.ts';
import type { Dtype } from '../../src/options/types.ts';
import type { WorkerContext } from '../../workers/context.ts';
import { castValues } from '../../workers/rows/cast.ts';
import { expectedNumber } from '../csv/exact-reference.ts';
import { randomFrom } from './files.ts';

const BYTES = { decimal32: 4, decimal64: 8, decimal128: 16, decimal256: 32 } as const;

/** Casts one decimal. */
function cast(whole: bigint, sourceDtype: keyof typeof BYTES, scale: number, dtype: Dtype): number {
  const view = new DataView(new ArrayBuffer(64));
  for (let word = 0; word < BYTES[sourceDtype]; word += 4)
    view.setUint32(word, Number((whole >> BigInt(8 * word)) & 0xffffffffn), true);
  const spec = { sourceDtype: sourceDtype as SourceDtype, scale, dtype };
  castValues(spec, 0, 32, 1, { view } as WorkerContext);
  return dtype === 'float64' ? view.getFloat64(32, true) : view.getFloat32(32, true);
}

test('decimals are rounded once, halfway between two floats too', () => {
  const random = randomFrom(11);
  const digits = (count: number): bigint =>
    BigInt(Array.from({ length: count }, () => Math.floor(random() * 10)).join('')) *
    (random() < 0.5 ? -1n : 1n);
  for (let turn = 0; turn < 4000; turn++) {
    const type = (['decimal32', 'decimal64', 'decimal128', 'decimal256'] as const)[
      turn % 4
    ] as keyof typeof BYTES;
    const most = { decimal32: 9, decimal64: 18, decimal128: 38, decimal256: 76 }[type];
    const whole = digits(1 + Math.floor(random() * most));
    const scale = Math.floor(random() * 40) - 4;
    for (const dtype of ['float32', 'float64'] as const)
      expect(cast(whole, type, scale, dtype), `${whole}e${-scale} ${dtype}`).toBe(
        expectedNumber(`${whole}e${-scale}`, dtype),
      );
  }
  // 2^24 + 1, and a little to either side.
  for (const text of ['167772170', '167772171', '167772169'])
    expect(cast(BigInt(text), 'decimal128', 1, 'float32'), text).toBe(
      expectedNumber(`${text}e-1`, 'float32'),
    );
  expect(cast(167772170000000001n, 'decimal64', 10, 'float32')).toBe(16777218);
});
