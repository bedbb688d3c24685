// The sum of all exponentials but the largest number's own: what log1p needs. It is the sum less that one, unless so
// little is left that it has to be added up by itself.
import { addLanes64, loadTail32, promoteHigh, promoteLow } from '../common';
import {
  c2, c3, c4, c5, c6, exponentOf, floorOf, ln2High, ln2Low, log2e, lowest, magic, magicOf, near, originOf, reachable,
} from './exponential';
import { storeExponential, storeLargest, storeQuotientExponential } from './store-exponential';

/**
 * The least share of the largest number's own exponential that the difference is taken for: each addition to the sum may
 * have been off by 2^-28 of it, a lane has a quarter of `classes`, and the others are then off by 2^-26.
 */
// @ts-ignore: decorator
@inline
export function leastOfOthers(classes: usize): f64 { return <f64>classes * 1.4901161193847656e-8; }

// The first two lanes' sums, and the last two's.
export let othersLow: v128 = f64x2.splat(0);
export let othersHigh: v128 = f64x2.splat(0);

export function beginOthers(): void {
  othersLow = f64x2.splat(0);
  othersHigh = f64x2.splat(0);
}

/**
 * Adds the exponentials, before their rounding, of `count` vectors `stride` apart, but for numbers that equal `largest`.
 * Vectors have four lanes, or the first few alone. `buffer` has room for one vector.
 */
export function addOthers(
  divide: bool, lanes: usize, source: usize, stride: usize, count: usize, largest: v128, inverse: f64, buffer: usize,
): void {
  const l2e = log2e(), high = ln2High(), low = ln2Low(), k6 = c6(), k5 = c5(), k4 = c4(), k3 = c3(), k2 = c2();
  const origin = originOf(largest, near()), max = f32x4.sub(largest, origin), k = exponentOf(max, l2e, magic()), floor = floorOf(k, lowest()),
    mg = magicOf(k, magic()), rest = storeLargest(buffer, max, k, l2e, mg, high, low, k6, k5, k4, k3, k2);
  const wideLow = promoteLow(largest), wideHigh = promoteHigh(largest), inverse64 = f64x2.splat(inverse);
  for (let i: usize = 0; i < count; i++, source += stride) {
    const x = lanes == 4 ? v128.load(source) : loadTail32(source, lanes, largest);
    const lost = divide
      ? storeQuotientExponential(buffer, true, 0, promoteLow(x), promoteHigh(x), wideLow, wideHigh, inverse64, k6, k5, k4, k3, k2)
      : storeExponential(buffer, true, 0, reachable(x, origin, floor), l2e, mg, rest, high, low, k6, k5, k4, k3, k2);
    const isLargest = f32x4.eq(x, largest), e = v128.andnot(v128.load(buffer), isLargest), taken = v128.andnot(lost, isLargest);
    othersLow = f64x2.add(othersLow, f64x2.add(promoteLow(e), promoteLow(taken)));
    othersHigh = f64x2.add(othersHigh, f64x2.add(promoteHigh(e), promoteHigh(taken)));
  }
}

/** The same of a row, or of a piece of it. Returns the sum so far. */
export function addRow(source: usize, classes: usize, largest: f32, inverse: f64, buffer: usize): f64 {
  const m = f32x4.splat(largest), vectors = classes >> 2, tail = classes & 3, divide = inverse != 1;
  addOthers(divide, 4, source, 16, vectors, m, inverse, buffer);
  if (tail) addOthers(divide, tail, source + (vectors << 4), 16, 1, m, inverse, buffer);
  return addLanes64(f64x2.add(othersLow, othersHigh));
}
