import { LogitmillError } from '../src/errors.ts';
import type { SlabRange } from '../src/memory/slabs.ts';

/** @param needed bytes of a worker's slab */
export function tooSmall(needed: number, slab: SlabRange): LogitmillError {
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  return new LogitmillError(
    'MEMORY_TOO_SMALL',
    `a row needs ${mebibytes(needed)} of a worker's memory, which has ${mebibytes(slab.end - slab.start)}`,
    {
      hint: `--threads 1 --memory ${Math.ceil(needed / 2 ** 20) + 1}MiB`,
    },
  );
}

/** @param needed bytes of a worker's memory that what lies in `area` would take */
export function tooSmallForRows(needed: number, area: SlabRange): LogitmillError {
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  const has = area.end - area.start;
  return new LogitmillError(
    'MEMORY_TOO_SMALL',
    `a few rows need about ${mebibytes(needed)} MiB of a worker's memory, which has ${Math.floor(has / 2 ** 20)} MiB`,
    { hint: `--threads 1 --memory ${mebibytes(needed) + 2}MiB` },
  );
}
