import type { Dtype } from '../../src/options/types.ts';
import { fromHalf } from './support.ts';

/** A number as numerator / 2^bits. */
interface Dyadic {
  numerator: bigint;
  bits: bigint;
}

const MANTISSA = { float16: 10, float32: 23, float64: 52 };
const WIDTH = { float16: 16, float32: 32, float64: 64 };

/** The value of a positive number's bits. */
function dyadicOf(bits: bigint, dtype: Dtype): Dyadic {
  const mantissaBits = BigInt(MANTISSA[dtype]);
  const bias = (1n << (BigInt(WIDTH[dtype]) - mantissaBits - 2n)) - 1n;
  const exponent = bits >> mantissaBits;
  const fraction = bits & ((1n << mantissaBits) - 1n);
  const numerator = exponent === 0n ? fraction : fraction + (1n << mantissaBits);
  const power = (exponent === 0n ? 1n : exponent) - bias - mantissaBits;
  return power >= 0n ? { numerator: numerator << power, bits: 0n } : { numerator, bits: -power };
}

/** Sign of decimal - dyadic, where the decimal is digits * 10^power. */
function compare(digits: bigint, power: number, { numerator, bits }: Dyadic): number {
  const ten = 10n ** BigInt(Math.abs(power));
  const left = (power >= 0 ? digits * ten : digits) << bits;
  const right = power >= 0 ? numerator : numerator * ten;
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The bits of the number nearest to a decimal text, found by bisection over all numbers of the format and exact
 * comparison: slow, and nothing like the code under test.
 */
export function nearestBits(text: string, dtype: Dtype): bigint {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) throw new Error(`not a decimal: ${text}`);
  const digits = BigInt(match[2] + match[3] || '0');
  const power = Number(match[4] ?? 0) - match[3].length;
  const width = BigInt(WIDTH[dtype]);
  const sign = match[1] === '-' ? 1n << (width - 1n) : 0n;
  if (digits === 0n) return sign;
  const mantissaBits = BigInt(MANTISSA[dtype]);
  const infinity = ((1n << (width - 1n - mantissaBits)) - 1n) << mantissaBits;
  // The largest number that is not above the decimal.
  let [low, high] = [0n, infinity];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (compare(digits, power, dyadicOf(middle, dtype)) >= 0) low = middle;
    else high = middle;
  }
  // Halfway to the next one; infinity stands where the next number would.
  const a = dyadicOf(low, dtype);
  const b = dyadicOf(low + 1n, dtype);
  const bits = a.bits + b.bits;
  const sum = (a.numerator << b.bits) + (b.numerator << a.bits);
  const side = compare(digits, power, { numerator: sum, bits: bits + 1n });
  return sign | (side > 0 || (side === 0 && low % 2n === 1n) ? low + 1n : low);
}

const view = new DataView(new ArrayBuffer(8));

export function numberOfBits(bits: bigint, dtype: Dtype): number {
  view.setBigUint64(0, bits, true);
  if (dtype === 'float64') return view.getFloat64(0, true);
  return dtype === 'float32' ? view.getFloat32(0, true) : fromHalf(Number(bits));
}

/** A field's text as the number that the contract promises; `undefined` when it is none. */
export function expectedNumber(text: string, dtype: Dtype): number | undefined {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word) return word[2].toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  if (dtype === 'float64') return Number(text);
  const key = `${dtype} ${text}`;
  let number = known.get(key);
  if (number === undefined) {
    number = numberOfBits(nearestBits(clampExponent(text), dtype), dtype);
    if (known.size > 100_000) known.clear();
    known.set(key, number);
  }
  return number;
}

/** Documents are read many times over, cut in different places. */
const known = new Map<string, number>();

/** Exponents that no format can hold, cut to ones that BigInt can. */
function clampExponent(text: string): string {
  return text.replace(
    /e([+-]?)0*(\d+)$/i,
    (_, sign, digits) => `e${sign}${digits.length > 4 ? '5000' : digits}`,
  );
}
