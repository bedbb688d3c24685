// What all fast loops share: the digits of a field that ends at a known place, all at once.
//
// Lists hold the address of a field's end less 16, so that a load from there is the 16 bytes that end with the field,
// and the address of the delimiter before the field less 16, so that their difference less one is the field's length.
// The place of the last point among those bytes, the length and the sign choose a row of a table, which says how to
// shift the digits together and by which power of ten to divide. Nothing branches: a byte that is no digit comes out
// above nine, and the loop's caller reads that field again.
import { DIGIT_ROWS, DIGIT_ROWS_OF_LENGTH, DIGIT_ROWS_OF_SIGN, DIGIT_ROW_BYTES, ROW_SWIZZLE } from './layout';
import { tables } from './tables';

const MINUS: u32 = 45;

/** clz of a mask of 16 lanes is 16 more than the place of its last bit, counted from the end. */
const CLZ_EXCESS: usize = 16 * DIGIT_ROW_BYTES;

/** Where the rows begin, for rowOf. */
@inline
export function digitRows(): usize {
  return tables() + DIGIT_ROWS - CLZ_EXCESS;
}

/** The row of the field whose last 16 bytes are `bytes`; lengths up to 15. */
@inline
export function rowOf(rows: usize, before: usize, length: usize, bytes: v128, points: v128): usize {
  return (
    rows +
    <usize>(load<u8>(before, 17) == MINUS) * DIGIT_ROWS_OF_SIGN +
    (length & 15) * DIGIT_ROWS_OF_LENGTH +
    <usize>clz(i8x16.bitmask(i8x16.eq(bytes, points))) * DIGIT_ROW_BYTES
  );
}

/** The digits' values, shifted to the right; lanes with something else come out above nine. */
@inline
export function digitsOf(row: usize, bytes: v128, zeros: v128): v128 {
  const values = i8x16.sub(bytes, zeros), lanes = v128.load(row, ROW_SWIZZLE);
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(values, lanes);
  return i8x16.swizzle(values, lanes);
}

/** Two times sixteen digits as four numbers of eight: the high and the low half of a, then of b. */
@inline
export function eights(a: v128, b: v128, tens: v128, hundreds: v128, myriads: v128): v128 {
  const pairsA = i16x8.shr_u(i16x8.mul(a, tens), 8), pairsB = i16x8.shr_u(i16x8.mul(b, tens), 8);
  return i32x4.dot_i16x8_s(
    i16x8.narrow_i32x4_u(i32x4.dot_i16x8_s(pairsA, hundreds), i32x4.dot_i16x8_s(pairsB, hundreds)),
    myriads,
  );
}

/** What `eights` returns as two float64: exact, for 15 digits or less. */
@inline
export function wholes(numbers: v128, hundredMillions: v128): v128 {
  const high = f64x2.convert_low_i32x4_s(i8x16.shuffle(numbers, numbers, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
  const low = f64x2.convert_low_i32x4_s(i8x16.shuffle(numbers, numbers, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15));
  return f64x2.add(f64x2.mul(high, hundredMillions), low);
}
