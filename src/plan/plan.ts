import { encodeFileEnd, encodeFileStart } from '../arrow/encode.ts';
import { encodeBatchMessage } from '../arrow/encode-batch.ts';
import { END_OF_STREAM, FILE_START_LENGTH, PREFIX_LENGTH } from '../arrow/framing.ts';
import { dependsOnVersion, dictionaryIds } from '../arrow/layout.ts';
import type { Block, Field, Schema } from '../arrow/types.ts';
import { LogitmillError } from '../errors.ts';
import type { PlacedHeader } from '../input/arrow-batches.ts';
import type { ArrowFile } from '../input/arrow-table.ts';
import type { RunOptions } from '../options/types.ts';
import type { TransformSpec } from '../tasks.ts';
import { aligned, type BatchContext, headerOf, layoutBatch } from './batch.ts';
import { chooseLogits, DTYPE_BYTES, type Logits } from './logits.ts';
import { type OutputColumn, outputColumns } from './output-columns.ts';
import { type Reduction, reductionOf, valuesPerRow } from './shape.ts';
import { type PlacedLayout, type TaskParts, tasksOf } from './tasks.ts';
import { defaultTolerance } from './tolerance.ts';

/** What the output file consists of, before a body byte is read. Offsets and sizes are in bytes. */
export interface Plan {
  logits: Logits;
  reduction: Reduction;
  columns: readonly OutputColumn[];
  schema: Schema;
  spec: TransformSpec;
  /** Whether a row of the input can be null. */
  mayBeNull: boolean;
  /** Magic and schema. */
  start: Uint8Array;
  dictionaries: readonly PlannedDictionary[];
  batches: number;
  /** Where the message of a batch starts, its header's and its body's length. */
  block(batch: number): Block;
  /** The message that stands before a batch's body, when so many of its rows are null. */
  header(batch: number, nullRows: number): Uint8Array;
  /** End-of-stream marker, footer and magic; they stand at `endOffset`. */
  end(): Uint8Array;
  endOffset: number;
  outputBytes: number;
  /** Of the input that is read: logits and columns that pass through. */
  inputBytes: number;
  tasks(): Generator<TaskParts>;
}

/** A dictionary batch that is copied as it stands. */
export interface PlannedDictionary {
  from: number;
  to: Block;
}

/**
 * Metadata and options in; the output's layout and the tasks out. Pure, but that `input` may read headers again.
 * @throws LogitmillError when the options do not fit the input
 */
export function planTransform(input: ArrowFile, options: RunOptions): Plan {
  if (input.compression !== null) {
    throw new LogitmillError(
      'INPUT_UNSUPPORTED',
      `its bodies are compressed (${input.compression}), which is not supported yet`,
      { file: input.path },
    );
  }
  const logits = chooseLogits(input.schema, options, input.path);
  const reduction = reductionOf(logits, options.dim, input.path);
  const mayBeNull = logits.columns.some((column) => isNullable(input.schema.fields[column]));
  const columnsFor = (nullable: boolean): OutputColumn[] =>
    outputColumns(input.schema, logits, reduction, options, nullable, input.path);
  const columns = columnsFor(mayBeNull || options.onInvalid === 'null');
  const schema = schemaOf(input, columns);
  const wideTarget = columns.some((column) => column.kind === 'result' && column.classIndex >= 0);
  const targetForm = wideTarget ? 'columns' : logits.shape ? 'rows' : 'ragged';
  const context: BatchContext = { columns, layouts: input.columns, logits, reduction, targetForm };

  const nullableSchema = schemaOf(input, columnsFor(true));
  const version = dependsOnVersion(schema.fields) ? input.version : 5;
  const start = paddedStart(
    encodeFileStart(schema, { version }),
    encodeFileStart(nullableSchema, { version }).length,
  );
  const dictionaries = placeDictionaries(input, columns, start.length);
  const firstBatch = dictionaries.reduce(
    (_, { to }) => to.offset + to.metadataLength + to.bodyLength,
    start.length,
  );
  const sizes = placeBatches(input, context, firstBatch);
  const block = (batch: number): Block => {
    const metadataLength = sizes.headerLengths[batch];
    return {
      offset: sizes.offsets[batch],
      metadataLength,
      bodyLength: sizes.offsets[batch + 1] - sizes.offsets[batch] - metadataLength,
    };
  };
  const end = (): Uint8Array => {
    const blocks = Array.from({ length: input.batches.count }, (_, batch) => block(batch));
    const encode = (fields: Schema): Uint8Array =>
      encodeFileEnd(
        fields,
        dictionaries.map(({ to }) => to),
        blocks,
        input.metadata,
      );
    return paddedEnd(encode(schema), encode(nullableSchema).length);
  };
  const endOffset = sizes.offsets[input.batches.count];

  function* placed(): Generator<PlacedLayout> {
    let firstRow = 0;
    for (let index = 0; index < input.batches.count; index++) {
      const batch = input.batches.header(index);
      const bodyStart = sizes.offsets[index] + sizes.headerLengths[index];
      yield { index, batch, firstRow, layout: layoutBatch(context, batch), bodyStart };
      firstRow += batch.rows;
    }
  }
  return {
    logits,
    reduction,
    columns,
    schema,
    mayBeNull,
    spec: specOf(logits, reduction, targetForm, options, mayBeNull),
    start,
    dictionaries,
    batches: input.batches.count,
    block,
    header: (batch, nullRows) => {
      const layout = layoutBatch(context, input.batches.header(batch));
      return encodeBatchMessage(headerOf(layout, nullRows), layout.bodyLength, { version });
    },
    end,
    endOffset,
    outputBytes: endOffset + end().length,
    inputBytes: sizes.inputBytes,
    tasks: () => tasksOf(context, placed(), sizes.inputBytes),
  };
}

function schemaOf(input: ArrowFile, columns: readonly OutputColumn[]): Schema {
  return { ...input.schema, fields: columns.map(({ field }) => field) };
}

/**
 * Magic and schema, as long as they would be with nullable results: all that follows stands at the same place
 * whatever --on-invalid says, so that a finished run with invalid rows can be published with another answer.
 */
function paddedStart(start: Uint8Array, wanted: number): Uint8Array {
  const length = Math.max(start.length, wanted);
  const padded = new Uint8Array(length);
  padded.set(start);
  new DataView(padded.buffer).setInt32(
    FILE_START_LENGTH + 4,
    length - FILE_START_LENGTH - PREFIX_LENGTH,
    true,
  );
  return padded;
}

/** Likewise: a footer is found from the file's end, so there may be zeros between the end-of-stream marker and it. */
function paddedEnd(end: Uint8Array, wanted: number): Uint8Array {
  const padded = new Uint8Array(Math.max(end.length, wanted));
  padded.set(END_OF_STREAM);
  padded.set(end.subarray(END_OF_STREAM.length), padded.length - end.length + END_OF_STREAM.length);
  return padded;
}

/** Dictionaries of columns that pass through, in the order of the file. */
function placeDictionaries(
  input: ArrowFile,
  columns: readonly OutputColumn[],
  position: number,
): PlannedDictionary[] {
  const wanted = new Map(
    columns.flatMap(({ kind, field }) =>
      kind === 'copy' ? dictionaryIds(field).map((id) => [id, field.name] as const) : [],
    ),
  );
  const replaced = input.dictionaries.find(({ id, isReplacement }) => isReplacement && wanted.has(id));
  if (replaced) {
    const message = `column ${wanted.get(replaced.id)}: its dictionary is replaced half-way, which a file cannot hold`;
    throw new LogitmillError('UNSUPPORTED_COLUMN', message, {
      file: input.path,
      hint: '--format stream, or --keep without that column',
    });
  }
  let offset = position;
  return input.dictionaries
    .filter(({ id }) => wanted.has(id))
    .map(({ offset: from, metadataLength, bodyLength }) => {
      const to = { offset, metadataLength, bodyLength };
      offset = aligned(offset + metadataLength + bodyLength);
      return { from, to };
    });
}

function placeBatches(input: ArrowFile, context: BatchContext, position: number) {
  const { count } = input.batches;
  const offsets = new Float64Array(count + 1);
  const headerLengths = new Float64Array(count);
  let inputBytes = 0;
  offsets[0] = position;
  for (let index = 0; index < count; index++) {
    const batch = input.batches.header(index);
    const layout = layoutBatch(context, batch);
    headerLengths[index] = encodeBatchMessage(headerOf(layout, 0), layout.bodyLength).length;
    offsets[index + 1] = offsets[index] + headerLengths[index] + layout.bodyLength;
    inputBytes += layout.copies.reduce((sum, { length }) => sum + length, 0) + logitsBytes(context, batch);
  }
  return { offsets, headerLengths, inputBytes };
}

/** Bytes of logits in one batch. */
function logitsBytes({ logits, layouts }: BatchContext, batch: PlacedHeader): number {
  const size = DTYPE_BYTES[logits.sourceDtype];
  const perRow = valuesPerRow(logits);
  if (perRow !== null) return batch.rows * perRow * size;
  return batch.nodes[(layouts[logits.columns[0]].firstNode + 1) * 2] * size;
}

function isNullable(field: Field): boolean {
  return field.nullable || field.children.some(isNullable);
}

function specOf(
  logits: Logits,
  reduction: Reduction,
  targetForm: BatchContext['targetForm'],
  options: RunOptions,
  mayBeNull: boolean,
): TransformSpec {
  const length = reduction.length ?? 0;
  return {
    op: options.op,
    sourceDtype: logits.sourceDtype,
    dtype: logits.dtype,
    outer: reduction.outer,
    length,
    inner: reduction.inner,
    sourceForm: logits.form === 'wide' ? 'columns' : logits.shape ? 'rows' : 'ragged',
    targetForm,
    temperature: options.temperature,
    tolerance: options.tolerance ?? defaultTolerance(logits.dtype, length),
    maskNulls: options.maskNulls,
    invalidBecomesNull: !(mayBeNull && options.onInvalid === 'keep'),
  };
}
