/** Bitmaps, as Arrow has them: the first bit is the lowest of the first byte. */

const BITS_OF_BYTE = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll('0', '').length,
);

/** How many of `count` bits are set, from bit 0 of `bytes[at]` on. */
export function countBits(bytes: Uint8Array, count = bytes.length * 8, at = 0): number {
  let set = 0;
  const whole = at + (count >> 3);
  for (let index = at; index < whole; index++) set += BITS_OF_BYTE[bytes[index]];
  return count % 8 === 0 ? set : set + BITS_OF_BYTE[bytes[whole] & ((1 << (count & 7)) - 1)];
}

/** Bit `bit` from bit 0 of `bytes[at]` on. */
export function isSet(bytes: Uint8Array, bit: number, at = 0): boolean {
  return ((bytes[at + (bit >> 3)] >> (bit & 7)) & 1) === 1;
}

export function setBit(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] |= 1 << (bit & 7);
}

export function clearBit(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] &= ~(1 << (bit & 7));
}
