// One row of halves that comes in pieces: as float32/pieces.ts, a tile of a piece at a time.
import {
  row_begin, row_exponentials, row_extremes, row_has_results, row_needs_others, row_others, stored_begin, stored_end, stored_piece,
} from '../float32';
import { largestLane } from '../float32/lanes';
import { addLogs, endRow, isInvalid, logsOf, probabilitiesOf } from '../float32/pieces';
import { BOTH, LOG_SOFTMAX, SOFTMAX, OF_EXPONENTIALS, OF_VALUES } from '../ops';
import { fillNaN, largestDifference, narrowProbabilities, roundAny } from './narrow';
import { widen } from './widen';
import { bytesOfWork, work } from './work';

/** Elements of a tile: whole blocks of float32's sums; two tiles are in the area. */
const TILE: usize = 2048;

let op: i32 = SOFTMAX;
/** Of the stored probabilities. */
let stored: f64 = 0;

export function beginRow(rowOp: i32, classes: usize): void {
  if (bytesOfWork() < TILE << 3) unreachable();
  op = rowOp;
  stored = 0;
  row_begin(rowOp, classes);
}

export function addExtremes(source: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += TILE) row_extremes(work, widened(source, i, count));
}

export function endExtremes(): bool { return row_has_results(); }

export function addExponentials(source: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += TILE) row_exponentials(work, widened(source, i, count));
}

export function endExponentials(): bool { return row_needs_others(); }

export function addOthers(source: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += TILE) row_others(work, widened(source, i, count));
}

/** Makes a tile of the elements from i on; returns how many they are. */
// @ts-ignore: decorator
@inline
function widened(source: usize, i: usize, count: usize): usize {
  const length = min(TILE, count - i);
  widen(source + (i << 1), work, length);
  return length;
}

export function resultsOf(source: usize, target: usize, logTarget: usize, count: usize): f64 {
  if (isInvalid()) {
    fillNaN(target, count);
    if (op == BOTH) fillNaN(logTarget, count);
    return 0;
  }
  const second = work + (TILE << 2);
  let difference = f32x4.splat(0);
  for (let i: usize = 0; i < count; i += TILE) {
    const length = widened(source, i, count), at = i << 1;
    if (op == LOG_SOFTMAX) {
      logsOf(work, work, length);
      roundAny(work, target + at, length);
      addLogs(work, length);
      continue;
    }
    if (op == BOTH) {
      logsOf(work, second, length);
      roundAny(second, logTarget + at, length);
    }
    probabilitiesOf(work, work, length);
    if (op == BOTH) {
      stored += narrowProbabilities(true, work, target + at, length);
      difference = f32x4.pmax(difference, largestDifference(work, second, length));
    } else stored += narrowProbabilities(false, work, target + at, length);
  }
  return <f64>largestLane(difference);
}

export function endPieces(sums: usize): void {
  endRow(sums);
  if (!isInvalid() && op != LOG_SOFTMAX) store<f64>(sums, stored);
}

export function beginSum(ofLogs: bool): void { stored_begin(ofLogs ? OF_EXPONENTIALS : OF_VALUES); }

export function addStored(source: usize, count: usize): void {
  for (let i: usize = 0; i < count; i += TILE) stored_piece(work, widened(source, i, count));
}

export function endSum(sums: usize): void { stored_end(sums); }
