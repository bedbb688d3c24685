import { columnBuffers } from '../arrow/layout.ts';
import type { PlacedHeader } from '../input/arrow/batches.ts';
import { slicesPerRow } from './shape.ts';
import type { BatchContext } from './table-batch.ts';

/** Where the row_sum of a batch's row stands in the input; -1 where there is no such column. */
export function storedSums(
  { layouts, reduction }: Pick<BatchContext, 'layouts' | 'reduction'>,
  header: PlacedHeader,
  column: number,
  row = 0,
): number {
  if (column < 0) return -1;
  const leaf = columnBuffers(layouts, header)[column] + layouts[column].bufferCount - 1;
  return header.bodyOffset + header.buffers[leaf * 2] + row * slicesPerRow(reduction) * 8;
}
