// What is kept of each unit while the passes go over it. A unit is two rows, a lane for each, or one row whose classes
// run across both lanes. Its numbers lie in vectors `stride` bytes apart, those of the next unit `step` bytes further.
// Passes do the same to all units of a band, one after the other: what happens once to each row overlaps with what
// happens to the next one.

/** Most units of a band. */
export const UNITS: usize = 32;

// Vectors of a unit's state: its largest number (0 where that is infinite); the sum at hand, and what it lost; …
export const LARGEST: usize = 0;
export const SUM: usize = 16;
export const LOST: usize = 32;
/** … the sum of the exponentials, 1 / sum and log(sum), in two parts each; … */
export const TOTAL: usize = 48;
export const TOTAL_REST: usize = 64;
export const INVERSE: usize = 80;
export const INVERSE_REST: usize = 96;
export const LOG: usize = 112;
export const LOG_REST: usize = 128;
/** … the sum of all exponentials but the largest, where it is needed; why a row is invalid, as an integer, if any is. */
export const OTHERS: usize = 144;
export const OTHERS_LOST: usize = 160;
export const REASON: usize = 176;
export const UNIT: usize = 192;

/** Bytes of a tile: units in a row, their vectors beside each other. */
export const TILE: usize = 16384;
// Where they lie in the scratch; the second tile is for `both`.
export const FIRST_TILE: usize = (UNITS * UNIT + 63) & ~63;
export const SECOND_TILE: usize = FIRST_TILE + TILE;

export let scratch: usize = 0;
export function set_scratch(address: usize): void { scratch = address; }
