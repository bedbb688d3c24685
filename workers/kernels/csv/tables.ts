/** Where workers/csv/tables.ts writes the tables: after this module's constants, in its own region below the slabs. */
@inline
export function tables(): usize {
  return (__heap_base + 63) & ~63;
}
