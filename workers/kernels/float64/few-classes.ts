// Rows of few classes: two rows become one unit of a tile, whose vectors hold a class of both.
import { LARGEST, TILE, UNIT, UNITS } from './units';

/** As many units as a tile holds. */
// @ts-ignore: decorator
@inline
export function unitsOfTile(classes: usize): usize { return min<usize>(TILE / (classes << 4), UNITS); }

/** Rows one after the other into the tile, and their largest numbers into the states. The last of an odd number of rows has both lanes. */
export function gather(source: usize, rows: usize, classes: usize, tile: usize, state: usize): void {
  const length = classes << 3, pairs = classes >> 1;
  for (; rows > 0; rows -= 2, state += UNIT) {
    let a = source, b = rows > 1 ? source + length : source, m = f64x2.splat(-Infinity), n = pairs;
    if (n > 0) do {
      const first = v128.load(a), second = v128.load(b), x = v128.shuffle<u64>(first, second, 0, 2),
        y = v128.shuffle<u64>(first, second, 1, 3);
      v128.store(tile, x);
      v128.store(tile, y, 16);
      // pmax(m, x) is m < x ? x : m, which never lets a NaN in x through.
      m = f64x2.pmax(f64x2.pmax(m, x), y);
      a += 16;
      b += 16;
      tile += 32;
    } while (--n > 0);
    if (classes & 1) {
      const x = v128.load64_lane(b, v128.load64_zero(a), 1);
      v128.store(tile, x);
      m = f64x2.pmax(m, x);
      tile += 16;
    }
    v128.store(state, m, LARGEST);
    if (rows == 1) break;
    source += length << 1;
  }
}

/** A tile to rows one after the other. */
export function scatter(tile: usize, rows: usize, classes: usize, target: usize): void {
  const length = classes << 3, pairs = classes >> 1;
  for (; rows > 1; rows -= 2) {
    let a = target, b = target + length, n = pairs;
    if (n > 0) do {
      const x = v128.load(tile), y = v128.load(tile, 16);
      v128.store(a, v128.shuffle<u64>(x, y, 0, 2));
      v128.store(b, v128.shuffle<u64>(x, y, 1, 3));
      a += 16;
      b += 16;
      tile += 32;
    } while (--n > 0);
    if (classes & 1) {
      const x = v128.load(tile);
      v128.store64_lane(a, x, 0);
      v128.store64_lane(b, x, 1);
      tile += 16;
    }
    target += length << 1;
  }
  if (rows == 1) for (let i: usize = 0; i < classes; i++) v128.store64_lane(target + (i << 3), v128.load(tile + (i << 4)), 0);
}
