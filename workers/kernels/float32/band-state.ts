// What belongs to each row of a band (columns.ts) lies in arrays in the scratch, an element a row.

/** Rows of a band at most. */
export const BAND: usize = 256;

// Arrays by their offset in the scratch: four bytes an element, or eight.
const NARROW: usize = 4 * BAND;
const WIDE: usize = 8 * BAND;
export const LARGEST: usize = 0;
export const SMALLEST: usize = NARROW;
export const MAGIC: usize = 2 * NARROW;
export const REST: usize = 3 * NARROW;
/** The largest number's own exponential, and what rounding took from it. */
export const TOP: usize = 4 * NARROW;
export const TOP_LOST: usize = 5 * NARROW;
export const FIRST: usize = 6 * NARROW;
export const SECOND: usize = 7 * NARROW;
export const ROUNDED: usize = 8 * NARROW;
export const LOG_HIGH: usize = 9 * NARROW;
export const LOG_LOW: usize = 10 * NARROW;
/** What rounding took from the exponentials, of logits or of stored logarithms. */
export const LOST: usize = 11 * NARROW;
export const REASON: usize = 12 * NARROW;
/** Sums, while they are not where the caller wants them. */
export const SUM: usize = 13 * NARROW;
/** Sums of exponentials for log_softmax, then the exponents of `logarithm64`. */
export const EXPONENT: usize = SUM + WIDE;
/** log of the sum of e^((x - max) / temperature) */
export const L: usize = EXPONENT + WIDE;
/** Four columns of exponentials that are needed for their sum alone. */
export const BUFFER: usize = L + WIDE;
/** Bytes of the scratch that are taken here; the tiles of few-classes.ts follow. */
export const STATE_BYTES: usize = BUFFER + 4 * NARROW;

/** Classes of few.ts at most. */
export const FEWEST: usize = 5;
/** From one class's numbers to the next one's in the two arrays below. */
export const SLOT: usize = NARROW;
/** The exponentials of each class, and what rounding took from them: behind a tile of so few classes. */
export const EXPONENTIALS: usize = STATE_BYTES + FEWEST * SLOT;
export const TAKEN: usize = EXPONENTIALS + FEWEST * SLOT;
