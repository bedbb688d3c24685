// Fast loops for numbers of up to 15 characters, four a turn, to float64 and float32.
//
// The digits are a whole number below 10^15, the power of ten is at most 10^22: float64 holds both, so one product or
// quotient is the number rounded once. Rounding that again to float32 is wrong only when it is exactly halfway between
// two float32 (the text may be a little to one side of it) or below the smallest normal one, which 15 digits and 10^-22
// do not reach. Fields that lie halfway, or are not of the loop's shape, are flagged.
import { exponentOf, hasExponent, powerOf, wrongExponent } from './exponents';
import { digitRows, digitsOf, eights, rowOf, wholes } from './digits';
import {
  CONSTANTS,
  EIGHT_NINES,
  HALF,
  HUNDREDS,
  HUNDRED_MILLIONS,
  LOST_BITS,
  MYRIADS,
  NINES,
  POINTS,
  POWERS,
  POWER_DIVISOR,
  POWER_FACTOR,
  ROW_DIVISOR,
  ROW_FRACTION,
  TENS,
  ZEROS,
} from './layout';
import { tables } from './tables';

/**
 * Numbers without exponent; `short`: of up to eight digits. `chained`: each begins after the delimiter where the one before ends. n is a multiple of four; `flagged` takes the offsets, in the lists, of groups of four
 * that must be read again.
 * @returns how many those are
 */
@inline
function plain(single: bool, short: bool, chained: bool, starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  const constants = tables() + CONSTANTS, rows = digitRows();
  const zeros = v128.load(constants, ZEROS), points = v128.load(constants, POINTS);
  const nines = v128.load(constants + (short ? EIGHT_NINES : NINES));
  const tens = v128.load(constants, TENS), hundreds = v128.load(constants, HUNDREDS), myriads = v128.load(constants, MYRIADS);
  const e8 = v128.load(constants, HUNDRED_MILLIONS);
  const lostBits = v128.load(constants, LOST_BITS), half = v128.load(constants, HALF);
  const flaggedBefore = flagged;
  let previous = <usize>load<u32>(starts);
  for (let i: usize = 0, size = n << 2; i < size; i += 16) {
    const e0 = <usize>load<u32>(ends + i), e1 = <usize>load<u32>(ends + i, 4), e2 = <usize>load<u32>(ends + i, 8), e3 = <usize>load<u32>(ends + i, 12);
    const s0 = chained ? previous : <usize>load<u32>(starts + i);
    const s1 = chained ? e0 : <usize>load<u32>(starts + i, 4);
    const s2 = chained ? e1 : <usize>load<u32>(starts + i, 8);
    const s3 = chained ? e2 : <usize>load<u32>(starts + i, 12);
    previous = e3;
    const n0 = e0 - s0 - 1, n1 = e1 - s1 - 1, n2 = e2 - s2 - 1, n3 = e3 - s3 - 1;
    const a = v128.load(e0), b = v128.load(e1), c = v128.load(e2), d = v128.load(e3);
    const rowA = rowOf(rows, s0, n0, a, points), rowB = rowOf(rows, s1, n1, b, points);
    const digitsA = digitsOf(rowA, a, zeros), digitsB = digitsOf(rowB, b, zeros);
    const rowC = rowOf(rows, s2, n2, c, points), rowD = rowOf(rows, s3, n3, d, points);
    const digitsC = digitsOf(rowC, c, zeros), digitsD = digitsOf(rowD, d, zeros);
    let wholeAB: v128, wholeCD: v128;
    if (short) {
      const low = v128.shuffle<u64>(digitsA, digitsB, 1, 3), high = v128.shuffle<u64>(digitsC, digitsD, 1, 3);
      const numbers = eights(low, high, tens, hundreds, myriads);
      wholeAB = f64x2.convert_low_i32x4_s(numbers);
      wholeCD = f64x2.convert_low_i32x4_s(v128.shuffle<u64>(numbers, numbers, 1, 1));
    } else {
      wholeAB = wholes(eights(digitsA, digitsB, tens, hundreds, myriads), e8);
      wholeCD = wholes(eights(digitsC, digitsD, tens, hundreds, myriads), e8);
    }
    const ab = f64x2.div(wholeAB, v128.load64_lane(rowB, v128.load64_zero(rowA, ROW_DIVISOR), 1, ROW_DIVISOR));
    const cd = f64x2.div(wholeCD, v128.load64_lane(rowD, v128.load64_zero(rowC, ROW_DIVISOR), 1, ROW_DIVISOR));
    const largest = i8x16.max_u(i8x16.max_u(digitsA, digitsB), i8x16.max_u(digitsC, digitsD));
    let wrong = i8x16.sub_sat_u(largest, nines);
    if (single) {
      wrong = v128.or(wrong, halfway(ab, cd, lostBits, half));
      storeSingle(target + i, ab, cd);
    } else {
      v128.store(target + (i << 1), ab);
      v128.store(target + (i << 1), cd, 16);
    }
    store<u32>(flagged, <u32>i);
    flagged += (<usize>v128.any_true(wrong) | <usize>((n0 | n1 | n2 | n3) > 15)) << 2;
  }
  return (flagged - flaggedBefore) >> 2;
}

/** All bits set where a float64 is exactly between two float32. */
@inline
function halfway(ab: v128, cd: v128, lostBits: v128, half: v128): v128 {
  const low = i8x16.shuffle(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  return i32x4.eq(v128.and(low, lostBits), half);
}

@inline
function storeSingle(target: usize, ab: v128, cd: v128): void {
  const low = f32x4.demote_f64x2_zero(ab), high = f32x4.demote_f64x2_zero(cd);
  v128.store(target, i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
}

/** More than any power that float64 holds exactly, with up to 15 digits after the point, and still in the table. */
const LARGEST_EXPONENT: u32 = 40;

/** Numbers with an exponent of two digits, or without one; otherwise as `plain`, two a turn, n even. */
@inline
function exponential(single: bool, starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  const constants = tables() + CONSTANTS, rows = digitRows(), powers = tables() + POWERS;
  const zeros = v128.load(constants, ZEROS), points = v128.load(constants, POINTS), nines = v128.load(constants, NINES);
  const tens = v128.load(constants, TENS), hundreds = v128.load(constants, HUNDREDS), myriads = v128.load(constants, MYRIADS);
  const e8 = v128.load(constants, HUNDRED_MILLIONS);
  const lostBits = v128.load(constants, LOST_BITS), half = v128.load(constants, HALF);
  const flaggedBefore = flagged;
  for (let i: usize = 0, size = n << 2; i < size; i += 8) {
    const s0 = <usize>load<u32>(starts + i), s1 = <usize>load<u32>(starts + i, 4);
    const f0 = <usize>load<u32>(ends + i), f1 = <usize>load<u32>(ends + i, 4);
    const four0 = load<u32>(f0, 12), four1 = load<u32>(f1, 12);
    const has0 = hasExponent(four0), has1 = hasExponent(four1);
    const e0 = f0 - (has0 << 2), e1 = f1 - (has1 << 2);
    const n0 = e0 - s0 - 1, n1 = e1 - s1 - 1;
    const a = v128.load(e0), b = v128.load(e1);
    const rowA = rowOf(rows, s0, n0, a, points), rowB = rowOf(rows, s1, n1, b, points);
    const digitsA = digitsOf(rowA, a, zeros), digitsB = digitsOf(rowB, b, zeros);
    const whole = wholes(eights(digitsA, digitsB, tens, hundreds, myriads), e8);
    const powerA = powerOf(powers, rowA, (exponentOf(four0, LARGEST_EXPONENT) & -<i32>has0) - <i32>load<u16>(rowA, ROW_FRACTION));
    const powerB = powerOf(powers, rowB, (exponentOf(four1, LARGEST_EXPONENT) & -<i32>has1) - <i32>load<u16>(rowB, ROW_FRACTION));
    const factor = v128.load64_lane(powerB, v128.load64_zero(powerA, POWER_FACTOR), 1, POWER_FACTOR);
    const divisor = v128.load64_lane(powerB, v128.load64_zero(powerA, POWER_DIVISOR), 1, POWER_DIVISOR);
    const ab = f64x2.div(f64x2.mul(whole, factor), divisor);
    let wrong = v128.or(i8x16.sub_sat_u(i8x16.max_u(digitsA, digitsB), nines), f64x2.ne(ab, ab));
    if (single) {
      wrong = v128.or(wrong, halfway(ab, ab, lostBits, half));
      v128.store64_lane(target + i, f32x4.demote_f64x2_zero(ab), 0);
    } else v128.store(target + (i << 1), ab);
    const wrongExponents = (wrongExponent(four0) & -<u32>has0) | (wrongExponent(four1) & -<u32>has1);
    store<u32>(flagged, <u32>i);
    flagged += (<usize>v128.any_true(wrong) | <usize>((n0 | n1) > 15) | <usize>(wrongExponents != 0)) << 2;
  }
  return (flagged - flaggedBefore) >> 2;
}

export function plain32(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  if (starts == ends - 4) return plain(true, false, true, starts, ends, n, target, flagged);
  return plain(true, false, false, starts, ends, n, target, flagged);
}

export function plain64(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  if (starts == ends - 4) return plain(false, false, true, starts, ends, n, target, flagged);
  return plain(false, false, false, starts, ends, n, target, flagged);
}

export function short32(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  if (starts == ends - 4) return plain(true, true, true, starts, ends, n, target, flagged);
  return plain(true, true, false, starts, ends, n, target, flagged);
}

export function short64(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  if (starts == ends - 4) return plain(false, true, true, starts, ends, n, target, flagged);
  return plain(false, true, false, starts, ends, n, target, flagged);
}

export function exponential32(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  return exponential(true, starts, ends, n, target, flagged);
}

export function exponential64(starts: usize, ends: usize, n: usize, target: usize, flagged: usize): usize {
  return exponential(false, starts, ends, n, target, flagged);
}
