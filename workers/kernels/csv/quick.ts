// One number of up to 15 characters: what decimals.ts does four times a turn.
import { digitRows, digitsOf, eights, rowOf, wholes } from './digits';
import {
  CONSTANTS,
  FLOAT16,
  FLOAT64,
  HUNDREDS,
  HUNDRED_MILLIONS,
  MYRIADS,
  NINES,
  POINTS,
  ROW_DIVISOR,
  TENS,
  ZEROS,
} from './layout';
import { toHalf } from './half';
import { tables } from './tables';

/** The bits of the number that the last call of `quick` found. */
export let quickBits: u64 = 0;

/** Reads the plain decimal in [start, end); false when it is none, too long, or halfway between two of the format's numbers. */
export function quick(start: usize, end: usize, format: u32): bool {
  const length = end - start;
  if (length > 15) return false;
  const constants = tables() + CONSTANTS;
  const bytes = v128.load(end - 16);
  const row = rowOf(digitRows(), start - 17, length, bytes, v128.load(constants, POINTS));
  const digits = digitsOf(row, bytes, v128.load(constants, ZEROS));
  if (v128.any_true(i8x16.sub_sat_u(digits, v128.load(constants, NINES)))) return false;
  const numbers = eights(digits, digits, v128.load(constants, TENS), v128.load(constants, HUNDREDS), v128.load(constants, MYRIADS));
  const value = f64x2.extract_lane(wholes(numbers, v128.load(constants, HUNDRED_MILLIONS)), 0) / load<f64>(row, ROW_DIVISOR);
  if (format == FLOAT64) quickBits = reinterpret<u64>(value);
  else if (format == FLOAT16) {
    const half = toHalf(value);
    if (half < 0) return false;
    quickBits = <u64>half;
  } else {
    if ((reinterpret<u64>(value) & 0x1fffffff) == 0x10000000) return false;
    quickBits = <u64>reinterpret<u32>(<f32>value);
  }
  return true;
}
