import { ALIGNMENT } from '../arrow/encode.ts';
import type { BatchHeader } from '../arrow/types.ts';
import type { ResultKind } from '../results/result.ts';

/** Every buffer of a body starts at a multiple of ALIGNMENT, as the format recommends. */
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export interface CopyRange {
  /** Position in the input file, in bytes. */
  from: number;
  /** Offset in the output's body, in bytes. */
  to: number;
  length: number;
}

/** Where everything of one output batch lies; offsets are in bytes from the start of its body. */
export interface BatchLayout {
  rows: number;
  bodyLength: number;
  nodes: Float64Array;
  buffers: Float64Array;
  variadicCounts: Float64Array;
  /** Indices of the nodes that take the number of null rows, and of the buffers that are then the validity bitmap. */
  nullableNodes: readonly number[];
  validityBuffers: readonly number[];
  copies: readonly CopyRange[];
  /** One bitmap for all results: a row is null in all of them or in none. */
  validity: number;
  /** First value of each result: one offset for a list, one a class for wide; null when the op has no such result. */
  values: Readonly<Record<ResultKind, Float64Array | null>>;
  /** First value of each column of slices, in the order of the spec; and the index of row_sum's buffer, -1 without it. */
  sliceColumns: readonly number[];
  sumsBuffer: number;
}

/**
 * Where invalid columns of dim 0 become null: by a bitmap at the end of each body, which stands in for that of a result.
 * Of columns it has unset bits alone, and is that of all invalid ones; of lists it is that of the elements.
 */
export interface ColumnNulls {
  /** Bits of a row in the bitmap. */
  perRow: number;
  /** Which class each of them is of; null: lists of all classes. */
  classes: readonly number[] | null;
  /** Their indices in the header: one a column of each result, or one a result. */
  nodes: readonly number[];
  buffers: readonly number[];
}

/** Its bytes; what stands before it is aligned, and so is its end. */
export function columnNullBytes({ perRow }: Pick<ColumnNulls, 'perRow'>, rows: number): number {
  return Math.ceil((rows * perRow) / 8);
}

export type TargetForm = 'rows' | 'columns' | 'ragged';

/** The header to write for a batch with so many null rows. */
export function headerOf(
  layout: Pick<
    BatchLayout,
    'rows' | 'nodes' | 'buffers' | 'variadicCounts' | 'nullableNodes' | 'validityBuffers'
  >,
  nullRows: number,
): BatchHeader {
  const { rows, variadicCounts } = layout;
  const nodes = nullRows === 0 ? layout.nodes : layout.nodes.slice();
  const buffers = nullRows === 0 ? layout.buffers : layout.buffers.slice();
  if (nullRows > 0) {
    for (const node of layout.nullableNodes) nodes[node * 2 + 1] = nullRows;
    for (const buffer of layout.validityBuffers) buffers[buffer * 2 + 1] = Math.ceil(rows / 8);
  }
  return { rows, nodes, buffers, variadicCounts, compression: null };
}
