// The area that tiles of float32 lie in. Memory is shared: a tile elsewhere would disturb others.

export let work: usize = 0;
let bytes: usize = 0;

export function set_work(address: usize, length: usize): void {
  work = address;
  bytes = length;
}

export function bytesOfWork(): usize {
  if (bytes == 0) unreachable();
  return bytes;
}

/** How often `length` bytes fit in the area. */
export function fitting(length: usize): usize {
  const count = bytesOfWork() / length;
  if (count == 0) unreachable();
  return count;
}
