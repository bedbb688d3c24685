// Rows that have no softmax, and sums that are none.
import { REASON_ALL_MINUS_INFINITY, REASON_INFINITY, REASON_NAN, storeReason } from '../common';

/** Why a row of numbers `stride` apart, the largest of which is infinite, is invalid. */
export function reasonOf(row: usize, stride: usize, classes: usize, largest: f32): i64 {
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) if (isNaN(load<f32>(at))) return REASON_NAN;
  return largest > 0 ? REASON_INFINITY : REASON_ALL_MINUS_INFINITY;
}

/** NaN throughout. */
export function fillNaN(row: usize, stride: usize, classes: usize): void {
  for (let i: usize = 0, at = row; i < classes; i++, at += stride) store<u32>(at, 0x7fc00000);
}

/** A sum of values that nobody has checked. Exponentials end at e^71, which stands for all beyond. */
export function storeSum(address: usize, sum: f64): void {
  if (isNaN(sum)) storeReason(address, REASON_NAN);
  else store<f64>(address, sum > 1e30 ? Infinity : sum);
}
