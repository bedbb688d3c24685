// Arrow's bitmaps: bit i is bit i % 8, from the least, of byte i / 8. Nothing is read beyond the byte of the last bit.

/** `count` bits (1 to 57) from bit `from`; `end` is the address after the last byte that may be read. */
// @ts-ignore: decorator
@inline
export function bitsAt(bitmap: usize, from: usize, count: usize, end: usize): u64 {
  const at = bitmap + (from >> 3);
  let word: u64;
  if (at + 8 <= end) word = load<u64>(at);
  else {
    word = 0;
    for (let byte: usize = at, shift: u64 = 0; byte < end; byte++, shift += 8) word |= <u64>load<u8>(byte) << shift;
  }
  return (word >> (from & 7)) & ((<u64>1 << count) - 1);
}

// @ts-ignore: decorator
@inline
export function endOf(bitmap: usize, bitOffset: usize, count: usize): usize {
  return bitmap + ((bitOffset + count + 7) >> 3);
}

// @ts-ignore: decorator
@inline
export function isSet(bitmap: usize, bit: usize): bool {
  return ((<u32>load<u8>(bitmap + (bit >> 3)) >> <u32>(bit & 7)) & 1) != 0;
}

/** Whether bits [from, from + count) are all set. */
export function allSet(bitmap: usize, from: usize, count: usize, end: usize): bool {
  for (; count > 56; count -= 56, from += 56) if (bitsAt(bitmap, from, 56, end) != 0xffffffffffffff) return false;
  return count == 0 || bitsAt(bitmap, from, count, end) == (<u64>1 << count) - 1;
}

export function and_bitmap(bitmap: usize, bitOffset: usize, count: usize, target: usize): void {
  const end = endOf(bitmap, bitOffset, count);
  for (let bit: usize = 0; bit < count; bit += 8) {
    const width = min(<usize>8, count - bit), to = target + (bit >> 3);
    store<u8>(to, load<u8>(to) & <u8>bitsAt(bitmap, bitOffset + bit, width, end));
  }
}
