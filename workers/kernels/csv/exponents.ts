// Exponents of two digits with a sign, as the last four characters of a field: one word.
import { FIRST_POWER, POWER_BYTES, ROW_SIGN } from './layout';

/** Whether the four characters are an exponent with a sign and two digits; only the first is looked at. */
@inline
export function hasExponent(four: u32): usize {
  return <usize>(((four & 0xff) | 32) == 101);
}

/** The exponent, at most `largest` in size: for exponents that are too large for a table, or are none. */
@inline
export function exponentOf(four: u32, largest: u32): i32 {
  const size = <i32>min<u32>(((four >> 16) & 0xff) * 10 + (four >> 24) - 48 * 11, largest);
  return ((four >> 8) & 0xff) == 45 ? -size : size;
}

/** Not zero when the four characters, of which the first is an e, are no exponent. */
@inline
export function wrongExponent(four: u32): u32 {
  return u32(((four >> 16) & 0xff) - 48 > 9) | u32((four >> 24) - 48 > 9) | ((((four >> 8) & 0xff) - 43) & ~2);
}

/** The row of POWERS for 10^q with the sign of a digit row. */
@inline
export function powerOf(powers: usize, row: usize, q: i32): usize {
  return powers + <usize>load<u32>(row, ROW_SIGN) + <usize>(q + FIRST_POWER) * POWER_BYTES;
}
