import { SCRATCH_BYTES } from '../memory/slabs.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import type { CsvSetup } from './csv.ts';

/** Read beyond a chunk's end at first: most rows that begin in it end there. */
export const OVERHANG = 64 * 2 ** 10;

/** The parser's state and lists, less what grows with the columns. */
const WORK_BYTES = 192 * 2 ** 10;

/** Bytes that a row of the output takes at a time, where the columns are not too many. */
const TILE_BYTES = 2 ** 19;

/**
 * Bytes of a slab in which a chunk of a text is done without many small pieces: where memory is short, fewer threads
 * share it. An estimate: what a chunk really takes, its rows say.
 */
export function leastCsvSlab({ plan, chunkBytes }: Pick<CsvSetup, 'plan' | 'chunkBytes'>): number {
  const columns = plan.classes + plan.passed.length;
  const rowBytes = columns * 2 * DTYPE_BYTES[plan.dtype];
  const rows = Math.max(8, Math.floor(TILE_BYTES / Math.max(1, rowBytes)));
  // Each column has two buffers, aligned, and words of the header that tell of them.
  return SCRATCH_BYTES + WORK_BYTES + chunkBytes + OVERHANG + rows * rowBytes + columns * 2 * 96;
}
