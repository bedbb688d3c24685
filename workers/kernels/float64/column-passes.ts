// dim 0: both passes over a pair of columns, for all that they may be. Exported from the module, so that each stays a
// function of its own: V8 compiles those that are used, when they are.
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { applyPair } from './column-apply';
import { foldPair } from './column-fold';
import { APART, BESIDE } from './lanes';

export function foldQuotients(a: usize, b: usize, stride: usize, rows: usize, at: usize, bytes: usize): void {
  foldPair(APART, true, a, b, stride, rows, at, bytes);
}
export function foldApart(a: usize, b: usize, stride: usize, rows: usize, at: usize, bytes: usize): void {
  foldPair(APART, false, a, b, stride, rows, at, bytes);
}
export function foldBeside(a: usize, b: usize, stride: usize, rows: usize, at: usize, bytes: usize): void {
  foldPair(BESIDE, false, a, b, stride, rows, at, bytes);
}

export function applyQuotientProbabilities(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize, alone: bool,
): f64 {
  return applyPair(SOFTMAX, APART, true, alone, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyQuotientLogs(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize, alone: bool,
): f64 {
  return applyPair(LOG_SOFTMAX, APART, true, alone, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyQuotientBoth(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize, alone: bool,
): f64 {
  return applyPair(BOTH, APART, true, alone, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyApartProbabilities(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize, alone: bool,
): f64 {
  return applyPair(SOFTMAX, APART, false, alone, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyApartLogs(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize, alone: bool,
): f64 {
  return applyPair(LOG_SOFTMAX, APART, false, alone, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyApartBoth(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize, alone: bool,
): f64 {
  return applyPair(BOTH, APART, false, alone, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyBesideProbabilities(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize,
): f64 {
  return applyPair(SOFTMAX, BESIDE, false, false, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyBesideLogs(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize,
): f64 {
  return applyPair(LOG_SOFTMAX, BESIDE, false, false, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
export function applyBesideBoth(
  a: usize, b: usize, stride: usize, ta: usize, tb: usize, targetStride: usize, la: usize, lb: usize, logStride: usize,
  rows: usize, at: usize, bytes: usize, sums: usize,
): f64 {
  return applyPair(BOTH, BESIDE, false, false, a, b, stride, ta, tb, targetStride, la, lb, logStride, rows, at, bytes, sums);
}
