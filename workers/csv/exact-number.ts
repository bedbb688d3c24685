import type { Dtype } from '../../src/options/types.ts';

interface Format {
  /** Significant bits, the hidden one included. */
  precision: bigint;
  /** Of the smallest normal number, a power of two. */
  smallest: bigint;
  largest: bigint;
  bits: bigint;
}

const FORMATS: Readonly<Record<Dtype, Format>> = {
  float16: { precision: 11n, smallest: -14n, largest: 15n, bits: 16n },
  float32: { precision: 24n, smallest: -126n, largest: 127n, bits: 32n },
  float64: { precision: 53n, smallest: -1022n, largest: 1023n, bits: 64n },
};

/** Powers of ten beyond which every format has only infinity and zero. */
const FAR = 400;

/**
 * A decimal number, rounded once to the nearest number of the format, ties to even: the last resort, for what neither
 * float64 arithmetic nor 128-bit products can prove.
 * @param text digits with an optional sign, point and exponent
 * @returns the number's bits
 */
export function exactNumber(text: string, dtype: Dtype): bigint {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) throw new RangeError(`not a decimal number: ${text}`);
  const [, sign, whole, fraction, exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const format = FORMATS[dtype];
  const signBit = sign === '-' ? 1n << (format.bits - 1n) : 0n;
  const power = Number(exponent) - fraction.length;
  const magnitude = digits.length + power;
  if (digits === '' || magnitude < -FAR) return signBit;
  if (magnitude > FAR) return signBit | infinity(format);
  const number = BigInt(digits);
  const scale = 10n ** BigInt(Math.abs(power));
  return signBit | (power >= 0 ? roundRatio(number * scale, 1n, format) : roundRatio(number, scale, format));
}

function infinity({ precision, largest, smallest }: Format): bigint {
  return (largest - smallest + 2n) << (precision - 1n);
}

function bitLength(number: bigint): number {
  const hex = number.toString(16);
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0], 16)) + 28;
}

/** numerator / denominator, both positive. */
function roundRatio(numerator: bigint, denominator: bigint, format: Format): bigint {
  const { precision, smallest } = format;
  let leading = BigInt(bitLength(numerator) - bitLength(denominator));
  if (shifted(denominator, leading) > shifted(numerator, -leading)) leading -= 1n;
  const exponent = (leading < smallest ? smallest : leading) - (precision - 1n);
  const scaled = shifted(numerator, -exponent);
  const divisor = shifted(denominator, exponent);
  let significand = scaled / divisor;
  const rest = 2n * (scaled % divisor);
  if (rest > divisor || (rest === divisor && significand % 2n === 1n)) significand += 1n;
  // The hidden bit, and a carry out of the significand, add one to the exponent by themselves.
  const biased = leading < smallest ? 0n : leading - smallest;
  const bits = (biased << (precision - 1n)) + significand;
  const limit = infinity(format);
  return bits < limit ? bits : limit;
}

/** number * 2^by where that is a whole number, the number itself where it would not be: its partner is shifted then. */
function shifted(number: bigint, by: bigint): bigint {
  return by > 0n ? number << by : number;
}
