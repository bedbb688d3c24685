// Fast loops for numbers of 16 characters and more, such as a float64 written in full, one a turn: a head of up to 15
// characters with the point, then TAIL_DIGITS digits, then perhaps an exponent. They flag what is of another shape.
import { exponentOf, hasExponent, powerOf, wrongExponent } from './exponents';
import { digitRows, digitsOf, eights, rowOf, wholes } from './digits';
import { float64Bits, roundLong, uncertain } from './exact';
import {
  CONSTANTS,
  HUNDREDS,
  HUNDRED_MILLIONS,
  MYRIADS,
  NINES,
  POINTS,
  POWERS,
  POWER_VALUE,
  ROW_LONG_FRACTION,
  ROW_SIGN,
  TAIL,
  TAIL_DIGITS,
  TENS,
  ZEROS,
} from './layout';
import { tables } from './tables';

/** With 29 digits after the point, a smaller one would leave float32's normal range. */
const SMALLEST_EXPONENT32: u32 = 8;

/**
 * What four roundings can be wrong by: two where the whole number is formed, one in the power of ten, one in their
 * product; each is at most one unit of the result's last place. Rounding to float32 is wrong only when a number
 * halfway between two float32 lies that near; twice as near is flagged.
 */
const REACH: u32 = 8;

/** @returns how many offsets, in the lists, of numbers to be read again are in `flagged` */
@inline
function long(single: bool, starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  const constants = tables() + CONSTANTS, rows = digitRows(), powers = tables() + POWERS;
  const zeros = v128.load(constants, ZEROS), points = v128.load(constants, POINTS), nines = v128.load(constants, NINES);
  const tens = v128.load(constants, TENS), hundreds = v128.load(constants, HUNDREDS), myriads = v128.load(constants, MYRIADS);
  const e8 = v128.load(constants, HUNDRED_MILLIONS), tailLanes = v128.load(constants, TAIL);
  const flaggedBefore = flagged;
  for (let i: usize = 0, size = n << 2; i < size; i += 4) {
    const s = <usize>load<u32>(starts + i), f = <usize>load<u32>(ends + i);
    const four = load<u32>(f, 12);
    const has = hasExponent(four);
    const e = f - (has << 2);
    const length = e - TAIL_DIGITS - s - 1;
    const headBytes = v128.load(e - TAIL_DIGITS);
    const row = rowOf(rows, s, length, headBytes, points);
    const head = digitsOf(row, headBytes, zeros);
    const tail = v128.and(i8x16.sub(v128.load(e), zeros), tailLanes);
    const numbers = eights(head, tail, tens, hundreds, myriads);
    const exponent = exponentOf(four, single ? 40 : 99) & -<i32>has;
    const q = exponent - <i32>load<u16>(row, ROW_LONG_FRACTION);
    let wrong = u32(v128.any_true(i8x16.sub_sat_u(i8x16.max_u(head, tail), nines))) | (wrongExponent(four) & -<u32>has) | u32(length - 1 > 14);
    if (single) {
      const parts = wholes(numbers, e8);
      const result = (f64x2.extract_lane(parts, 0) * 1e15 + f64x2.extract_lane(parts, 1)) * load<f64>(powerOf(powers, row, q), POWER_VALUE);
      store<f32>(target + i, <f32>result);
      const near = ((<u32>reinterpret<u64>(result) - (0x10000000 - REACH)) & 0x1fffffff) <= 2 * REACH;
      wrong |= u32(near) | u32(<u32>(exponent + SMALLEST_EXPONENT32) > 2 * SMALLEST_EXPONENT32);
    } else {
      const high = <u64>i64x2.extract_lane(numbers, 0), low = <u64>i64x2.extract_lane(numbers, 1);
      const headNumber = (high & 0xffffffff) * 100000000 + (high >> 32);
      const w = headNumber * 1000000000000000 + (low & 0xffffffff) * 100000000 + (low >> 32);
      roundLong(w, q);
      store<u64>(target + (i << 1), float64Bits | (<u64>u32(load<u32>(row, ROW_SIGN) != 0) << 63));
      // Above this, w has more than 64 bits.
      wrong |= u32(uncertain) | u32(headNumber > 18445);
    }
    store<u32>(flagged, <u32>i);
    flagged += <usize>(wrong != 0) << 2;
  }
  return (flagged - flaggedBefore) >> 2;
}

export function long32(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  return long(true, starts, ends, n, target, flagged);
}

export function long64(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  return long(false, starts, ends, n, target, flagged);
}
