// Rows that have no softmax.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN } from '../common';

/** Why a row whose largest number (NaN left aside) is `max` is invalid; 0 where that is finite. */
export function reasonOf(row: usize, stride: usize, classes: usize, max: f64): i64 {
  if (isFinite(max)) return 0;
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) if (isNaN(load<f64>(at))) return REASON_NAN;
  return max > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
}

export function fillNaN(row: usize, stride: usize, classes: usize): void {
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) store<u64>(at, 0x7ff8000000000000);
}
