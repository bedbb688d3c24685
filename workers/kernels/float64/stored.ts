// Sums of stored results, in the order in which results.ts and logs.ts add them up: of what these store they are the same bits. Files
// of other makes may hold anything, so what lies outside [0, 1] goes the plain way.
import { REASON_NAN, storeReason } from '../common';
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import { SCALE, exponentialOf } from './exponential';
import { gather, unitsOfTile } from './few-classes';
import { ACROSS_FROM, unitsOfColumns } from './layouts';
import { addExponentialsOfLogs } from './logs';
import { gatherLone } from './lone-row';
import { storeSums } from './results';
import { largestOf, largestOfColumns, startSums } from './start';
import { loss, one, scale } from './sums';
import { FIRST_TILE, LARGEST, LOST, SUM, TILE, UNIT, UNITS, scratch } from './units';

export function sumRows(exp: bool, source: usize, rows: usize, classes: usize, sums: usize): void {
  if (scratch == 0) unreachable();
  const length = classes << 3, state = scratch, tile = scratch + FIRST_TILE;
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return;
  }
  const across = classes >= ACROSS_FROM, most = across ? max<usize>(min(TILE / length, UNITS), 1) : unitsOfTile(classes) << 1;
  for (let row: usize = 0; row < rows; row += most) {
    const count = min(rows - row, most), from = source + row * length, sum = sums + (row << 3);
    if (across) {
      if (exp) for (let i: usize = 0; i < count; i++) v128.store(state + i * UNIT, largestOf(from + i * length, classes), LARGEST);
      startStored(exp, count, state);
      addStored(exp, from, length, 16, classes >> 1, (classes & 1) != 0, count, state);
    } else {
      gather(from, count, classes, tile, state);
      startStored(exp, (count + 1) >> 1, state);
      addStored(exp, tile, classes << 4, 16, classes, false, (count + 1) >> 1, state);
    }
    endStored(exp, across, from, length, 8, count, classes, state, sum);
  }
}

export function sumColumns(exp: bool, source: usize, stride: usize, rows: usize, classes: usize, sums: usize): void {
  if (scratch == 0) unreachable();
  const paired: usize = rows & ~1, most = unitsOfColumns(classes) << 1, state = scratch, tile = scratch + FIRST_TILE;
  if (classes == 0) {
    memory.fill(sums, 0, rows << 3);
    return;
  }
  for (let row: usize = 0; row < paired; row += most) {
    const count = min(paired - row, most), units = count >> 1, from = source + (row << 3);
    if (exp) largestOfColumns(from, stride, classes, units, state);
    startStored(exp, units, state);
    addStored(exp, from, 16, stride, classes, false, units, state);
    endStored(exp, false, from, 8, stride, count, classes, state, sums + (row << 3));
  }
  if (paired == rows) return;
  const from = source + (paired << 3);
  let m = f64x2.splat(-Infinity);
  startStored(exp, 1, state);
  for (let i: usize = 0; i < classes; i += TILE >> 4) {
    const count = min(classes - i, TILE >> 4);
    gatherLone(from + i * stride, stride, count, tile);
    for (let k: usize = 0; k < count; k++) m = f64x2.pmax(m, v128.load(tile + (k << 4)));
    addStored(exp, tile, 0, 16, count, false, 1, state);
  }
  v128.store(state, m, LARGEST);
  endStored(exp, false, from, 0, stride, 1, classes, state, sums + (paired << 3));
}

export function startStored(exp: bool, units: usize, state: usize): void { startSums(exp ? scale() : one(), units, state); }

export function addStored(
  exp: bool, source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  if (exp) addExponentialsOfLogs(source, step, stride, vectors, odd, units, state);
  else addProbabilities(source, step, stride, vectors, odd, units, state);
}

/** Exported from the module: see exponentials.ts. */
export function addProbabilities(
  source: usize, step: usize, stride: usize, vectors: usize, odd: bool, units: usize, state: usize,
): void {
  for (; units > 0; units--, source += step, state += UNIT) {
    let sum = v128.load(state, SUM), lost = v128.load(state, LOST), from = source;
    for (let n = vectors; n > 0; n--, from += stride) {
      const y = v128.load(from), next = f64x2.add(sum, y);
      lost = f64x2.add(lost, loss(sum, y, next));
      sum = next;
    }
    if (odd) {
      const y = v128.load64_zero(from), next = f64x2.add(sum, y);
      lost = f64x2.add(lost, loss(sum, y, next));
      sum = next;
    }
    v128.store(state, sum, SUM);
    v128.store(state, lost, LOST);
  }
}

// @ts-ignore: decorator
@inline
function endStored(
  exp: bool, across: bool, source: usize, step: usize, stride: usize, rows: usize, classes: usize, state: usize, sums: usize,
): void {
  storeSums(exp ? LOG_SOFTMAX : SOFTMAX, across, rows, state, sums);
  for (let row: usize = 0; row < rows; row++, source += step, sums += 8) {
    const highest = exp ? load<f64>(across ? state + row * UNIT : state + (row >> 1) * UNIT + ((row & 1) << 3), LARGEST) : 0;
    if (highest <= 0 && isFinite(load<f64>(sums))) continue;
    store<f64>(sums, sumPlainly(exp, source, stride, classes));
    nameReason(sums);
  }
}

function sumPlainly(exp: bool, row: usize, stride: usize, classes: usize): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < classes; i++, row += stride) {
    const y = load<f64>(row);
    sum += exp ? plainExponential(y) : y;
  }
  return sum;
}

export function plainExponential(y: f64): f64 {
  if (y == Infinity) return y;
  const none = f64x2.splat(0), at = f64x2.splat(y);
  if (y > 0) return SCALE / f64x2.extract_lane(exponentialOf(none, at, false, none, none, none), 0);
  return f64x2.extract_lane(exponentialOf(at, none, false, none, none, none), 0) / SCALE;
}

export function nameReason(sum: usize): void {
  if (isNaN(load<f64>(sum))) storeReason(sum, REASON_NAN);
}
