// One class: the probability is 1, whatever the logit, as long as it is finite.
import { REASON_NAN, storeReason } from '../common';
import { BOTH, LOG_SOFTMAX } from '../ops';
import { fillNaN, reasonOf } from './special';

/** Rows lie beside each other. */
export function oneClass(op: i32, source: usize, target: usize, logTarget: usize, rows: usize, sums: usize): void {
  const result = f64x2.splat(op == LOG_SOFTMAX ? 0 : 1), one = f64x2.splat(1), zero = f64x2.splat(0);
  let row: usize = 0;
  for (; row + 2 <= rows; row += 2) {
    const at = row << 3, x = v128.load(source + at);
    if (i64x2.all_true(f64x2.eq(f64x2.sub(x, x), zero))) {
      v128.store(target + at, result);
      if (op == BOTH) v128.store(logTarget + at, zero);
      v128.store(sums + at, one);
    } else {
      oneRow(op, source + at, target + at, logTarget + at, sums + at);
      oneRow(op, source + at + 8, target + at + 8, logTarget + at + 8, sums + at + 8);
    }
  }
  if (row < rows) oneRow(op, source + (row << 3), target + (row << 3), logTarget + (row << 3), sums + (row << 3));
}

function oneRow(op: i32, source: usize, target: usize, logTarget: usize, sum: usize): void {
  const x = load<f64>(source);
  if (isFinite(x)) {
    store<f64>(target, op == LOG_SOFTMAX ? 0 : 1);
    if (op == BOTH) store<f64>(logTarget, 0);
    store<f64>(sum, 1);
  } else {
    storeReason(sum, isNaN(x) ? REASON_NAN : reasonOf(source, 8, 1, x));
    fillNaN(target, 8, 1);
    if (op == BOTH) fillNaN(logTarget, 8, 1);
  }
}
