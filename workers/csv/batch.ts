import type { BatchHeader } from '../../src/arrow/types.ts';
import type { CsvPlan } from '../../src/input/csv/plan.ts';
import { type BatchContext, type BatchLayout, headerOf, layoutBatch } from '../../src/plan/batch.ts';
import { DTYPE_BYTES } from '../../src/plan/logits.ts';

/** What one buffer of an output batch holds, in the order of the header. */
export interface BufferPart {
  kind: 'validity' | 'bits' | 'values' | 'offsets' | 'text' | 'none';
  /** Of `values`. */
  bytesPerRow: number;
  /** Index of the passed column, or -1. */
  passed: number;
  /** Index of the column's node. */
  node: number;
  /** Of a result or of row_sum. */
  isResult: boolean;
  /** Of a result that has its own column, and with dim 0 its own nulls: the class. Else -1. */
  resultClass: number;
  /** Its nulls are the rows' that are null in all results. */
  hasRowNulls: boolean;
}

/** The buffers of every batch that this file becomes. */
export function bufferParts({ columns, logits, reduction }: BatchContext, plan: CsvPlan): BufferPart[] {
  const size = DTYPE_BYTES[logits.dtype];
  const parts: BufferPart[] = [];
  let node = 0;
  for (const column of columns) {
    const passed = column.kind === 'copy' ? plan.passed.findIndex((one) => one.column === column.input) : -1;
    const isResult = column.kind !== 'copy';
    const resultClass = column.kind === 'result' ? column.classIndex : -1;
    const hasRowNulls = isResult && !reduction.overRows;
    const add = (kind: BufferPart['kind'], bytesPerRow = 0): void => {
      parts.push({ kind, bytesPerRow, passed, node, isResult, resultClass, hasRowNulls });
    };
    add('validity');
    if (column.kind === 'row_sum') add('values', 8);
    else if (column.kind === 'result' && column.classIndex < 0) {
      node++;
      add('none');
      add('values', size * logits.columns.length);
    } else if (passed < 0) add('values', size);
    else if (plan.passed[passed].type === 'boolean') add('bits');
    else if (plan.passed[passed].type === 'utf8') {
      add('offsets');
      add('text');
    } else add('values', 8);
    node++;
  }
  return parts;
}

/**
 * The layout of a batch of so many rows. Room for a bitmap is left in every column, so that the layout depends on
 * nothing but the number of rows and the lengths of the texts.
 */
export function layoutRows(
  context: BatchContext,
  plan: CsvPlan,
  rows: number,
  textBytes: readonly number[],
): BatchLayout {
  const size = DTYPE_BYTES[context.logits.dtype];
  const columns = context.layouts.length;
  const nodes = new Float64Array(columns * 2);
  const buffers: number[] = [];
  const passedOf = new Map(plan.passed.map(({ column }, index) => [column, index]));
  for (let column = 0; column < columns; column++) {
    nodes[column * 2] = rows;
    const passed = passedOf.get(column);
    const type = passed === undefined ? null : plan.passed[passed].type;
    const bitmap = Math.ceil(rows / 8);
    buffers.push(0, bitmap);
    if (context.layouts[column].bufferCount === 3) {
      buffers.push(0, (rows + 1) * 4, 0, passed === undefined ? 0 : textBytes[passed]);
    } else if (type === 'boolean') buffers.push(0, bitmap);
    else buffers.push(0, rows * (type === null ? size : 8));
  }
  return layoutBatch(context, {
    ...{ rows, nodes, buffers: Float64Array.from(buffers), variadicCounts: new Float64Array(0) },
    ...{ compression: null, bodyOffset: 0, bodyLength: 0 },
  });
}

/** The header of a batch, with the null counts that are known at the end; a column without nulls has no bitmap. */
export function headerOfRows(
  layout: BatchLayout,
  parts: readonly BufferPart[],
  nullRows: number,
  nullsOfNode: ReadonlyMap<number, number>,
): BatchHeader {
  const header = headerOf(layout, nullRows);
  const nodes = header.nodes.slice();
  const buffers = header.buffers.slice();
  for (const [index, { kind, node, hasRowNulls }] of parts.entries()) {
    if (kind !== 'validity' || hasRowNulls) continue;
    const nulls = nullsOfNode.get(node) ?? 0;
    nodes[node * 2 + 1] = nulls;
    if (nulls === 0) buffers[index * 2 + 1] = 0;
  }
  return { ...header, nodes, buffers };
}
