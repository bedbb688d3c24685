// One row without a neighbour, its numbers `stride` bytes apart: it has both lanes, and goes through a tile.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { addExponentials, storeExponentials } from './exponentials';
import { logsOf } from './logs';
import { spoilRows, storeProbabilities, storeSums } from './results';
import { anyInvalid, startUnits } from './start';
import { addOthers, anySure, endExponentials, endOthers, startOthers } from './totals';
import { exponentialsOfTwo } from './two-classes';
import { FIRST_TILE, LARGEST, SECOND_TILE, TILE, scratch } from './units';

/** Vectors of a tile. */
const MOST: usize = TILE >> 4;

export function gatherLone(source: usize, stride: usize, count: usize, tile: usize): void {
  for (; count > 0; count--, source += stride, tile += 16) v128.store(tile, v128.load64_splat(source));
}
function scatterLone(tile: usize, count: usize, target: usize, stride: usize): void {
  for (; count > 0; count--, target += stride, tile += 16) v128.store64_lane(target, v128.load(tile), 0);
}

export function loneRow(
  op: i32, source: usize, stride: usize, target: usize, targetStride: usize, logTarget: usize, logStride: usize,
  classes: usize, sums: usize,
): f64 {
  const state = scratch, first = scratch + FIRST_TILE, second = scratch + SECOND_TILE;
  let m = f64x2.splat(-Infinity);
  for (let i: usize = 0; i < classes; i++) m = f64x2.pmax(m, v128.load64_splat(source + i * stride));
  v128.store(state, m, LARGEST);
  startUnits(source, 0, 0, stride, classes, 1, state);

  let x = source, xStride = stride;
  if (op == BOTH && source == target) {
    for (let i: usize = 0; i < classes; i++) store<f64>(logTarget + i * logStride, load<f64>(source + i * stride));
    x = logTarget;
    xStride = logStride;
  }
  for (let i: usize = 0; i < classes; i += MOST) {
    const count = min(classes - i, MOST);
    gatherLone(x + i * xStride, xStride, count, first);
    if (classes == 2) exponentialsOfTwo(true, first, 0, 16, second, 0, 16, 1, state);
    else if (op == LOG_SOFTMAX) addExponentials(first, 0, 16, count, false, 1, state);
    else storeExponentials(first, 0, 16, second, 0, 16, count, false, 1, state);
    if (op != LOG_SOFTMAX) scatterLone(second, count, target + i * targetStride, targetStride);
  }
  endExponentials(op, false, 1, state);
  if (op != SOFTMAX && anySure(1, state)) {
    startOthers(state);
    for (let i: usize = 0; i < classes; i += MOST) {
      const count = min(classes - i, MOST);
      gatherLone(x + i * xStride, xStride, count, first);
      addOthers(first, 16, count, false, state);
    }
    endOthers(false, state);
  }
  let difference: f64 = 0;
  const y = op == BOTH ? logTarget : target, yStride = op == BOTH ? logStride : targetStride;
  for (let i: usize = 0; i < classes; i += MOST) {
    const count = min(classes - i, MOST);
    if (op != LOG_SOFTMAX) {
      gatherLone(target + i * targetStride, targetStride, count, second);
      storeProbabilities(second, 0, 16, count, false, 1, state);
      scatterLone(second, count, target + i * targetStride, targetStride);
    }
    if (op == SOFTMAX) continue;
    gatherLone(x + i * xStride, xStride, count, first);
    difference = max(difference, logsOf(op, first, 0, 16, second, 0, 16, first, 0, 16, count, false, 1, state));
    scatterLone(first, count, y + i * yStride, yStride);
  }
  storeSums(op, false, 1, state, sums);
  if (anyInvalid) spoilRows(op, false, target, 0, targetStride, logTarget, 0, logStride, 1, classes, state, sums);
  return difference;
}
