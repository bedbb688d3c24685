import type { BatchHeader } from '../../src/arrow/types.ts';
import { type BatchLayout, headerOf } from '../../src/layout/batch-layout.ts';
import type { CsvParts } from '../../src/layout/csv-parts.ts';

/**
 * The header of a batch, with the null counts that are known at the end; a column without nulls has no bitmap.
 * @param ownBitmaps parts: see `isOwnBitmap`
 */
export function headerOfRows(
  layout: BatchLayout,
  parts: CsvParts,
  ownBitmaps: readonly number[],
  nullRows: number,
  nullsOfNode: ReadonlyMap<number, number>,
): BatchHeader {
  const header = headerOf(layout, nullRows);
  if (ownBitmaps.length === 0) return header;
  const nodes = header.nodes.slice();
  const buffers = header.buffers.slice();
  for (const part of ownBitmaps) {
    const node = parts.node(part);
    const nulls = nullsOfNode.get(node) ?? 0;
    nodes[node * 2 + 1] = nulls;
    if (nulls === 0) buffers[part * 2 + 1] = 0;
  }
  return { ...header, nodes, buffers };
}
