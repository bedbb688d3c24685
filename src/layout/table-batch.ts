import { ALIGNMENT } from '../arrow/encode.ts';
import { columnBuffers } from '../arrow/layout.ts';
import type { ColumnLayout } from '../arrow/types.ts';
import type { PlacedHeader } from '../input/arrow/batches.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import type { ColumnSource, ResultKind, SliceColumn } from '../results/result.ts';
import {
  aligned,
  type BatchLayout,
  type ColumnNulls,
  type CopyRange,
  columnNullBytes,
  type TargetForm,
} from './batch-layout.ts';
import { refuseElementNulls } from './element-nulls.ts';
import type { Logits } from './logits.ts';
import { LayoutLists, type NumberList } from './number-lists.ts';
import { type Reduction, slicesPerRow, storedListSizes } from './shape.ts';

export interface BatchContext {
  columns: readonly ColumnSource[];
  /** What of them has a value for every slice. */
  sliceColumns: readonly SliceColumn[];
  /** Of the input's columns. */
  layouts: readonly ColumnLayout[];
  logits: Logits;
  reduction: Reduction;
  /** Rows one after the other, one buffer a class, or variable-length lists. */
  targetForm: TargetForm;
  /** Null logits count as -inf. */
  maskNulls: boolean;
  /** With dim 0, bodies end with room for the bitmap of columns that turn out invalid: see `ColumnNulls`. */
  marksColumns?: boolean;
}

/** The same for all batches of a file. */
export function columnNullsOf(context: BatchContext, batch: PlacedHeader): ColumnNulls {
  const builder = new BatchBuilder(context, batch, new LayoutLists());
  builder.build();
  const { resultNodes: nodes, resultBuffers: buffers, resultClasses } = builder;
  const classes = context.targetForm === 'columns' ? resultClasses : null;
  return { perRow: builder.nullBits, classes, nodes, buffers };
}

/**
 * Lays out the body of one output batch from the header of its input batch. Pure.
 * @param lists to put its numbers into, which then hold until they are given again: there may be a hundred thousand
 * batches, and new arrays take more time than all the rest
 */
export function layoutBatch(
  context: BatchContext,
  batch: PlacedHeader,
  lists = new LayoutLists(),
): BatchLayout {
  return new BatchBuilder(context, batch, lists).build();
}

const NONE = new Float64Array(0);

class BatchBuilder {
  readonly nodes: NumberList;
  readonly buffers: NumberList;
  readonly nullableNodes: number[] = [];
  readonly validityBuffers: number[] = [];
  readonly copies: CopyRange[] = [];
  readonly values: Record<ResultKind, number[] | null> = { probs: null, log_probs: null };
  readonly context: BatchContext;
  readonly batch: PlacedHeader;
  /** See `columnBuffers`. */
  readonly first: Float64Array;
  /** Where bitmaps of the input were copied to, by their buffer. */
  readonly copied = new Map<number, number>();
  /** See `ColumnNulls`. */
  readonly resultNodes: number[] = [];
  readonly resultBuffers: number[] = [];
  readonly resultClasses: number[] = [];
  end = 0;
  validity = -1;
  sumsBuffer = -1;
  readonly sliceColumns: number[] = [];

  constructor(context: BatchContext, batch: PlacedHeader, { nodes, buffers }: LayoutLists) {
    this.nodes = nodes;
    this.buffers = buffers;
    nodes.clear();
    buffers.clear();
    this.context = context;
    this.batch = batch;
    this.first = columnBuffers(context.layouts, batch);
  }

  /** Bits of a row in the bitmap of invalid columns. */
  get nullBits(): number {
    const { targetForm, reduction } = this.context;
    return targetForm === 'columns' ? 1 : reduction.inner;
  }

  build(): BatchLayout {
    for (const column of this.context.columns) {
      if (column.kind === 'copy') this.copy(column.input);
      else if (column.kind === 'slice') this.slice(column.slice);
      else this.result(column.result, column.classIndex);
    }
    if (this.context.marksColumns) this.take(columnNullBytes({ perRow: this.nullBits }, this.batch.rows));
    const { probs, log_probs } = this.values;
    return {
      rows: this.batch.rows,
      bodyLength: this.end,
      nodes: this.nodes.take(),
      buffers: this.buffers.take(),
      variadicCounts: this.variadicCounts(),
      nullableNodes: this.nullableNodes,
      validityBuffers: this.validityBuffers,
      copies: this.copies,
      validity: this.validity,
      values: {
        probs: probs && new Float64Array(probs),
        log_probs: log_probs && new Float64Array(log_probs),
      },
      sliceColumns: this.sliceColumns,
      sumsBuffer: this.sumsBuffer,
    };
  }

  private variadicCounts(): Float64Array {
    if (this.batch.variadicCounts.length === 0) return NONE;
    const counts = this.context.columns.flatMap((column) => {
      if (column.kind !== 'copy') return [];
      const { firstVariadic, variadicCount } = this.context.layouts[column.input];
      return [...this.batch.variadicCounts.subarray(firstVariadic, firstVariadic + variadicCount)];
    });
    return new Float64Array(counts);
  }

  private take(bytes: number): number {
    const offset = this.end;
    this.end = aligned(offset + bytes);
    return offset;
  }

  private copy(input: number): void {
    const layout = this.context.layouts[input];
    for (let node = layout.firstNode; node < layout.firstNode + layout.nodeCount; node++) {
      this.nodes.push(this.batch.nodes[node * 2], this.batch.nodes[node * 2 + 1]);
    }
    for (let buffer = this.first[input]; buffer < this.first[input + 1]; buffer++) {
      const length = this.batch.buffers[buffer * 2 + 1];
      const to = this.take(length);
      this.buffers.push(to, length);
      if (length > 0) this.copyRange(this.batch.bodyOffset + this.batch.buffers[buffer * 2], to, length);
    }
  }

  /** Neighbours that keep their distance are one range: a wide table would else need a read for each buffer. */
  private copyRange(from: number, to: number, length: number): void {
    const previous = this.copies[this.copies.length - 1];
    if (
      previous &&
      from - previous.from === to - previous.to &&
      to - previous.to - previous.length < ALIGNMENT &&
      to > previous.to
    ) {
      previous.length = to + length - previous.to;
    } else this.copies.push({ from, to, length });
  }

  private result(result: ResultKind, classIndex: number): void {
    const { logits, layouts } = this.context;
    const { rows } = this.batch;
    const size = DTYPE_BYTES[logits.dtype];
    if (classIndex >= 0) this.markResult(classIndex);
    if (this.context.reduction.overRows) this.keepNulls(classIndex);
    else this.openNullable(rows);
    let count = rows;
    if (classIndex < 0 && logits.form === 'wide') {
      count = rows * logits.columns.length;
      this.markResult();
      this.withoutNulls(count);
    } else if (classIndex < 0 && logits.shape) {
      const levels = layouts[logits.columns[0]].nodeCount - 1;
      for (const [level, length] of storedListSizes(logits.shape, levels).entries()) {
        count *= length;
        if (level === levels - 1) this.markResult();
        if (this.context.reduction.overRows) this.keepElementNulls(count, level);
        else {
          this.withoutNulls(count);
        }
      }
    } else if (classIndex < 0) {
      const column = logits.columns[0];
      const offsets = this.first[column] + 1;
      const length = this.batch.buffers[offsets * 2 + 1];
      const to = this.take(length);
      this.buffers.push(to, length);
      if (length > 0)
        this.copies.push({ from: this.batch.bodyOffset + this.batch.buffers[offsets * 2], to, length });
      count = this.batch.nodes[(layouts[column].firstNode + 1) * 2];
      this.withoutNulls(count);
    }
    const values = this.take(count * size);
    this.buffers.push(values, count * size);
    const known = this.values[result];
    if (known) known.push(values);
    else this.values[result] = [values];
  }

  /** The next node is that of a result's values. */
  private markResult(classIndex = -1): void {
    if (!this.context.marksColumns) return;
    this.resultNodes.push(this.nodes.pairs);
    this.resultBuffers.push(this.buffers.pairs);
    this.resultClasses.push(classIndex);
  }

  private slice(slice: number): void {
    const { name, bytes, length } = this.context.sliceColumns[slice];
    const perRow = slicesPerRow(this.context.reduction);
    const slices = this.batch.rows * perRow;
    this.openNullable(this.batch.rows);
    if (perRow !== 1) this.withoutNulls(slices);
    if (length !== null) this.withoutNulls(slices * length);
    const values = this.take(slices * bytes);
    if (name === 'row_sum') this.sumsBuffer = this.buffers.pairs;
    this.sliceColumns[slice] = values;
    this.buffers.push(values, slices * bytes);
  }

  /** With dim 0 what was null stays null, and nothing else becomes so: bitmaps are copied. */
  private keepNulls(classIndex: number): void {
    const { logits, layouts, maskNulls } = this.context;
    const wideSource = logits.form === 'wide';
    if (classIndex < 0 === wideSource && !maskNulls) refuseElementNulls(this.context, this.batch);
    if (wideSource && (classIndex < 0 || maskNulls)) {
      this.withoutNulls(this.batch.rows);
      return;
    }
    const column = logits.columns[wideSource ? classIndex : 0];
    this.copyNode(layouts[column].firstNode, this.first[column], this.batch.rows);
  }

  /** The nulls of a list's inner lists and elements, where they stay. */
  private keepElementNulls(count: number, level: number): void {
    const { logits, layouts, maskNulls } = this.context;
    const column = logits.columns[0];
    if (!maskNulls) {
      this.copyNode(layouts[column].firstNode + level + 1, this.first[column] + level + 1, count);
      return;
    }
    this.withoutNulls(count);
  }

  /** A node with as many nulls, and the same bitmap, as one of the input. */
  private copyNode(node: number, buffer: number, length: number): void {
    const nulls = this.batch.nodes[node * 2 + 1];
    const bytes = nulls === 0 ? 0 : this.batch.buffers[buffer * 2 + 1];
    this.nodes.push(length, bytes === 0 ? 0 : nulls);
    let to = this.copied.get(buffer) ?? this.end;
    if (bytes > 0 && !this.copied.has(buffer)) {
      to = this.take(bytes);
      this.copied.set(buffer, to);
      this.copyRange(this.batch.bodyOffset + this.batch.buffers[buffer * 2], to, bytes);
    }
    this.buffers.push(to, bytes);
  }

  /** A node whose null count and validity buffer are filled in once the rows are known: see `headerOf`. */
  private openNullable(rows: number): void {
    if (this.validity < 0) this.validity = this.take(Math.ceil(this.batch.rows / 8));
    this.nullableNodes.push(this.nodes.pairs);
    this.validityBuffers.push(this.buffers.pairs);
    this.nodes.push(rows, 0);
    this.buffers.push(this.validity, 0);
  }

  /** A node, and its bitmap, of which there are no bytes. */
  private withoutNulls(length: number): void {
    this.nodes.push(length, 0);
    this.buffers.push(this.end, 0);
  }
}
