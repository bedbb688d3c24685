// What belongs to each row of a band (columns.ts) lies in arrays in the scratch, an element a row.

/** Rows of a band at most. */
export const BAND: usize = 256;

// Arrays by their offset in the scratch: four bytes an element, or eight.
const NARROW: usize = 4 * BAND;
const WIDE: usize = 8 * BAND;
export const LARGEST: usize = 0;
export const SMALLEST: usize = NARROW;
export const SHIFT: usize = 2 * NARROW;
export const MAGIC: usize = 3 * NARROW;
export const REST_HIGH: usize = 4 * NARROW;
export const REST_LOW: usize = 5 * NARROW;
/** How often the largest occurs. */
export const TIES: usize = 6 * NARROW;
export const FIRST: usize = 7 * NARROW;
export const SECOND: usize = 8 * NARROW;
export const ROUNDED: usize = 9 * NARROW;
export const LOG_HIGH: usize = 10 * NARROW;
export const LOG_LOW: usize = 11 * NARROW;
/** What rounding took from the exponentials, of logits or of stored logarithms. */
export const LOST: usize = 12 * NARROW;
export const REASON: usize = 13 * NARROW;
/** Sums, while they are not where the caller wants them. */
export const SUM: usize = 14 * NARROW;
/** Sums of the exponentials that are not SCALE. */
export const OTHERS: usize = SUM + WIDE;
/** log of the sum of e^((x - max) / temperature) */
export const L: usize = OTHERS + WIDE;
/** Four columns of exponentials that are needed for their sum alone. */
export const BUFFER: usize = L + WIDE;
/** Bytes of the scratch that are taken here. */
export const STATE_BYTES: usize = BUFFER + 4 * NARROW;
