import { batchMessageLength, encodeBatchMessage } from '../arrow/encode-batch.ts';
import { dependsOnVersion, dictionaryIds } from '../arrow/layout.ts';
import type { BlockList, Field, Schema } from '../arrow/types.ts';
import { checkColumnMemory, columnBytes } from '../columns/memory.ts';
import { LogitmillError } from '../errors.ts';
import type { PlacedHeader } from '../input/arrow-batches.ts';
import type { ArrowFile } from '../input/arrow-table.ts';
import type { RunOptions } from '../options/types.ts';
import { type SharedSetup, shareSetup } from '../shared-setup.ts';
import type { BatchBlock, Task } from '../tasks.ts';
import { aligned, type BatchContext, headerOf, LayoutLists, layoutBatch } from './batch.ts';
import { blockTasksOf } from './block-tasks.ts';
import { frameOf } from './frame.ts';
import { chooseLogits, DTYPE_BYTES } from './logits.ts';
import { type OutputColumn, outputColumns } from './output-columns.ts';
import { ONLY_PASS, type Pass, type Plan, type PlannedDictionary } from './plan.ts';
import { reductionOf, slicesPerRow, valuesPerRow } from './shape.ts';
import { type ArrowSetup, smallBatches, smallLimit } from './small-batches.ts';
import { specOf } from './spec.ts';
import { type BatchSource, type SmallRange, type TaskParts, tasksOf } from './tasks.ts';

/** Plans the output of an Arrow file: every offset is known from its metadata. */
export function planArrow(input: ArrowFile, options: RunOptions): Plan {
  if (input.compression !== null) {
    throw new LogitmillError(
      'INPUT_UNSUPPORTED',
      `its bodies are compressed (${input.compression}), which is not supported yet`,
      { file: input.path },
    );
  }
  const logits = chooseLogits(input.schema, options, input.path);
  const reduction = reductionOf(logits, options.dim, input.path);
  if (reduction.overRows) checkColumnMemory(reduction.inner, options.memory, input.path);
  const mayBeNull = logits.columns.some((column) => isNullable(input.schema.fields[column]));
  const columnsFor = (nullable: boolean): OutputColumn[] =>
    outputColumns(input.schema, logits, reduction, options, nullable, input.path);
  const columns = columnsFor(mayBeNull || options.onInvalid === 'null');
  const schema = schemaOf(input, columns);
  const wideTarget = columns.some((column) => column.kind === 'result' && column.classIndex >= 0);
  const targetForm = wideTarget ? 'columns' : logits.shape ? 'rows' : 'ragged';
  const { maskNulls } = options;
  const context: BatchContext = { columns, layouts: input.columns, logits, reduction, targetForm, maskNulls };

  const version = dependsOnVersion(schema.fields) ? input.version : 5;
  const frame = frameOf(schema, schemaOf(input, columnsFor(true)), input.metadata, { version });
  const { dictionaries, end: firstBatch } = placeDictionaries(input, columns, frame.start.length);
  const sizes = placeBatches(input, context, firstBatch);
  const spec = specOf(logits, reduction, targetForm, options, mayBeNull);
  const blockOf = (batch: number): BatchBlock => ({
    batch,
    rows: input.batches.rowsOf(batch),
    offset: sizes.offsets[batch],
    metadataLength: sizes.headerLengths[batch],
    bodyLength: sizes.offsets[batch + 1] - sizes.offsets[batch] - sizes.headerLengths[batch],
  });
  const { count } = input.batches;
  const blocks = (): BlockList<BatchBlock> => ({
    length: count,
    at: (index) => {
      const batch = index < 0 ? index + count : index;
      return batch >= 0 && batch < count ? blockOf(batch) : undefined;
    },
  });
  const end = (batches: BlockList): Uint8Array =>
    frame.end(
      dictionaries.map(({ to }) => to),
      batches,
    );
  const outputBytes =
    sizes.offsets[input.batches.count] + frame.endLength(dictionaries.length, input.batches.count);

  const source: BatchSource = {
    count: input.batches.count,
    blockOf: (index) => input.batches.blockOf(index),
    place: (index) => {
      const batch = input.batches.header(index);
      const bodyStart = sizes.offsets[index] + sizes.headerLengths[index];
      const firstRow = input.batches.firstRowOf(index);
      return { index, batch, firstRow, layout: layoutBatch(context, batch), bodyStart };
    },
    smallLimit: smallLimit(context),
  };
  let setup: SharedSetup | undefined;
  function* tasks(
    files: { input: number; output: number },
    isDone: (task: number) => boolean,
    pass: Pass = ONLY_PASS,
  ): Generator<Task> {
    const { overRows } = spec;
    const all = overRows
      ? blockTasksOf(context, source, sizes.inputBytes, overRows)
      : tasksOf(context, source, sizes.inputBytes);
    if (pass.kind === 'fold') return yield* foldTasks(all, files, isDone);
    const { parameters } = pass;
    let id = 0;
    for (const parts of all) {
      if (isDone(id)) id++;
      else if ('count' in parts) {
        setup ??= shareSetup({
          context,
          fields: input.schema.fields,
          version: input.version,
          outputVersion: version,
        } satisfies ArrowSetup);
        const batches = smallBatches(input.batches, parts.firstBatch, parts.count, sizes.offsets);
        yield { kind: 'small', id: id++, ...files, spec, setup, batches };
      } else {
        const literals = parts.headers.map(({ index, layout }) => ({
          to: sizes.offsets[index],
          bytes: encodeBatchMessage(headerOf(layout, 0), layout.bodyLength, { version }),
        }));
        const { pieces, copies } = parts;
        yield { kind: 'transform', id: id++, ...files, spec, pieces, copies, literals, parameters };
      }
    }
  }
  function* foldTasks(
    all: Iterable<TaskParts | SmallRange>,
    { input: file }: { input: number },
    isDone: (task: number) => boolean,
  ): Generator<Task> {
    let id = 0;
    for (const parts of all) {
      if (!('pieces' in parts) || parts.pieces.length === 0) continue;
      if (!isDone(id)) yield { kind: 'fold', id, input: file, spec, pieces: parts.pieces };
      id++;
    }
  }
  return {
    ...{ logits, reduction, columns, schema, spec, mayBeNull, dictionaries, outputBytes, blocks, end, tasks },
    modules: reduction.overRows ? [logits.dtype, 'float64', 'convert'] : [logits.dtype, 'convert'],
    setApart: reduction.overRows ? columnBytes(reduction.inner) : 0,
    restore: () => {},
    start: frame.start,
    parts: input.batches.count,
    estimatedBytes: outputBytes,
    inputBytes: sizes.inputBytes,
    rowStates: (block) => {
      const layout = layoutBatch(context, input.batches.header(block.batch));
      const body = block.offset + block.metadataLength;
      if (layout.sums < 0 || layout.validity < 0) return null;
      return { bitmap: body + layout.validity, sums: body + layout.sums, slices: slicesPerRow(reduction) };
    },
    columnName: (index) => (logits.form === 'wide' ? input.schema.fields[logits.columns[index]].name : null),
    headerWithNulls: ({ batch }, nullRows) => {
      const layout = layoutBatch(context, input.batches.header(batch));
      return encodeBatchMessage(headerOf(layout, nullRows), layout.bodyLength, { version });
    },
  };
}

function schemaOf(input: ArrowFile, columns: readonly OutputColumn[]): Schema {
  return { ...input.schema, fields: columns.map(({ field }) => field) };
}

/** Dictionaries of columns that pass through, in the order of the file. */
function placeDictionaries(
  input: ArrowFile,
  columns: readonly OutputColumn[],
  position: number,
): { dictionaries: PlannedDictionary[]; end: number } {
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
  const dictionaries = input.dictionaries
    .filter(({ id }) => wanted.has(id))
    .map(({ offset: from, metadataLength, bodyLength }) => {
      const to = { offset, metadataLength, bodyLength };
      offset = aligned(offset + metadataLength + bodyLength);
      return { from, to };
    });
  return { dictionaries, end: offset };
}

function placeBatches(input: ArrowFile, context: BatchContext, position: number) {
  const { count } = input.batches;
  const offsets = new Float64Array(count + 1);
  const headerLengths = new Float64Array(count);
  let inputBytes = 0;
  offsets[0] = position;
  const lists = new LayoutLists();
  input.batches.scan((batch, index) => {
    const layout = layoutBatch(context, batch, lists);
    headerLengths[index] = batchMessageLength(headerOf(layout, 0));
    offsets[index + 1] = offsets[index] + headerLengths[index] + layout.bodyLength;
    inputBytes += layout.copies.reduce((sum, { length }) => sum + length, 0) + logitsBytes(context, batch);
  });
  return { offsets, headerLengths, inputBytes };
}

/** Bytes of logits in one batch, as often as they are read. */
function logitsBytes({ logits, layouts, reduction }: BatchContext, batch: PlacedHeader): number {
  const size = DTYPE_BYTES[logits.sourceDtype];
  const perRow = valuesPerRow(logits);
  if (perRow !== null) return batch.rows * perRow * size * (reduction.overRows ? 2 : 1);
  return batch.nodes[(layouts[logits.columns[0]].firstNode + 1) * 2] * size;
}

function isNullable(field: Field): boolean {
  return field.nullable || field.children.some(isNullable);
}
