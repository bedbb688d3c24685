// float32.wasm: see SoftmaxKernels in src/kernels.ts.
import { overColumns } from './float32/columns';
import { BOTH, LOG_SOFTMAX, SOFTMAX, overRows } from './float32/rows';

export { madd_is_fused } from './common';

let inverseTemperature: f64 = 1;

export function set_temperature(temperature: f64): void {
  // Below 2^-1000 any two logits that differ do so by more than float32 holds; above, the inverse is finite.
  inverseTemperature = 1 / max(temperature, 9.332636185032189e-302);
}

export function softmax_rows(source: usize, target: usize, rows: usize, classes: usize, sums: usize): void {
  if (inverseTemperature == 1) overRows(SOFTMAX, false, source, target, 0, rows, classes, sums, 1);
  else overRows(SOFTMAX, true, source, target, 0, rows, classes, sums, inverseTemperature);
}

export function log_softmax_rows(source: usize, target: usize, rows: usize, classes: usize, sums: usize): void {
  if (inverseTemperature == 1) overRows(LOG_SOFTMAX, false, source, target, 0, rows, classes, sums, 1);
  else overRows(LOG_SOFTMAX, true, source, target, 0, rows, classes, sums, inverseTemperature);
}

export function both_rows(
  source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  if (inverseTemperature == 1) return overRows(BOTH, false, source, target, logTarget, rows, classes, sums, 1);
  return overRows(BOTH, true, source, target, logTarget, rows, classes, sums, inverseTemperature);
}

export function softmax_columns(
  source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: usize,
  classes: usize, sums: usize,
): void {
  if (inverseTemperature == 1) overColumns(SOFTMAX, false, source, sourceStride, target, targetStride, 0, 0, rows, classes, sums, 1);
  else overColumns(SOFTMAX, true, source, sourceStride, target, targetStride, 0, 0, rows, classes, sums, inverseTemperature);
}

export function log_softmax_columns(
  source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: usize,
  classes: usize, sums: usize,
): void {
  if (inverseTemperature == 1) overColumns(LOG_SOFTMAX, false, source, sourceStride, target, targetStride, 0, 0, rows, classes, sums, 1);
  else overColumns(LOG_SOFTMAX, true, source, sourceStride, target, targetStride, 0, 0, rows, classes, sums, inverseTemperature);
}

export function both_columns(
  source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize, logTargetStride: usize, rows: usize,
  classes: usize, sums: usize,
): f64 {
  if (inverseTemperature == 1) return overColumns(BOTH, false, source, sourceStride, target, targetStride, logTarget, logTargetStride, rows, classes, sums, 1);
  return overColumns(BOTH, true, source, sourceStride, target, targetStride, logTarget, logTargetStride, rows, classes, sums, inverseTemperature);
}
