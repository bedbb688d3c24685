// Decimal to binary, rounded once: w * 10^q for w < 2^64, in any of the three formats.
//
// w * 5^q is formed to 128 bits from a table of 5^q cut to 128 bits, so the true product lies in [P, P + 4) after
// normalisation; where a rounding boundary lies in there, nothing is claimed. (The method: D. Lemire, "Number parsing
// at a gigabyte per second", 2021, and W. Clinger, "How to read floating point numbers accurately", 1990. The error
// bound and the treatment of ties are our own: see the comments.)
import { FLOAT32, FLOAT64, LARGEST_POWER, POWERS_OF_FIVE, SMALLEST_POWER } from './layout';
import { tables } from './tables';

/** The result of the last call that returned true, without its sign. */
export let bits: u64 = 0;
let high: u64 = 0;

/** Significant bits of a format, its hidden one included. */
@inline
function precisionOf(format: u32): i32 {
  return format == FLOAT64 ? 53 : format == FLOAT32 ? 24 : 11;
}

@inline
function largestExponentOf(format: u32): i32 {
  return format == FLOAT64 ? 1023 : format == FLOAT32 ? 127 : 15;
}

@inline
export function infinityOf(format: u32): u64 {
  return format == FLOAT64 ? 0x7ff0000000000000 : format == FLOAT32 ? 0x7f800000 : 0x7c00;
}

@inline
export function nanOf(format: u32): u64 {
  return format == FLOAT64 ? 0x7ff8000000000000 : format == FLOAT32 ? 0x7fc00000 : 0x7e00;
}

@inline
export function signOf(format: u32): u64 {
  return format == FLOAT64 ? 0x8000000000000000 : format == FLOAT32 ? 0x80000000 : 0x8000;
}

/** The 128-bit product: its low word is returned, its high word left in `high`. */
@inline
function multiply(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  const p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0;
  const middle = (p00 >> 32) + (p01 & 0xffffffff) + (p10 & 0xffffffff);
  high = a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
  return (middle << 32) | (p00 & 0xffffffff);
}

/** floor(q * log2(5)), right for |q| <= 400. */
@inline
function exponentOfFive(q: i32): i32 {
  return (q * 152170) >> 16;
}

/**
 * Rounds (head * 2^64 + tail) * 2^exponent to the format; head's top bit is set. Unless `exact`, the true value lies
 * strictly above the given one, by less than 4 units of `tail`.
 * @returns false when that is too little to say which way to round
 */
function round(head: u64, tail: u64, exponent: i32, exact: bool, format: u32): bool {
  const precision = precisionOf(format), largest = largestExponentOf(format), smallest = 1 - largest;
  const leading = exponent + 127;
  if (leading > largest) {
    bits = infinityOf(format);
    return true;
  }
  // Below the smallest normal number, one bit less is kept for every power of two.
  const keep = leading >= smallest ? precision : precision - (smallest - leading);
  if (keep < 0) {
    bits = 0;
    return true;
  }
  const cut = 64 - keep;
  const kept: u64 = keep == 0 ? 0 : head >> <u64>cut;
  const rest: u64 = keep == 0 ? head : head & ((<u64>1 << <u64>cut) - 1);
  const half: u64 = <u64>1 << <u64>(cut - 1);
  let up: u64;
  if (rest > half) up = 1;
  else if (rest == half) up = exact && tail == 0 ? kept & 1 : 1;
  else if (!exact && rest == half - 1 && tail >= <u64>-4) return false;
  else up = 0;
  const biased: u64 = leading >= smallest ? <u64>(leading - smallest) : 0;
  // The hidden bit, and a carry out of the significand, add one to the exponent by themselves.
  const result = (biased << <u64>(precision - 1)) + kept + up;
  bits = min<u64>(result, infinityOf(format));
  return true;
}

/**
 * w * 10^q rounded to the format, to nearest with ties to even; infinity when too large. The result is in `bits`.
 * @returns false when it cannot be proven
 */
export function round_decimal(w: u64, q: i32, format: u32): bool {
  if (w == 0 || q < SMALLEST_POWER) {
    bits = 0;
    return true;
  }
  if (q > LARGEST_POWER) {
    bits = infinityOf(format);
    return true;
  }
  const shift = <i32>clz(w);
  const normal = w << <u64>shift;
  const entry = tables() + POWERS_OF_FIVE + (<usize>(q - SMALLEST_POWER) << 4);
  multiply(normal, load<u64>(entry));
  const carried = high;
  let tail = multiply(normal, load<u64>(entry, 8));
  let head = high;
  tail += carried;
  head += <u64>(tail < carried);
  let exponent = exponentOfFive(q) + q - 63 - shift;
  if (<i64>head >= 0) {
    head = (head << 1) | (tail >> 63);
    tail <<= 1;
    exponent -= 1;
  }
  // 5^27 < 2^64: the product is whole. Beyond, and below zero unless 5^-q divides w, it has more odd bits than any
  // number halfway between two others, so no tie can be missed.
  if (round(head, tail, exponent, q >= 0 && q <= 27, format)) return true;
  if (q >= 0 || q < -27) return false;
  const five = load<u64>(tables() + POWERS_OF_FIVE + (<usize>(-q - SMALLEST_POWER) << 4), 8) >> <u64>(63 - exponentOfFive(-q));
  if (w % five != 0) return false;
  const whole = w / five;
  return round(whole << clz(whole), 0, q - <i32>clz(whole) - 64, true, format);
}

/** What the last call of `roundLong` found: the float64's bits, and whether they must be found again another way. */
export let float64Bits: u64 = 0;
export let uncertain: bool = false;

/**
 * w * 10^q as float64 for -200 <= q <= 200, from the first 64 bits of 5^q alone: the product's high word is then right
 * or one too small, which matters where the bits that are cut off are just below half, and hides a tie where they are
 * just half.
 */
@inline
export function roundLong(w: u64, q: i32): void {
  const shift = <i32>clz(w | 1);
  multiply(w << <u64>shift, load<u64>(tables() + POWERS_OF_FIVE + (<usize>(q - SMALLEST_POWER) << 4), 8));
  const wide = <i32>(high >> 63);
  const cut = <u64>(10 + wide);
  const rest = high & ((<u64>1 << cut) - 1), half = <u64>1 << (cut - 1);
  uncertain = rest - (half - 1) <= 1;
  // The leading bit stands for 2^(exponent + 127), as in `round`; it adds one to the biased exponent by itself.
  const exponent = exponentOfFive(q) + q - 64 - shift + wide + 127 + 1022;
  const bits64 = (<u64>exponent << 52) + (high >> cut) + <u64>(rest > half);
  float64Bits = w == 0 ? 0 : bits64;
}
