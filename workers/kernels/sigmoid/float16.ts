// Halves become float32 a tile at a time, and what float32.ts makes of them is rounded once.
import { narrowAny } from '../float16/narrow';
import { widen } from '../float16/widen';
import { bytesOfWork, work } from '../float16/work';
import { sigmoidOf32 } from './float32';

/** Elements of a tile at most: it should stay in the first-level cache. */
const TILE: usize = 2048;

/** Returns whether one of them is NaN. `target` may be `source`. */
export function sigmoidOf16(source: usize, target: usize, count: usize, inverse: f64): bool {
  const most = min(TILE, bytesOfWork() >> 2);
  let nan = false;
  for (let i: usize = 0; i < count; i += most) {
    const length = min(most, count - i), at = i << 1;
    widen(source + at, work, length);
    if (sigmoidOf32(work, work, length, inverse)) nan = true;
    narrowAny(work, target + at, length);
  }
  return nan;
}
