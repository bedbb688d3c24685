// Which loop suits the numbers of a tile.
import { QUOTE, SHAPE_EXPONENT, SHAPE_LONG, SHAPE_PLAIN, SHAPE_SHORT, SHAPE_TRIM } from './layout';
import { first, last, trim } from './field';
import { pointByte } from './tables';

const SAMPLED: usize = 64;

@inline
function hasPoint(start: usize, end: usize): bool {
  const point = pointByte();
  for (let p = start; p < end; p++) if (load<u8>(p) == point) return true;
  return false;
}

/** The shape of most of some fields, spread over the n of the lists; fields that are no numbers do not count. */
export function shapeOf(work: usize, starts: usize, ends: usize, n: usize): u32 {
  const step = max<usize>(1, n / SAMPLED);
  let numbers: u32 = 0, trimmed: u32 = 0, exponents: u32 = 0, plain: u32 = 0, long: u32 = 0;
  for (let i: usize = 0; i < n; i += step) {
    const start = <usize>load<u32>(starts + (i << 2)) + 17, end = <usize>load<u32>(ends + (i << 2)) + 16;
    if (!trim(work, start, end) || first == last) continue;
    const exponent = last - first > 4 && (load<u8>(last - 4) | 32) == 101 ? <usize>4 : 0;
    numbers++;
    trimmed += u32(first != start || last != end);
    exponents += u32(exponent != 0);
    plain += u32(last - first > 8 + <usize>(load<u8>(first) == 45) + <usize>hasPoint(first, last));
    long += u32(last - first - exponent > 15);
  }
  const shape =
    long * 2 > numbers ? SHAPE_LONG
    : exponents * 8 > numbers ? SHAPE_EXPONENT
    : plain * 32 > numbers ? SHAPE_PLAIN
    : SHAPE_SHORT;
  return <u32>shape | (trimmed * 8 > numbers ? SHAPE_TRIM : 0);
}
