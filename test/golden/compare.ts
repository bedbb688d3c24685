import { isDeepStrictEqual } from 'node:util';
import type { FloatName, Tolerance } from './expected.ts';

const FORMATS = {
  float16: { bits: 11, smallest: 2 ** -24, largest: 65504 },
  float32: { bits: 24, smallest: 2 ** -149, largest: 3.4028234663852886e38 },
  float64: { bits: 53, smallest: 2 ** -1074, largest: Number.MAX_VALUE },
};

/** The distance between neighbouring values of `dtype` at `value`. */
export function ulpAt(value: number, dtype: FloatName): number {
  const { bits, smallest } = FORMATS[dtype];
  const size = Math.abs(value);
  if (size === 0) return smallest;
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  return Math.max(2 ** (exponent - bits + 1), smallest);
}

function differs(actual: unknown, expected: number, tolerance: Tolerance): boolean {
  if (typeof actual !== 'number') return true;
  if (!Number.isFinite(expected)) return !Object.is(actual, expected);
  if ('abs' in tolerance) return !(Math.abs(actual - expected) <= tolerance.abs);
  const { largest } = FORMATS[tolerance.of];
  // Beyond the largest value by half an ulp and more, the nearest value is infinity.
  if (Math.abs(expected) >= largest + ulpAt(largest, tolerance.of) / 2)
    return actual !== Math.sign(expected) * Number.POSITIVE_INFINITY;
  return !(Math.abs(actual - expected) <= tolerance.ulp * ulpAt(expected, tolerance.of));
}

/** The first difference between two columns as one line of text; undefined when there is none. */
export function firstDifference(
  actual: unknown,
  expected: unknown,
  tolerance: Tolerance | undefined,
  where: string,
): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${where}: ${actual} is not a list`;
    if (actual.length !== expected.length) return `${where}: ${actual.length} items, not ${expected.length}`;
    for (let index = 0; index < expected.length; index++) {
      const found = firstDifference(actual[index], expected[index], tolerance, `${where}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const wrong =
    tolerance !== undefined && typeof expected === 'number'
      ? differs(actual, expected, tolerance)
      : !isDeepStrictEqual(actual, expected);
  return wrong ? `${where}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}` : undefined;
}

/** Neumaier's sum: exact to about one float64 rounding. */
export function exactSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}
