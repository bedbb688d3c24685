/** A copy in which one bit is another. */
export function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

/** `count` bits spread over a file, its first and its last among them. */
export function bitsOf(bytes: Buffer, count: number): number[] {
  const last = bytes.length * 8 - 1;
  return Array.from({ length: count }, (_, index) => Math.round((last * index) / (count - 1)));
}
