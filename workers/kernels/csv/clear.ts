/** Sets bytes to zero. JavaScript does so byte by byte where memory is shared. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}
