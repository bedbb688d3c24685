// The probabilities of a band's units, and the sums of what is stored.
import { storeReason } from '../common';
import { BOTH, LOG_SOFTMAX } from '../ops';
import { fillNaN } from './special';
import { acrossHigh, halfMask, loss, one, scale, scaled, totalHigh, totalLow, unscale } from './sums';
import { INVERSE, INVERSE_REST, LOST, REASON, SUM, UNIT } from './units';

/** Exponentials to probabilities, in their place, and onto the sums. Exported from the module: see exponentials.ts. */
export function storeProbabilities(
  target: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  const upper = halfMask(), down = unscale();
  do {
    const inverse = v128.load(state, INVERSE), inverseRest = v128.load(state, INVERSE_REST);
    let sum = v128.load(state, SUM), lost = v128.load(state, LOST), to = target, n = vectors;
    if (n > 0) do {
      const p = scaled(v128.load(to), inverse, inverseRest, down, upper);
      v128.store(to, p);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
      to += stride;
    } while (--n > 0);
    if (odd) {
      const p = scaled(v128.load64_zero(to), inverse, inverseRest, down, upper);
      v128.store64_lane(to, p, 0);
      const next = f64x2.add(sum, p);
      lost = f64x2.add(lost, loss(sum, p, next));
      sum = next;
    }
    v128.store(state, sum, SUM);
    v128.store(state, lost, LOST);
    target += step;
    state += UNIT;
  } while (--units > 0);
}

/** The sums of what was stored, of `rows` rows. */
export function storeSums(op: i32, across: bool, rows: usize, state: usize, sums: usize): void {
  const ofLogs = op == LOG_SOFTMAX, start = ofLogs ? scale() : one(), down = ofLogs ? unscale() : one();
  for (; rows > 0; state += UNIT) {
    const sum = v128.load(state, SUM), lost = v128.load(state, LOST), high = totalHigh(sum, lost, start);
    const total = f64x2.mul(across ? acrossHigh(high, totalLow(sum, lost, start)) : high, down);
    if (across || rows == 1) {
      v128.store64_lane(sums, total, 0);
      sums += 8;
      rows--;
    } else {
      v128.store(sums, total);
      sums += 16;
      rows -= 2;
    }
  }
}

/** NaN for rows that have no softmax, and why. Rows and numbers lie so many bytes apart. */
export function spoilRows(
  op: i32, across: bool, target: usize, step: usize, stride: usize, logTarget: usize, logStep: usize, logStride: usize,
  rows: usize, classes: usize, state: usize, sums: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const reason = load<i64>(across ? state + row * UNIT : state + (row >> 1) * UNIT + ((row & 1) << 3), REASON);
    if (reason == 0) continue;
    storeReason(sums + (row << 3), reason);
    fillNaN(target + row * step, stride, classes);
    if (op == BOTH) fillNaN(logTarget + row * logStep, logStride, classes);
  }
}
