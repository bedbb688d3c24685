// Rows of few classes are computed as columns, as those of float32 are: see float32/few-classes.ts. The sums of what
// is stored are taken while the rows still are columns.
import { compute_columns, sum_columns } from '../float32';
import { gather, scatter } from '../float32/few-classes';
import { largestLane } from '../float32/lanes';
import { BOTH, LOG_SOFTMAX, OF_EXPONENTIALS, OF_VALUES } from '../ops';
import { largestDifference, narrowAny } from './narrow';
import { addRoundedColumn, roundColumn } from './round';
import { replaceSums } from './stored-sums';
import { widen } from './widen';
import { work } from './work';

/** Bytes of a tile as rows, and as columns, of which `both` needs two; and rows of a tile at most. */
const TILE: usize = 8192;
const MOST_ROWS: usize = 256;

// @ts-ignore: decorator
@inline
function rowsOfTile(classes: usize): usize { return min<usize>(TILE / (classes << 2), MOST_ROWS) & ~7; }

export function fewClasses(
  op: i32, source: usize, target: usize, logTarget: usize, count: usize, classes: usize, sums: usize,
): f64 {
  const most = rowsOfTile(classes), stride = most << 2, first = work + TILE, second = first + TILE, better = second + TILE;
  let difference = f32x4.splat(0);
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), at = (row * classes) << 1, sum = sums + (row << 3);
    widen(source + at, work, height * classes);
    gather(work, height, classes, first, stride);
    compute_columns(op, first, stride, first, stride, second, stride, height, classes, sum);
    if (op == LOG_SOFTMAX) {
      for (let i: usize = 0; i < classes; i++) roundColumn(first + i * stride, height);
      sum_columns(OF_EXPONENTIALS, first, stride, height, classes, better);
    } else {
      memory.fill(better, 0, ((height + 3) & ~3) << 3);
      for (let i: usize = 0; i < classes; i++) addRoundedColumn(first + i * stride, height, better);
    }
    replaceSums(sum, better, height);
    scatter(first, stride, height, classes, work);
    narrowAny(work, target + at, height * classes);
    if (op == BOTH) {
      for (let i: usize = 0; i < classes; i++) {
        const logs = second + i * stride;
        roundColumn(logs, height);
        difference = f32x4.pmax(difference, largestDifference(first + i * stride, logs, height));
      }
      scatter(second, stride, height, classes, work);
      narrowAny(work, logTarget + at, height * classes);
    }
  }
  return <f64>largestLane(difference);
}

export function sumFewClasses(ofLogs: bool, source: usize, count: usize, classes: usize, sums: usize): void {
  const most = rowsOfTile(classes), stride = most << 2, first = work + TILE;
  for (let row: usize = 0; row < count; row += most) {
    const height = min(count - row, most), sum = sums + (row << 3);
    widen(source + ((row * classes) << 1), work, height * classes);
    gather(work, height, classes, first, stride);
    sum_columns(ofLogs ? OF_EXPONENTIALS : OF_VALUES, first, stride, height, classes, sum);
  }
}
