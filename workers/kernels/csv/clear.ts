/** Sets `count` runs of bytes to zero, `stride` apart. JavaScript does so byte by byte where memory is shared. */
export function clear(address: usize, bytes: usize, stride: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++, address += stride) memory.fill(address, 0, bytes);
}
