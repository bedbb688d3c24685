import type { Schema } from '../arrow/types.ts';
import type { ArrowInput } from '../input/description.ts';
import type { RunOptions } from '../options/types.ts';
import type { TransformSpec } from '../tasks.ts';
import { type BatchContext, layoutBatch } from './batch.ts';
import { chooseLogits, DTYPE_BYTES, type Logits } from './logits.ts';
import { type OutputColumn, outputColumns } from './output-columns.ts';
import { type Reduction, reductionOf, valuesPerRow } from './shape.ts';
import { type PlacedLayout, type TaskParts, tasksOf } from './tasks.ts';
import { defaultTolerance } from './tolerance.ts';

/** What the output consists of, before a body byte is read. Offsets and sizes are in bytes of the output file. */
export interface Plan {
  logits: Logits;
  reduction: Reduction;
  columns: readonly OutputColumn[];
  schema: Schema;
  spec: TransformSpec;
  /** Where the message of each batch starts, and at the end where the footer starts. */
  batchOffsets: Float64Array;
  bodyLengths: Float64Array;
  /** Length of the message before each body. */
  headerLength: number;
  /** Of the input that is read: logits and columns that pass through. */
  inputBytes: number;
  layoutOf(batch: number): PlacedLayout;
  tasks(threads: number): Generator<TaskParts>;
}

/** Lengths of the encoded metadata, which only the format knows. */
export interface MessageLengths {
  /** Of everything before the first batch: magic, schema and dictionaries. */
  prologue: number;
  /** Of a batch's message, the same for all batches of one schema. */
  header(nodes: number, buffers: number, variadic: number): number;
}

/**
 * Metadata and options in, the output's layout and the tasks out. Pure but for the headers, which `input` may read again.
 * @throws LogitmillError when the options do not fit the input
 */
export function planTransform(input: ArrowInput, options: RunOptions, lengthsOf: (schema: Schema, columns: readonly OutputColumn[]) => MessageLengths): Plan {
  const logits = chooseLogits(input.schema, options, input.path);
  const reduction = reductionOf(logits, options.dim, input.path);
  const mayBeNull = logits.columns.some((column) => hasNullableLevel(input.schema, column));
  const columns = outputColumns(input.schema, logits, reduction, options, mayBeNull, input.path);
  const schema: Schema = { ...input.schema, fields: columns.map(({ field }) => field) };
  const wideTarget = columns.some((column) => column.kind === 'result' && column.classIndex >= 0);
  const context: BatchContext = {
    columns,
    layouts: input.layouts,
    logits,
    reduction,
    targetForm: wideTarget ? 'columns' : logits.shape ? 'rows' : 'ragged',
  };
  const lengths = lengthsOf(schema, columns);
  const count = input.batches.count;
  const batchOffsets = new Float64Array(count + 1);
  const bodyLengths = new Float64Array(count);
  const headerLengths = new Float64Array(count);
  let offset = lengths.prologue;
  let inputBytes = 0;
  for (let index = 0; index < count; index++) {
    const layout = layoutBatch(context, input.batches.header(index));
    batchOffsets[index] = offset;
    bodyLengths[index] = layout.bodyLength;
    headerLengths[index] = lengths.header(layout.nodes.length / 2, layout.buffers.length / 2, layout.variadicCounts.length);
    offset += headerLengths[index] + layout.bodyLength;
    inputBytes += layout.copies.reduce((sum, copy) => sum + copy.length, 0);
    inputBytes += layout.rows * (valuesPerRow(logits) ?? 0) * DTYPE_BYTES[logits.sourceDtype];
  }
  batchOffsets[count] = offset;

  const layoutOf = (index: number, firstRow: number): PlacedLayout => {
    const batch = input.batches.header(index);
    return { index, batch, firstRow, layout: layoutBatch(context, batch), bodyStart: batchOffsets[index] + headerLengths[index] };
  };
  function* placed(): Generator<PlacedLayout> {
    let firstRow = 0;
    for (let index = 0; index < count; index++) {
      yield layoutOf(index, firstRow);
      firstRow += input.batches.rowsOf(index);
    }
  }
  return {
    logits, reduction, columns, schema, batchOffsets, bodyLengths, inputBytes, 
    headerLength: 0,
    spec: specOf(logits, reduction, context, options),
    layoutOf: (index) => layoutOf(index, 0),
    tasks: (threads) => tasksOf(context, placed(), threads, inputBytes),
  };
}
