/**
 * Softmax and log-softmax in integer arithmetic: every number is an integer times a power of two, every result is
 * right to 120 bits or more. Nothing here is shared with the kernels.
 */

/** value = integer * 2^exponent */
export interface Exact {
  integer: bigint;
  exponent: number;
}

/** Fractional bits of arguments and of the significands of exponentials. */
const BITS = 170;
const WIDE = BigInt(BITS);
const ONE = 1n << WIDE;
/** Fractional bits of sums: room for the exponential of -1200. */
const SUM_BITS = 2000;
const LOWEST = -1200n << WIDE;

export function exactOf(value: number): Exact {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const integer = field === 0 ? fraction : fraction | 0x10000000000000n;
  return { integer: bits >> 63n ? -integer : integer, exponent: Math.max(field, 1) - 1075 };
}

function bitLength(value: bigint): number {
  const hex = (value < 0n ? -value : value).toString(16);
  return value === 0n ? 0 : hex.length * 4 - (3 - Math.floor(Math.log2(Number.parseInt(hex[0]!, 16))));
}

function shifted(value: bigint, by: number): bigint {
  return by >= 0 ? value << BigInt(by) : value >> BigInt(-by);
}

const SMALL_POWERS: bigint[] = [];
function series(r: bigint): bigint {
  let sum = ONE;
  let term = ONE;
  for (let k = 1n; term !== 0n; k++) {
    term = ((term * r) >> WIDE) / k;
    sum += term;
  }
  return sum;
}
for (let i = 0n; i < 256n; i++) SMALL_POWERS.push(series((i << WIDE) >> 8n));

function logarithmOf2(): bigint {
  let sum = 0n;
  let power = ONE / 3n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power /= 9n;
  }
  return sum << 1n;
}
const LN2 = logarithmOf2();

/** e^(argument / 2^BITS) for arguments of moderate size. */
function exponential(argument: bigint): Exact {
  let n = argument / LN2;
  if (n * LN2 > argument) n -= 1n;
  const r = argument - n * LN2;
  const i = r >> (WIDE - 8n);
  const rest = r - ((i << WIDE) >> 8n);
  return { integer: (SMALL_POWERS[Number(i)]! * series(rest)) >> WIDE, exponent: Number(n) - BITS };
}

/** log(1 + t / 2^SUM_BITS), relative precision however small t is; in units of 2^-SUM_BITS. */
function logarithm1p(t: bigint): bigint {
  const unit = 1n << BigInt(SUM_BITS);
  if (t < unit >> 12n) {
    let sum = 0n;
    let power = t;
    for (let k = 1n; power !== 0n && k < 20n; k++) {
      sum += k % 2n === 1n ? power / k : -(power / k);
      power = (power * t) >> BigInt(SUM_BITS);
    }
    return sum;
  }
  const s = (unit + t) >> BigInt(SUM_BITS - BITS);
  let y =
    BigInt(Math.round(Math.log(Number(s >> WIDE) + Number(s & (ONE - 1n)) / 2 ** BITS) * 2 ** 50)) <<
    (WIDE - 50n);
  for (let round = 0; round < 3; round++) {
    // Newton: y += s e^-y - 1
    const e = exponential(-y);
    y += shifted(s * e.integer, e.exponent) - ONE;
  }
  return y << BigInt(SUM_BITS - BITS);
}

/** The natural logarithm of a positive double. */
export function exactLogarithm(value: number): Exact {
  const { integer, exponent } = exactOf(value);
  const length = bitLength(integer);
  const z = integer << BigInt(SUM_BITS - length + 1);
  const log = logarithm1p(z - (1n << BigInt(SUM_BITS)));
  return {
    integer: log + BigInt(exponent + length - 1) * (LN2 << BigInt(SUM_BITS - BITS)),
    exponent: -SUM_BITS,
  };
}

/** exact - value, rounded to a double. */
export function distance(exact: Exact, value: number): number {
  const given = exactOf(value);
  const difference =
    shifted(exact.integer, exact.exponent + SUM_BITS) - shifted(given.integer, given.exponent + SUM_BITS);
  const length = bitLength(difference);
  return Number(shifted(difference, 60 - length)) * 2 ** (length - 60 - SUM_BITS);
}

export interface ExactRow {
  /** null where the result is NaN (the row has no softmax). */
  probabilities: Exact[] | null;
  logarithms: (Exact | null)[] | null;
}

/** With d = (logit - largest) / temperature: d in units of 2^-(BITS + 100), null for -inf; and e^d. */
interface Powers {
  distances: (bigint | null)[];
  powers: Exact[];
  /** Of all but the first largest, in units of 2^-SUM_BITS. */
  others: bigint;
}

/** Null where there is no softmax. */
function powersOf(logits: ArrayLike<number>, temperature: number): Powers | null {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i]) || logits[i] === Infinity) return null;
    max = Math.max(max, logits[i]!);
  }
  if (max === Number.NEGATIVE_INFINITY) return null;
  const top = exactOf(max);
  const divisor = exactOf(temperature);
  const arguments_: (bigint | null)[] = [];
  const powers: Exact[] = [];
  let others = 0n;
  let winners = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (logit === Number.NEGATIVE_INFINITY) {
      arguments_.push(null);
      powers.push({ integer: 0n, exponent: 0 });
      continue;
    }
    const x = exactOf(logit);
    const common = Math.min(x.exponent, top.exponent);
    const difference = shifted(x.integer, x.exponent - common) - shifted(top.integer, top.exponent - common);
    const shift = common - divisor.exponent + BITS + 100;
    const numerator = shift >= 0 ? difference << BigInt(shift) : difference;
    const denominator = shift >= 0 ? divisor.integer : divisor.integer << BigInt(-shift);
    const argument = numerator / denominator; // in units of 2^-(BITS + 100)
    arguments_.push(argument);
    const rounded = argument >> 100n;
    if (difference === 0n && winners++ === 0) {
      powers.push({ integer: ONE, exponent: -BITS });
      continue;
    }
    const power = rounded < LOWEST ? { integer: 0n, exponent: 0 } : exponential(rounded);
    powers.push(power);
    others += shifted(power.integer, power.exponent + SUM_BITS);
  }
  return { distances: arguments_, powers, others };
}

export interface ExactSlice {
  entropy: Exact;
  logSumExp: Exact;
  largest: Exact;
  /** The largest probability less the second. */
  margin: Exact;
  logProbability(index: number): Exact | null;
  probability(index: number): Exact;
}

/** What else is to be known of logits / temperature. */
export function exactSlice(logits: ArrayLike<number>, temperature = 1): ExactSlice | null {
  const found = powersOf(logits, temperature);
  if (!found) return null;
  const { distances, powers, others } = found;
  const unit = 1n << BigInt(SUM_BITS);
  const sum = unit + others;
  const log = logarithm1p(others);
  const inUnits = (of: Exact): bigint => shifted(of.integer, of.exponent + SUM_BITS);
  const weighted = powers.reduce(
    (total, power, index) => total - ((inUnits(power) * (distances[index] ?? 0n)) >> BigInt(BITS + 100)),
    0n,
  );
  const max = exactOf(logits[distances.indexOf(0n)]!);
  const divisor = exactOf(temperature);
  const shift = max.exponent - divisor.exponent + SUM_BITS;
  const scaled =
    (max.integer << BigInt(Math.max(shift, 0))) / (divisor.integer << BigInt(Math.max(-shift, 0)));
  const second = distances.reduce<bigint | null>((most, distance, index) => {
    if (index === distances.indexOf(0n) || distance === null) return most;
    return most === null || distance > most ? distance : most;
  }, null);
  const ofSecond = second === null ? 0n : inUnits(powers[distances.lastIndexOf(second)]!);
  return {
    entropy: { integer: log + (weighted << BigInt(SUM_BITS)) / sum, exponent: -SUM_BITS },
    logSumExp: { integer: scaled + log, exponent: -SUM_BITS },
    largest: { integer: (unit << BigInt(SUM_BITS)) / sum, exponent: -SUM_BITS },
    margin: { integer: ((unit - ofSecond) << BigInt(SUM_BITS)) / sum, exponent: -SUM_BITS },
    probability: (index) => ({
      integer: (inUnits(powers[index]!) << BigInt(SUM_BITS)) / sum,
      exponent: -SUM_BITS,
    }),
    logProbability: (index) => {
      const distance = distances[index]!;
      return distance === null
        ? null
        : { integer: shifted(distance, SUM_BITS - BITS - 100) - log, exponent: -SUM_BITS };
    },
  };
}

/** The exact softmax and log-softmax of logits / temperature; a logarithm of null stands for -inf. */
export function exactSoftmax(logits: ArrayLike<number>, temperature = 1): ExactRow {
  const found = powersOf(logits, temperature);
  if (!found) return { probabilities: null, logarithms: null };
  const { distances: arguments_, powers, others } = found;
  const log = logarithm1p(others);
  const sum = (1n << BigInt(SUM_BITS)) + others;
  const sumLength = bitLength(sum);
  const sumInteger = shifted(sum, 140 - sumLength);
  const sumExponent = sumLength - 140 - SUM_BITS;
  return {
    probabilities: powers.map(({ integer, exponent }) => ({
      integer: (integer << 140n) / sumInteger,
      exponent: exponent - 140 - sumExponent,
    })),
    logarithms: arguments_.map((argument) =>
      argument === null
        ? null
        : { integer: shifted(argument, SUM_BITS - BITS - 100) - log, exponent: -SUM_BITS },
    ),
  };
}

/** The log-probability of a winner at 0 among others: `counts[i]` of them at `logits[i]`, below 0. */
export function exactWinner(logits: readonly number[], counts: readonly number[]): Exact {
  const { powers } = powersOf([0, ...logits], 1)!;
  const others = counts.reduce((sum, count, i) => {
    const { integer, exponent } = powers[i + 1]!;
    return sum + BigInt(count) * shifted(integer, exponent + SUM_BITS);
  }, 0n);
  return { integer: -logarithm1p(others), exponent: -SUM_BITS };
}

/** The exact 1 / (1 + e^-x) of a logit / temperature; a number where it is 0 or 1. */
export function exactSigmoid(logit: number, temperature = 1): Exact {
  if (!Number.isFinite(logit)) return exactOf(logit > 0 ? 1 : 0);
  const x = exactOf(-Math.abs(logit));
  const divisor = exactOf(temperature);
  const shift = x.exponent - divisor.exponent + BITS;
  const argument =
    shift >= 0
      ? (x.integer << BigInt(shift)) / divisor.integer
      : x.integer / (divisor.integer << BigInt(-shift));
  const power = argument < LOWEST ? { integer: 0n, exponent: 0 } : exponential(argument);
  const unit = 1n << BigInt(SUM_BITS);
  const other = shifted(power.integer, power.exponent + SUM_BITS);
  const sum = unit + other;
  if (logit >= 0) return { integer: (unit << 140n) / sum, exponent: -140 };
  return { integer: (power.integer * (unit << 140n)) / sum, exponent: power.exponent - 140 };
}

/** Significand bits, least exponent and largest exponent of a floating-point format. */
export interface Format {
  bits: number;
  least: number;
  greatest: number;
}
export const FLOAT64: Format = { bits: 53, least: -1074, greatest: 1023 };
export const FLOAT32: Format = { bits: 24, least: -149, greatest: 127 };
export const FLOAT16: Format = { bits: 11, least: -24, greatest: 15 };

/** |value - exact| in units of the last place of `format` at the exact value. */
export function ulps(value: number, exact: Exact, format: Format): number {
  const length = bitLength(exact.integer);
  const place =
    length === 0 ? format.least : Math.max(length - 1 + exact.exponent - (format.bits - 1), format.least);
  if (!Number.isFinite(value)) {
    const over = length - 1 + exact.exponent > format.greatest;
    const nearly = ulpsOfFinite(
      Math.sign(value) * (2 - 2 ** (1 - format.bits)) * 2 ** format.greatest,
      exact,
      place,
    );
    return Number.isNaN(value) || Math.sign(value) < 0 !== exact.integer < 0n || !(over || nearly <= 2)
      ? Infinity
      : 0;
  }
  return ulpsOfFinite(value, exact, place);
}

function ulpsOfFinite(value: number, exact: Exact, place: number): number {
  const given = exactOf(value);
  const fine = place - 30;
  const difference =
    shifted(given.integer, given.exponent - fine) - shifted(exact.integer, exact.exponent - fine);
  return Math.abs(Number(difference)) / 2 ** 30;
}

/** The sum of finite doubles, exactly, rounded to the nearest double by way of one string. */
export function exactSum(values: ArrayLike<number>): Exact {
  let sum = 0n;
  for (let i = 0; i < values.length; i++) {
    const { integer, exponent } = exactOf(values[i]!);
    sum += integer << BigInt(exponent + 1074);
  }
  return { integer: sum, exponent: -1074 };
}
