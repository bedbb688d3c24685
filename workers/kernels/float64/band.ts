// A band of units, from their largest numbers to their results.
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import { addExponentials, storeExponentials } from './exponentials';
import { logsOf } from './logs';
import { storeProbabilities } from './results';
import { addOthers, anySure, endExponentials, endOthers, startOthers, sureLanes } from './totals';
import { exponentialsOfTwo } from './two-classes';
import { UNIT } from './units';

/**
 * Logits at `x`, probabilities at `p`, log-probabilities at `y`, where the op has them; each may take the place of the
 * logits, but for `both` only the latter. Returns the largest difference, for both.
 */
export function overBand(
  op: i32, across: bool, x: usize, xStep: usize, xStride: usize, p: usize, pStep: usize, pStride: usize, y: usize, yStep: usize,
  yStride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): f64 {
  if (!across && vectors == 2)
    exponentialsOfTwo(op != LOG_SOFTMAX, x, xStep, xStride, p, pStep, pStride, units, state);
  else if (op == LOG_SOFTMAX) addExponentials(x, xStep, xStride, vectors, odd, units, state);
  else storeExponentials(x, xStep, xStride, p, pStep, pStride, vectors, odd, units, state);
  endExponentials(op, across, units, state);
  if (op != SOFTMAX && anySure(units, state)) logarithmsOfSure(across, x, xStep, xStride, vectors, odd, units, state);
  if (op != LOG_SOFTMAX) storeProbabilities(p, pStep, pStride, vectors, odd, units, state);
  if (op == SOFTMAX) return 0;
  return logsOf(op, x, xStep, xStride, p, pStep, pStride, y, yStep, yStride, vectors, odd, units, state);
}

function logarithmsOfSure(
  across: bool, x: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  for (; units > 0; units--, x += step, state += UNIT) {
    if (!v128.any_true(sureLanes(state))) continue;
    startOthers(state);
    addOthers(x, stride, vectors, odd, state);
    endOthers(across, state);
  }
}
