// One class: the probability is 1, whatever the logit, as long as it is finite.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX } from '../ops';

/** Of no class at all (`classes` 0) the sum is 0. */
export function oneClass(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): void {
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return;
  }
  const one = f32x4.splat(op == LOG_SOFTMAX ? 0 : 1), zero = f32x4.splat(0), unit = f64x2.splat(1);
  let row: usize = 0;
  for (; row + 4 <= rows; row += 4) {
    const x = v128.load(source + (row << 2));
    if (v128.any_true(f32x4.ne(f32x4.sub(x, x), zero))) {
      for (let lane = row; lane < row + 4; lane++) oneRow(op, source, target, logTarget, lane, sums);
      continue;
    }
    v128.store(target + (row << 2), one);
    if (op == BOTH) v128.store(logTarget + (row << 2), zero);
    v128.store(sums + (row << 3), unit);
    v128.store(sums + (row << 3), unit, 16);
  }
  for (; row < rows; row++) oneRow(op, source, target, logTarget, row, sums);
}

function oneRow(op: i32, source: usize, target: usize, logTarget: usize, row: usize, sums: usize): void {
  const x = load<f32>(source + (row << 2));
  if (isFinite(x)) store<f64>(sums + (row << 3), 1);
  else storeReason(sums + (row << 3), isNaN(x) ? REASON_NAN : x > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY);
  store<f32>(target + (row << 2), isFinite(x) ? (op == LOG_SOFTMAX ? 0 : 1) : NaN);
  if (op == BOTH) store<f32>(logTarget + (row << 2), isFinite(x) ? 0 : NaN);
}
