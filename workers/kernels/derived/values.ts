// From statistics to what is stored, in float64: one number a slice.
import { SCALE, exponentialOf } from '../float64/exponential';
import { divides, inverse as inverse64, inverseRest, prescale } from '../float64/temperature';
import { LABELLED } from './per-slice';
import { LARGEST, OTHERS, SECOND, STATISTICS, WEIGHTED } from './statistics';

let inverse: f64 = 1;
let temperature: f64 = 1;
export function setTemperature(t: f64): void {
  temperature = t;
  inverse = 1 / max(t, 9.332636185032189e-302);
}

/** (x - m) / T, never positive. */
// @ts-ignore: decorator
@inline
export function distanceOf(x: f64, m: f64): f64 {
  return temperature == 1 ? x - m : (x * 0.5 - m * 0.5) * inverse * 2;
}

/** In nats: log of the sum less the mean of d, both of which are positive. */
export function storeEntropies(statistics: usize, count: usize, out: usize): void {
  for (; count > 0; count--, statistics += STATISTICS, out += 8) {
    const others = load<f64>(statistics, OTHERS);
    store<f64>(out, Math.log1p(others) + load<f64>(statistics, WEIGHTED) / (1 + others));
  }
}

/** log of the sum of e^(x / T) */
export function storeLogSumExps(statistics: usize, count: usize, out: usize): void {
  for (; count > 0; count--, statistics += STATISTICS, out += 8) {
    const m = load<f64>(statistics, LARGEST);
    store<f64>(out, (temperature == 1 ? m : m / temperature) + Math.log1p(load<f64>(statistics, OTHERS)));
  }
}

/** The largest probability. */
export function storeLargestProbabilities(statistics: usize, count: usize, out: usize): void {
  for (; count > 0; count--, statistics += STATISTICS, out += 8) store<f64>(out, 1 / (1 + load<f64>(statistics, OTHERS)));
}

/** The largest probability less the second: (1 - e^d) / sum, from the logits, so that nothing cancels. */
export function storeMargins(statistics: usize, count: usize, out: usize): void {
  for (; count > 0; count--, statistics += STATISTICS, out += 8) {
    const d = distanceOf(load<f64>(statistics, SECOND), load<f64>(statistics, LARGEST));
    store<f64>(out, -Math.expm1(d) / (1 + load<f64>(statistics, OTHERS)) + 0);
  }
}

/** log p = d - log of the sum: neither is positive, so that nothing cancels. `labelled` is as per-slice.ts writes it. */
export function storeLabelLogs(statistics: usize, labelled: usize, count: usize, negative: bool, out: usize): void {
  for (; count > 0; count--, statistics += STATISTICS, labelled += LABELLED, out += 8) {
    const log = distanceOf(load<f64>(labelled), load<f64>(statistics, LARGEST)) - Math.log1p(load<f64>(statistics, OTHERS));
    // A sure winner's is 0, not -0.
    store<f64>(out, (negative ? -log : log) + 0);
  }
}

export function storeLabelProbabilities(statistics: usize, labelled: usize, count: usize, out: usize): void {
  for (; count > 0; count--, statistics += STATISTICS, labelled += LABELLED, out += 8) {
    const x = f64x2.splat(load<f64>(labelled)), m = f64x2.splat(load<f64>(statistics, LARGEST));
    const e = exponentialOf(x, m, divides, f64x2.splat(prescale), f64x2.splat(inverse64), f64x2.splat(inverseRest));
    store<f64>(out, f64x2.extract_lane(e, 0) / SCALE / (1 + load<f64>(statistics, OTHERS)));
  }
}
