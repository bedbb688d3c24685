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

/** A guess at the bits of a positive number, from arithmetic that may round twice: it is checked before it is believed. */
function guessBits(value: number, dtype: Dtype): bigint {
  if (dtype === 'float16') {
    if (value >= 65536) return 0x7c00n;
    const exponent = Math.max(-14, Math.floor(Math.log2(value)));
    return BigInt((exponent + 14) * 1024 + Math.floor(value / 2 ** (exponent - 10)));
  }
  if (dtype === 'float32') {
    view.setFloat32(0, value, true);
    return BigInt(view.getUint32(0, true));
  }
  view.setFloat64(0, value, true);
  return view.getBigUint64(0, true);
}

/** The largest number of the format that is not above the decimal, by exact comparison. */
function largestNotAbove(
  digits: bigint,
  power: number,
  guess: bigint,
  infinity: bigint,
  dtype: Dtype,
): bigint {
  const notAbove = (bits: bigint) => compare(digits, power, dyadicOf(bits, dtype)) >= 0;
  const near = guess > infinity ? infinity : guess;
  if (notAbove(near)) {
    if (near + 1n >= infinity || !notAbove(near + 1n)) return near < infinity ? near : infinity - 1n;
  } else if (near > 0n && notAbove(near - 1n)) return near - 1n;
  let [low, high] = [0n, infinity];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (notAbove(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The bits of the number nearest to a decimal text, by exact comparison with its neighbours: nothing like the code under test. */
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
  const low = largestNotAbove(digits, power, guessBits(Math.abs(Number(text)), dtype), infinity, dtype);
  // Halfway to the next one; infinity stands where the next number would.
  const a = dyadicOf(low, dtype);
  const b = dyadicOf(low + 1n, dtype);
  const bits = a.bits > b.bits ? a.bits : b.bits;
  const sum = (a.numerator << (bits - a.bits)) + (b.numerator << (bits - b.bits));
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
