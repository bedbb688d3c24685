import { LogitmillError } from '../errors.ts';
import { COLUMN_ARRAYS, columnArrayBytes } from './arrays.ts';

/** What the coordinator keeps of the columns: merged, one block's, and what the second pass needs, twice. */
export function columnBytes(width: number): number {
  const { states, parameters, sums } = COLUMN_ARRAYS;
  return columnArrayBytes(width) * (2 * states + 2 * parameters + 2 * sums);
}

/**
 * It is set apart from the slabs, and may take half of the memory.
 * @throws LogitmillError MEMORY_TOO_SMALL
 */
export function checkColumnMemory(width: number, memory: number, file: string): void {
  const needed = 2 * columnBytes(width);
  if (needed <= memory) return;
  const mebibytes = Math.ceil(needed / 2 ** 20);
  throw new LogitmillError(
    'MEMORY_TOO_SMALL',
    `--dim 0 keeps ${columnBytes(1) / 4} bytes for each of ${width} columns, and --memory allows half of ${Math.floor(memory / 2 ** 20)} MiB for that`,
    { file, hint: `--memory ${mebibytes}MiB` },
  );
}

/** Bytes that a chunk needs in the slab beside its rows. */
export function openBlockBytes(width: number): number {
  const { states, parameters, sums } = COLUMN_ARRAYS;
  return columnArrayBytes(width) * (states + parameters + sums) + 256;
}
