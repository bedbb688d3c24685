// Softmax over many rows: row-major, or column-major. Which lanes do what depends on the number of classes alone, so
// that a row's bits do not depend on the rows beside it.
import { oneClass } from './one-class';
import { ACROSS, APART, BESIDE, BOTH, LOG_SOFTMAX, SOFTMAX, rows as softmax } from './softmax';
import { sumStored } from './stored';
import { divides, inverse, inverseRest, prescale } from './temperature';

/** Rows of at least so many classes have lanes run across them; of fewer, two rows are done at a time. */
const ACROSS_FROM: usize = 64;

export function overRows(
  op: i32, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return 0;
  }
  if (classes == 1) {
    oneClass(op, source, target, logTarget, rows, sums);
    return 0;
  }
  const length = classes << 3;
  if (classes < ACROSS_FROM)
    return apart(op, source, length, 8, target, length, 8, logTarget, length, 8, rows, classes, sums);
  if (divides) {
    if (op == SOFTMAX) return across(SOFTMAX, true, source, target, logTarget, rows, classes, sums);
    if (op == LOG_SOFTMAX) return across(LOG_SOFTMAX, true, source, target, logTarget, rows, classes, sums);
    return across(BOTH, true, source, target, logTarget, rows, classes, sums);
  }
  if (op == SOFTMAX) return across(SOFTMAX, false, source, target, logTarget, rows, classes, sums);
  if (op == LOG_SOFTMAX) return across(LOG_SOFTMAX, false, source, target, logTarget, rows, classes, sums);
  return across(BOTH, false, source, target, logTarget, rows, classes, sums);
}

export function overColumns(
  op: i32, source: usize, stride: usize, target: usize, targetStride: usize, logTarget: usize, logStride: usize,
  rows: usize, classes: usize, sums: usize,
): f64 {
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return 0;
  }
  if (classes == 1) {
    oneClass(op, source, target, logTarget, rows, sums);
    return 0;
  }
  const pairs: usize = rows & ~1;
  let d: f64 = 0;
  if (divides) {
    if (op == SOFTMAX) beside(SOFTMAX, true, source, stride, target, targetStride, 0, 0, pairs, classes, sums);
    else if (op == LOG_SOFTMAX) beside(LOG_SOFTMAX, true, source, stride, target, targetStride, 0, 0, pairs, classes, sums);
    else d = beside(BOTH, true, source, stride, target, targetStride, logTarget, logStride, pairs, classes, sums);
  } else {
    if (op == SOFTMAX) beside(SOFTMAX, false, source, stride, target, targetStride, 0, 0, pairs, classes, sums);
    else if (op == LOG_SOFTMAX) beside(LOG_SOFTMAX, false, source, stride, target, targetStride, 0, 0, pairs, classes, sums);
    else d = beside(BOTH, false, source, stride, target, targetStride, logTarget, logStride, pairs, classes, sums);
  }
  if (pairs == rows) return d;
  const last: usize = pairs << 3;
  return max(d, apart(
    op, source + last, 0, stride, target + last, 0, targetStride, logTarget + last, 0, logStride, 1, classes, sums + last,
  ));
}

/** Element (row, class) lies at source + row * step + class * stride. */
export function apart(
  op: i32, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize,
  logTarget: usize, logStep: usize, logStride: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  if (divides) {
    if (op == SOFTMAX)
      return pairs(SOFTMAX, true, source, step, stride, target, targetStep, targetStride, 0, 0, 0, rows, classes, sums);
    if (op == LOG_SOFTMAX)
      return pairs(LOG_SOFTMAX, true, source, step, stride, target, targetStep, targetStride, 0, 0, 0, rows, classes, sums);
    return pairs(
      BOTH, true, source, step, stride, target, targetStep, targetStride, logTarget, logStep, logStride, rows, classes, sums,
    );
  }
  if (op == SOFTMAX)
    return pairs(SOFTMAX, false, source, step, stride, target, targetStep, targetStride, 0, 0, 0, rows, classes, sums);
  if (op == LOG_SOFTMAX)
    return pairs(LOG_SOFTMAX, false, source, step, stride, target, targetStep, targetStride, 0, 0, 0, rows, classes, sums);
  return pairs(
    BOTH, false, source, step, stride, target, targetStep, targetStride, logTarget, logStep, logStride, rows, classes, sums,
  );
}

// @ts-ignore: decorator
@inline
function across(
  op: i32, divide: bool, source: usize, target: usize, logTarget: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  const length = classes << 3, scale = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const d = softmax(
      op, divide, ACROSS, source, source, 8, target, target, 8, logTarget, logTarget, 8, classes, sums, sums, scale, t, tRest,
    );
    difference = max(difference, d);
    source += length;
    target += length;
    logTarget += length;
    sums += 8;
  }
  return difference;
}

// @ts-ignore: decorator
@inline
function pairs(
  op: i32, divide: bool, source: usize, step: usize, stride: usize, target: usize, targetStep: usize, targetStride: usize,
  logTarget: usize, logStep: usize, logStride: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  const scale = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; row += 2) {
    // The last of an odd number of rows is done in both lanes.
    const one: usize = row + 1 < rows ? 1 : 0;
    const d = softmax(
      op, divide, APART, source, source + one * step, stride, target, target + one * targetStep, targetStride,
      logTarget, logTarget + one * logStep, logStride, classes, sums, sums + (one << 3), scale, t, tRest,
    );
    difference = max(difference, d);
    source += step << 1;
    target += targetStep << 1;
    logTarget += logStep << 1;
    sums += 16;
  }
  return difference;
}

// @ts-ignore: decorator
@inline
function beside(
  op: i32, divide: bool, source: usize, stride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, rows: usize, classes: usize, sums: usize,
): f64 {
  const scale = f64x2.splat(prescale), t = f64x2.splat(inverse), tRest = f64x2.splat(inverseRest);
  let difference: f64 = 0;
  for (let row: usize = 0; row < rows; row += 2) {
    const d = softmax(
      op, divide, BESIDE, source, source + 8, stride, target, target + 8, targetStride, logTarget, logTarget + 8,
      logStride, classes, sums, sums + 8, scale, t, tRest,
    );
    difference = max(difference, d);
    source += 16;
    target += 16;
    logTarget += 16;
    sums += 16;
  }
  return difference;
}

export function sumRows(exp: bool, source: usize, rows: usize, classes: usize, sums: usize): void {
  const length = classes << 3;
  if (classes < ACROSS_FROM) return sumApart(exp, source, length, 8, rows, classes, sums);
  for (let row: usize = 0; row < rows; row++, source += length, sums += 8) {
    if (exp) sumStored(true, ACROSS, source, source, 8, classes, sums, sums);
    else sumStored(false, ACROSS, source, source, 8, classes, sums, sums);
  }
}

export function sumColumns(exp: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  const pairs = rows & ~1, last = pairs << 3;
  for (let at: usize = 0; at < last; at += 16) {
    if (exp) sumStored(true, BESIDE, source + at, source + at + 8, stride, classes, sums + at, sums + at + 8);
    else sumStored(false, BESIDE, source + at, source + at + 8, stride, classes, sums + at, sums + at + 8);
  }
  if (pairs < rows) sumApart(exp, source + last, 0, stride, 1, classes, sums + last);
}

function sumApart(exp: bool, source: usize, step: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  for (let row: usize = 0; row < rows; row += 2, source += step << 1, sums += 16) {
    const one: usize = row + 1 < rows ? 1 : 0;
    if (exp) sumStored(true, APART, source, source + one * step, stride, classes, sums, sums + (one << 3));
    else sumStored(false, APART, source, source + one * step, stride, classes, sums, sums + (one << 3));
  }
}
