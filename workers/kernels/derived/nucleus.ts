// How many of the largest classes it takes for a mass: passes over the slice's logits, each of which knows more bits of the
// distance to the largest logit at which the mass is reached. Distances are not negative, so that their bits are ordered
// like them; a pass sorts those with the bits known so far into 1,024 buckets by the next ten.
import { LARGEST, OTHERS } from './statistics';
import { distanceOf } from './values';

const BUCKETS: usize = 1024;
/** Of `work`: the buckets' masses, then how many are in each. */
const COUNTS: usize = BUCKETS * 8;
/** Beyond it, no probability is above 0. */
const LAST: f64 = 746;

/** Slices of at most so many classes are sorted. */
export const MOST_SORTED: usize = 64;

let work: usize = 0;
let sorted: usize = 0;
let largest: f64 = 0;
let target: f64 = 0;
/** Bits below those that this pass looks at, how many it looks at, and the bits above them. */
let shift: u64 = 53;
let width: u64 = 10;
let prefix: u64 = 0;
/** Of all that are nearer. */
let mass: f64 = 0;
let count: i32 = 0;

export function beginNucleus(part: f64, statistics: usize, area: usize, inPasses: bool): void {
  work = area;
  largest = load<f64>(statistics, LARGEST);
  target = part * (1 + load<f64>(statistics, OTHERS));
  shift = 53;
  width = 10;
  prefix = 0;
  mass = 0;
  count = 0;
  sorted = 0;
  if (inPasses) memory.fill(work, 0, BUCKETS * 12);
}

/** Of one logit, in a pass. */
// @ts-ignore: decorator
@inline
export function addToNucleus(x: f64): void {
  const distance = -distanceOf(x, largest), bits = reinterpret<u64>(distance + 0);
  if (bits >> (shift + width) != prefix || !(distance < LAST)) return;
  const bucket = <usize>((bits >> shift) & ((1 << width) - 1)), to = work + (bucket << 3), at = work + COUNTS + (bucket << 2);
  store<f64>(to, load<f64>(to) + Math.exp(-distance));
  store<i32>(at, load<i32>(at) + 1);
}

/** After a pass: the number, or -1 where one more is needed. */
export function endPass(): i32 {
  if (isNaN(target)) return 0;
  for (let bucket: usize = 0; bucket < BUCKETS; bucket++) {
    const more = load<f64>(work + (bucket << 3)), held = load<i32>(work + COUNTS + (bucket << 2));
    if (held == 0) continue;
    if (mass + more < target) {
      mass += more;
      count += held;
      continue;
    }
    if (held == 1) return count + 1;
    // All bits are known: those that are left are equal.
    if (shift == 0) return count + min(held, max(1, <i32>Math.ceil((target - mass) / (more / <f64>held))));
    prefix = (prefix << width) | <u64>bucket;
    width = min<u64>(shift, 10);
    shift -= width;
    memory.fill(work, 0, BUCKETS * 12);
    return -1;
  }
  return count;
}

/** Of one logit of few, whose distances are sorted at `work`. */
export function addSorted(x: f64): void {
  const distance = -distanceOf(x, largest);
  if (!(distance < LAST)) return;
  let at = sorted++;
  for (; at > 0 && load<f64>(work + ((at - 1) << 3)) > distance; at--) store<f64>(work + (at << 3), load<f64>(work + ((at - 1) << 3)));
  store<f64>(work + (at << 3), distance);
}

export function endSorted(): i32 {
  if (isNaN(target)) return 0;
  for (let i: usize = 0; i < sorted; i++) {
    mass += Math.exp(-load<f64>(work + (i << 3)));
    if (mass >= target) return <i32>i + 1;
  }
  return <i32>sorted;
}
