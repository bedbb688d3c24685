// Four lanes at a time: whole vectors, or the one to three that are left over at the end of a row or a band.
import { addLanes64, highHalf, loadTail32, storeTail32 } from '../common';

/** Four numbers, or `count` of them and `filler` in the other lanes. */
// @ts-ignore: decorator
@inline
export function get(address: usize, whole: bool, count: usize, filler: f32): v128 {
  return whole ? v128.load(address) : loadTail32(address, count, f32x4.splat(filler));
}
// @ts-ignore: decorator
@inline
export function put(address: usize, whole: bool, count: usize, v: v128): void {
  if (whole) v128.store(address, v);
  else storeTail32(address, count, v);
}

/** Four partial sums to one. */
// @ts-ignore: decorator
@inline
export function total(a: v128, b: v128, c: v128, d: v128): f64 {
  return addLanes64(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
}

/** The largest of four lanes. */
export function largestLane(v: v128): f32 {
  const pair = f32x4.pmax(v, highHalf(v));
  return max(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}
