// The sum of stored results that come in pieces, in the order of stored.ts. Whether a row goes its plain way is known
// at the end alone, so both sums are taken. Pieces but the last are even.
import { LOG_SOFTMAX, SOFTMAX } from '../ops';
import { storeSums } from './results';
import { largestOf } from './start';
import { addStored as add, nameReason, plainExponential, startStored } from './stored';
import { scratch } from './units';

let ofLogs: bool = false;
let highest: v128 = f64x2.splat(0);
let plain: f64 = 0;

export function beginSum(exponentials: bool): void {
  if (scratch == 0) unreachable();
  ofLogs = exponentials;
  highest = f64x2.splat(-Infinity);
  plain = 0;
  startStored(ofLogs, 1, scratch);
}

export function addStored(source: usize, count: usize): void {
  if (ofLogs) highest = f64x2.pmax(highest, largestOf(source, count));
  add(ofLogs, source, 0, 16, count >> 1, (count & 1) != 0, 1, scratch);
  for (let i: usize = 0; i < count; i++, source += 8) {
    const y = load<f64>(source);
    plain += ofLogs ? plainExponential(y) : y;
  }
}

export function endSum(sums: usize): void {
  storeSums(ofLogs ? LOG_SOFTMAX : SOFTMAX, true, 1, scratch, sums);
  const below = !ofLogs || i64x2.all_true(f64x2.le(highest, f64x2.splat(0)));
  if (!below || !isFinite(load<f64>(sums))) store<f64>(sums, plain);
  nameReason(sums);
}
