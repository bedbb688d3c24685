// What is asked of each slice by itself, in every form. A slice's logits lie `stride` bytes apart.
import { scratch } from '../float32/setup';
import { widen } from '../float16/widen';
import { countAbove } from './label';
import { MOST_SORTED, addSorted, addToNucleus, beginNucleus, endPass, endSorted } from './nucleus';
import { numberOf } from './numbers';
import { addOutside32, addOutside64, beginOutside, endOutside } from './outside';
import { LARGEST, OTHERS } from './statistics';
import { addTopK, beginTopK, endTopK } from './topk';

/** Bytes of what `labelOf` writes: the label's logit as float64, and its rank as int32. */
export const LABELLED: usize = 16;
const RANK: usize = 8;

const NONE: i32 = -1;
/** Of the scratch: a vector, then float32 gathered from halves or from columns. */
const GATHERED: usize = 64;
const MOST_GATHERED: usize = 4096;

export function addLargest(size: i32, source: usize, stride: usize, count: usize): void {
  if (size == 2) addTopK<u16>(source, stride, count);
  else if (size == 4) addTopK<f32>(source, stride, count);
  else addTopK<f64>(source, stride, count);
}

export function topKOf(size: i32, source: usize, stride: usize, classes: usize, k: usize, work: usize, out: usize): void {
  beginTopK(k, work);
  addLargest(size, source, stride, classes);
  endTopK(out);
}

// @ts-ignore: decorator
@inline
function valueAt(size: i32, address: usize): f64 {
  return size == 2 ? numberOf<u16>(address) : size == 4 ? numberOf<f32>(address) : numberOf<f64>(address);
}

export function beginRest(statistics: usize, last: f64, lastClass: i32): void {
  beginOutside(load<f64>(statistics, LARGEST), last, lastClass);
}

export function addRest(size: i32, source: usize, stride: usize, count: usize): void {
  if (size == 8) return addOutside64(source, stride, count);
  if (scratch == 0) unreachable();
  if (size == 4 && stride == 4) return addOutside32(source, count, scratch);
  for (let i: usize = 0; i < count; i += MOST_GATHERED, source += MOST_GATHERED * stride) {
    const length = min(MOST_GATHERED, count - i), to = scratch + GATHERED;
    if (size == 2 && stride == 2) widen(source, to, length);
    else for (let n: usize = 0; n < length; n++) store<f32>(to + (n << 2), <f32>valueAt(size, source + n * stride));
    addOutside32(to, length, scratch);
  }
}

export function endRest(statistics: usize, out: usize): void {
  store<f64>(out, endOutside() / (1 + load<f64>(statistics, OTHERS)));
}

/** The mass outside the k classes at `ids`. */
export function restOf(
  size: i32, source: usize, stride: usize, classes: usize, k: usize, ids: usize, statistics: usize, out: usize,
): void {
  const last = k == 0 ? NONE : load<i32>(ids + ((k - 1) << 2));
  if (last < 0) {
    store<f64>(out, NaN);
    return;
  }
  beginRest(statistics, valueAt(size, source + <usize>last * stride), last);
  addRest(size, source, stride, classes);
  endRest(statistics, out);
}

export function labelOf(size: i32, source: usize, stride: usize, classes: usize, label: i32, out: usize): void {
  if (label < 0 || <usize>label >= classes) {
    store<f64>(out, NaN);
    store<i32>(out, 0, RANK);
    return;
  }
  const at = source + <usize>label * stride;
  store<f64>(out, valueAt(size, at));
  store<i32>(out, 1 + countOf(size, source, stride, classes, at), RANK);
}

export function countOf(size: i32, source: usize, stride: usize, count: usize, label: usize): i32 {
  if (size == 2) return countAbove<u16>(source, stride, count, label);
  return size == 4 ? countAbove<f32>(source, stride, count, label) : countAbove<f64>(source, stride, count, label);
}

/** The numbers of the given classes, as they are; NaN where there is none. */
export function gatherOf(size: i32, values: usize, stride: usize, k: usize, ids: usize, out: usize): void {
  for (; k > 0; k--, ids += 4, out += size) {
    const id = load<i32>(ids), from = values + <usize>id * stride;
    if (size == 2) store<u16>(out, id < 0 ? 0x7e00 : load<u16>(from));
    else if (size == 4) store<u32>(out, id < 0 ? 0x7fc00000 : load<u32>(from));
    else store<u64>(out, id < 0 ? 0x7ff8000000000000 : load<u64>(from));
  }
}

export function addMass(size: i32, source: usize, stride: usize, count: usize): void {
  for (; count > 0; count--, source += stride) addToNucleus(valueAt(size, source));
}

export function nucleusOf(
  size: i32, source: usize, stride: usize, classes: usize, part: f64, statistics: usize, work: usize,
): i32 {
  beginNucleus(part, statistics, work, classes > MOST_SORTED);
  if (classes <= MOST_SORTED) {
    for (; classes > 0; classes--, source += stride) addSorted(valueAt(size, source));
    return endSorted();
  }
  let found: i32 = NONE;
  while (found < 0) {
    addMass(size, source, stride, classes);
    found = endPass();
  }
  return found;
}
