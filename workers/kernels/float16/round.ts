// float32 to the values of the nearest halves, in place.
import { promoteHigh, promoteLow } from '../common';
import { rounded, roundingOf } from '../half';

const MAGNITUDE: usize = memory.data<u32>([0x7fffffff]);
// @ts-ignore: decorator
@inline
export function magnitudeMask(): v128 { return v128.load32_splat(MAGNITUDE); }

/** The rounded value; what is infinite as a half becomes 2^16, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function nearest(x: v128, mask: v128): v128 {
  const magnitude = f32x4.pmin(v128.and(x, mask), f32x4.splat(65536));
  return v128.or(rounded(magnitude, roundingOf(magnitude)), v128.andnot(x, mask));
}

/** `address` is that of a column of a tile, whose columns are multiples of 16 bytes: the last vector may go beyond `count`. */
export function roundColumn(address: usize, count: usize): void {
  const mask = magnitudeMask();
  for (const end = address + (count << 2); address < end; address += 16) v128.store(address, nearest(v128.load(address), mask));
}

/** Probabilities of one class; they are also added to the sums of their rows. NaN stays NaN. */
export function addRoundedColumn(address: usize, count: usize, sums: usize): void {
  for (const end = address + (count << 2); address < end; address += 16, sums += 32) {
    const p = v128.load(address), r = rounded(p, roundingOf(p));
    v128.store(address, r);
    v128.store(sums, f64x2.add(v128.load(sums), promoteLow(r)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), promoteHigh(r)), 16);
  }
}
