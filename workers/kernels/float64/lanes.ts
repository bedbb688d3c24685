// Two columns at a time, for dim 0.

/** A lane for each of two columns, wherever they lie. */
export const APART: i32 = 1;
/** A lane for each of two columns that lie beside each other in every row. */
export const BESIDE: i32 = 2;

// @ts-ignore: decorator
@inline
export function loadPair(lanes: i32, a: usize, b: usize): v128 {
  return lanes == APART ? v128.load64_lane(b, v128.load64_zero(a), 1) : v128.load(a);
}
