import { CONSTANTS, POINTS } from './layout';

/** Where workers/csv/tables.ts writes the tables: after this module's constants, in its own region below the slabs. */
@inline
export function tables(): usize {
  return (__heap_base + 63) & ~63;
}

/** What stands before a number's fraction. */
@inline
export function pointByte(): u32 {
  return load<u8>(tables() + CONSTANTS, POINTS);
}
