// `fs` is used through its default export everywhere, so that tests can inject faults under the real code.
import fs from 'node:fs';

/** Reads exactly `bytes.length` bytes at `position`, or fewer at the end of the file; returns how many. */
export function readFully(fd: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = fs.readSync(fd, bytes, done, bytes.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Writes all of `bytes` at `position`. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** Writes all parts one behind the other from `position` on, in one call if the system takes them all. */
export function writeAllFully(fd: number, parts: readonly Uint8Array[], position: number): void {
  const left = [...parts];
  let from = position;
  while (left.length > 0) {
    let done = fs.writevSync(fd, left, from);
    from += done;
    while (left.length > 0 && done >= left[0].length) done -= left.shift()!.length;
    if (left.length > 0) left[0] = left[0].subarray(done);
  }
}

/** Closes a file that was read, or that nobody can read again: if that fails, as it may on a network, nothing is lost. */
export function closeQuietly(fd: number): void {
  try {
    fs.closeSync(fd);
  } catch {}
}
