import { LogitmillError } from '../src/errors.ts';
import type { SlabRange } from '../src/memory/slabs.ts';

const MEBIBYTE = 2 ** 20;
const mebibytes = (bytes: number): number => Math.ceil(bytes / MEBIBYTE);

/** What a slab must have, and what belongs to no slab, as `--memory`: slabs are whole pages of 64 KiB. */
function memoryFor(slabBytes: number, setApart: number): string {
  return `--threads 1 --memory ${mebibytes(slabBytes + setApart) + 1}MiB`;
}

/** @param needed bytes of a worker's slab */
export function tooSmall(needed: number, slab: SlabRange, setApart = 0): LogitmillError {
  const has = Math.floor((slab.end - slab.start) / MEBIBYTE);
  return new LogitmillError(
    'MEMORY_TOO_SMALL',
    `a row needs ${mebibytes(needed)} MiB of a worker's memory, which has ${has} MiB`,
    { hint: memoryFor(needed, setApart) },
  );
}

/** @param needed bytes of a worker's slab that a few rows of a text, with the text itself, would take */
export function tooSmallForRows(needed: number, slab: SlabRange, setApart: number): LogitmillError {
  const has = Math.floor((slab.end - slab.start) / MEBIBYTE);
  return new LogitmillError(
    'MEMORY_TOO_SMALL',
    `a few rows need about ${mebibytes(needed)} MiB of a worker's memory, which has ${has} MiB`,
    { hint: memoryFor(needed, setApart) },
  );
}

/** @param length of the row, in bytes; null where nobody can look so far ahead */
export function rowTooLong(
  length: number | null,
  slab: SlabRange,
  setApart: number,
  chunk: number,
): LogitmillError {
  const has = slab.end - slab.start;
  // A row is read behind its chunk, parsed, and put together as it goes out.
  const needed = length === null ? 2 * has : 3 * (length + chunk);
  const what = length === null ? `is longer than ${mebibytes(has / 3)} MiB` : `has ${mebibytes(length)} MiB`;
  return new LogitmillError(
    'MEMORY_TOO_SMALL',
    `a row ${what}: too long for a worker's memory of ${Math.floor(has / MEBIBYTE)} MiB`,
    { hint: memoryFor(Math.max(needed, has + MEBIBYTE), setApart) },
  );
}
