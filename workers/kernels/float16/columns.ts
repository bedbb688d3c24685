// Column-major tiles of halves: some rows of all columns at a time become float32.
import { compute_columns, sum_columns } from '../float32';
import { largestLane } from '../float32/lanes';
import { BOTH, LOG_SOFTMAX, OF_EXPONENTIALS, OF_VALUES } from '../ops';
import { largestDifference, narrowColumn, roundAny } from './narrow';
import { anyNaN, replaceSums } from './stored-sums';
import { widen } from './widen';
import { bytesOfWork, work } from './work';

/** Rows of a tile at most: their sums are taken beside it. */
const MOST_ROWS: usize = 512;

/** How many rows fit in the area as `tiles` tiles, beside their sums. */
function heightOf(classes: usize, tiles: usize, count: usize): usize {
  const room = bytesOfWork() - MOST_ROWS * 8;
  const most = min((room / (tiles * classes)) >> 2, MOST_ROWS) & ~3;
  if (most == 0) unreachable();
  return min(most, count);
}

/** From one column of the tile to the next: an odd number of cache lines keeps columns out of each other's sets. */
function strideOf(height: usize, classes: usize, tiles: usize): usize {
  const tight = ((height << 2) + 15) & ~15, apart = (((tight + 63) >> 6) | 1) << 6;
  return apart * classes * tiles <= bytesOfWork() - MOST_ROWS * 8 ? apart : tight;
}

function widenColumns(source: usize, sourceStride: usize, height: usize, classes: usize, tile: usize, stride: usize): void {
  for (let i: usize = 0; i < classes; i++) widen(source + i * sourceStride, tile + i * stride, height);
}

export function tileColumns(
  op: i32, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize,
  count: usize, classes: usize, sums: usize,
): f64 {
  if (classes == 0) {
    memory.fill(sums, 0, count << 3);
    return 0;
  }
  const tiles: usize = op == BOTH ? 2 : 1, most = heightOf(classes, tiles, count), stride = strideOf(most, classes, tiles),
    better = work, first = work + MOST_ROWS * 8, second = first + classes * stride;
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), at = row << 1, sum = sums + (row << 3);
    widenColumns(source + at, sourceStride, height, classes, first, stride);
    compute_columns(op, first, stride, first, stride, second, stride, height, classes, sum);
    if (op == LOG_SOFTMAX) {
      for (let i: usize = 0; i < classes; i++) roundAny(first + i * stride, target + at + i * targetStride, height);
      sum_columns(OF_EXPONENTIALS, first, stride, height, classes, better);
    } else if (anyNaN(sum, height)) {
      for (let i: usize = 0; i < classes; i++) roundAny(first + i * stride, target + at + i * targetStride, height);
      sum_columns(OF_VALUES, first, stride, height, classes, better);
    } else {
      memory.fill(better, 0, height << 3);
      for (let i: usize = 0; i < classes; i++) {
        if (op == BOTH) narrowColumn(true, first + i * stride, target + at + i * targetStride, height, better);
        else narrowColumn(false, first + i * stride, target + at + i * targetStride, height, better);
      }
    }
    replaceSums(sum, better, height);
    if (op == BOTH) {
      for (let i: usize = 0; i < classes; i++) {
        const logs = second + i * stride;
        roundAny(logs, logTarget + at + i * logTargetStride, height);
        difference = f32x4.pmax(difference, largestDifference(first + i * stride, logs, height));
      }
    }
  }
  return <f64>largestLane(difference);
}

export function sumTileColumns(
  ofLogs: bool, source: usize, sourceStride: usize, count: usize, classes: usize, sums: usize,
): void {
  if (classes == 0) {
    memory.fill(sums, 0, count << 3);
    return;
  }
  const most = heightOf(classes, 1, count), stride = strideOf(most, classes, 1), tile = work + MOST_ROWS * 8;
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), sum = sums + (row << 3);
    widenColumns(source + (row << 1), sourceStride, height, classes, tile, stride);
    sum_columns(ofLogs ? OF_EXPONENTIALS : OF_VALUES, tile, stride, height, classes, sum);
  }
}
