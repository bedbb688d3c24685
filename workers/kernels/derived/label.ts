// The logit of a class, and how many are above it.
import { above, boundOf, numberOf } from './numbers';

/** Of logits `stride` bytes apart. */
export function countAbove<T>(source: usize, stride: usize, count: usize, label: usize): i32 {
  const x = numberOf<T>(label), bound = boundOf<T>(label), lanes: usize = 16 / sizeof<T>();
  let found: i32 = 0, i: usize = 0;
  if (stride == sizeof<T>()) {
    for (; i + lanes <= count; i += lanes) {
      const more = above<T>(v128.load(source + i * sizeof<T>()), bound);
      if (sizeof<T>() == 2) found += popcnt(i16x8.bitmask(more));
      else if (sizeof<T>() == 4) found += popcnt(i32x4.bitmask(more));
      else found += popcnt(i64x2.bitmask(more));
    }
  }
  for (; i < count; i++) if (numberOf<T>(source + i * stride) > x) found++;
  return found;
}
