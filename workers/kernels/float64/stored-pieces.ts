// The sum of stored results that come in pieces, in the order of stored.ts. Whether a row goes its plain way is known
// at the end alone, so both sums are taken. Pieces but the last are even.
import { exponentialOf, lastGrowth, lastPower } from './exponential';
import { ACROSS, largest } from './softmax';
import { nameReason, plainExponential } from './stored';
import { acrossHigh, loss, lossOf, one, scale, totalHigh, totalLow, unscale } from './sums';

let ofLogs: bool = false;
let highest: v128 = f64x2.splat(0);
let sum: v128 = f64x2.splat(0);
let lost: v128 = f64x2.splat(0);
let plain: f64 = 0;

export function beginSum(exponentials: bool): void {
  ofLogs = exponentials;
  highest = f64x2.splat(-Infinity);
  sum = ofLogs ? scale() : one();
  lost = f64x2.splat(0);
  plain = 0;
}

export function addStored(source: usize, count: usize): void {
  const none = f64x2.splat(0);
  if (ofLogs) highest = f64x2.pmax(highest, largest(ACROSS, source, source, 8, count));
  for (let i: usize = 0, at = source; i < count; i += 2, at += 16) {
    const whole = count - i > 1;
    if (ofLogs) {
      const y = whole ? v128.load(at) : v128.load64_lane(at, f64x2.splat(-Infinity), 0);
      const next = f64x2.add(sum, exponentialOf(y, none, false, none, none, none));
      lost = f64x2.add(lost, lossOf(sum, lastPower, lastGrowth, next));
      sum = next;
    } else {
      const y = whole ? v128.load(at) : v128.load64_zero(at), next = f64x2.add(sum, y);
      lost = f64x2.add(lost, loss(sum, y, next));
      sum = next;
    }
  }
  for (let i: usize = 0; i < count; i++, source += 8) {
    const y = load<f64>(source);
    plain += ofLogs ? plainExponential(y) : y;
  }
}

export function endSum(sums: usize): void {
  const start = ofLogs ? scale() : one();
  let total = acrossHigh(totalHigh(sum, lost, start), totalLow(sum, lost, start));
  if (ofLogs) total = f64x2.mul(total, unscale());
  store<f64>(sums, f64x2.extract_lane(total, 0));
  const below = !ofLogs || i64x2.all_true(f64x2.le(highest, f64x2.splat(0)));
  if (!below || !isFinite(load<f64>(sums))) store<f64>(sums, plain);
  nameReason(sums);
}
