import { batchMessageLength, encodeBatchMessage } from '../arrow/encode-batch.ts';
import { dependsOnVersion } from '../arrow/layout.ts';
import type { BlockList, Field, Schema } from '../arrow/types.ts';
import { checkColumnMemory, columnBytes } from '../dim0/memory.ts';
import { LogitmillError } from '../errors.ts';
import type { PlacedHeader } from '../input/arrow/batches.ts';
import type { Table } from '../input/arrow/table.ts';
import type { Steps } from '../io/steps.ts';
import { headerOf } from '../layout/batch-layout.ts';
import { outputFormat } from '../layout/formats.ts';
import { rowStates, withNullRows } from '../layout/late-nulls.ts';
import { LayoutLists } from '../layout/number-lists.ts';
import type { BatchBlock, PlannedDictionary } from '../layout/output-plan.ts';
import type { PlacedLayout } from '../layout/pieces.ts';
import { reductionOf, slicesPerRow, valuesPerRow } from '../layout/shape.ts';
import { type ArrowSetup, smallBatches, smallLimit } from '../layout/small-batches.ts';
import { type BatchContext, columnNullsOf, layoutBatch } from '../layout/table-batch.ts';
import { DTYPE_BYTES } from '../ops/dtypes.ts';
import { OPS } from '../ops/ops.ts';
import type { OutputColumn } from '../results/result.ts';
import { leastSlab } from '../tasks/pass-size.ts';
import { type SharedSetup, shareSetup } from '../tasks/setup.ts';
import type { Task } from '../tasks/task.ts';
import { blockTasksOf, chainOf } from './cut-blocks.ts';
import { type BatchSource, tasksOf } from './cut-tasks.ts';
import { betweenBatches, type CarriedDictionary, carriedDictionaries, emittedBatch } from './dictionaries.ts';
import { Emissions, inOrder, isOrdered } from './emission.ts';
import { chooseLogits } from './logits.ts';
import { outputColumns, sourcesOf } from './output-columns.ts';
import { ONLY_PASS, type Pass, type Plan, type PlanOptions, type TaskFiles } from './plan.ts';
import { columnsTaken, outputMetadata, provenanceOf } from './provenance.ts';
import { modulesOf, nullsColumns, specOf } from './spec.ts';

/**
 * Plans the output of an Arrow file: every offset is known from its metadata, unless the output is compressed. Then
 * the plan is that of the uncompressed output, and what tasks make of it finds its place in turn.
 */
export function* planArrow(input: Table, options: PlanOptions): Steps<Plan> {
  if (!options.forceInput) refuseOwnOutput(input);
  const isEmpty = (column: number): boolean => isColumnEmpty(input, column);
  // Over the rows, each column stands for itself.
  const facts = options.dim === 0 || options.dim === -2 ? {} : { isEmpty };
  const logits = chooseLogits(input.schema, options, input.path, facts);
  const reduction = reductionOf(logits, options, input.path);
  if (reduction.overRows) checkColumnMemory(reduction.inner, options.memory, input.path);
  yield;
  const mayBeNull = logits.columns.some((column) => isNullable(input.schema.fields[column]));
  const columnsFor = (nullable: boolean): OutputColumn[] =>
    outputColumns(input.schema, logits, reduction, options, nullable, input.path);
  const columns = columnsFor(mayBeNull || options.onInvalid === 'null');
  const metadata = outputMetadata(input.schema, columns, logits, options, options.build);
  const schemaOf = (of: readonly OutputColumn[]): Schema => ({
    fields: of.map(({ field }) => field),
    metadata,
  });
  const schema = schemaOf(columns);
  yield;
  const wideTarget = columns.some((column) => column.kind === 'result' && column.classIndex >= 0);
  const isWide = OPS[options.op].results.length === 0 ? logits.form === 'wide' : wideTarget;
  const targetForm = isWide ? 'columns' : logits.shape ? 'rows' : 'ragged';
  const { maskNulls } = options;
  const spec = specOf(logits, reduction, targetForm, options, mayBeNull);
  const { sliceColumns } = spec;
  const context: BatchContext = {
    ...{ columns, sliceColumns, layouts: input.columns, logits, reduction, targetForm, maskNulls },
    marksColumns: nullsColumns(reduction, options),
  };
  const ordered = isOrdered(options);

  const version = dependsOnVersion(schema.fields) ? input.version : 5;
  const format = outputFormat(options.format);
  const nullable = schemaOf(columnsFor(true));
  const frame = format.frame({ schema, nullable, metadata: input.metadata, options: { version } });
  const carried = carriedDictionaries(input, columns, format);
  yield;
  const sizes = yield* placeBatches(input, context, carried, frame.startLength, ordered);
  const { dictionaries } = sizes;
  const between = betweenBatches(carried);
  const { count } = input.batches;
  const blockOf = (batch: number): BatchBlock => ({
    batch,
    rows: input.batches.rowsOf(batch),
    offset: sizes.offsets[batch],
    metadataLength: sizes.headerLengths[batch],
    bodyLength: sizes.bodyLengths[batch],
  });
  const planned = (): BlockList<BatchBlock> => ({
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
  const plannedBytes = sizes.offsets[count] + frame.endLength(dictionaries.length, count);

  const place = (of: BatchContext, index: number): PlacedLayout => {
    const batch = input.batches.header(index);
    const bodyStart = sizes.offsets[index] + sizes.headerLengths[index];
    const firstRow = input.batches.firstRowOf(index);
    return { index, batch, firstRow, layout: layoutBatch(of, batch), bodyStart };
  };
  const source: BatchSource = {
    count,
    blockOf: (index) => input.batches.blockOf(index),
    place: (index) => place(context, index),
    // Small batches are written together, with nothing between them.
    smallLimit: ordered || input.compression || between.size > 0 ? 0 : smallLimit(context),
  };
  let setup: SharedSetup | undefined;
  function* tasks(
    files: TaskFiles,
    isDone: (task: number) => boolean,
    pass: Pass = ONLY_PASS,
  ): Generator<Task> {
    if (pass.kind === 'fold') return yield* foldTasks(files, isDone, pass);
    const { parameters } = pass;
    const { input: from, output, scratch } = files;
    const inBlocks = ordered || input.compression ? null : spec.overRows;
    const all = inBlocks
      ? blockTasksOf(context, source, sizes.inputBytes, inBlocks)
      : tasksOf(context, source, sizes.inputBytes, { whole: ordered });
    const chain = chainOf(inBlocks ? null : pass.open);
    const emissions = ordered ? new Emissions(options, files, version, sizes.start) : null;
    let id = -1;
    for (const parts of all) {
      id++;
      if (isDone(id)) continue;
      const common = { id, input: from, output, spec };
      if ('count' in parts) {
        setup ??= shareSetup({
          context: { ...context, columns: sourcesOf(columns) },
          fields: input.schema.fields,
          version: input.version,
          outputVersion: version,
        } satisfies ArrowSetup);
        const batches = smallBatches(input.batches, parts.firstBatch, parts.count, sizes.offsets);
        yield { kind: 'small', ...common, setup, batches };
        continue;
      }
      const { pieces, copies, headers, stored } = parts;
      const inflation = stored.length > 0 ? { buffers: stored, scratch } : null;
      const emission = emissions?.next(
        id,
        headers.map((header) => emittedBatch(header, between)),
      );
      const literals = headers.map(({ index, layout }) => ({
        to: sizes.offsets[index],
        bytes: encodeBatchMessage(headerOf(layout, 0), layout.bodyLength, { version }),
      }));
      const written = emission ? { emission, literals: [] } : { emission: null, literals };
      const range = { pieces, copies, parameters, chain: pieces.length > 0 ? chain() : null };
      yield { kind: 'transform', ...common, ...written, inflation, ...range };
    }
  }
  /** The first pass of dim 0, for which nothing but logits is read. */
  function* foldTasks(
    { input: file, scratch }: TaskFiles,
    isDone: (task: number) => boolean,
    pass: Pass,
  ): Generator<Task> {
    const logitsAlone = { ...context, columns: [] };
    const batches = { ...source, place: (index: number) => place(logitsAlone, index), smallLimit: 0 };
    const inBlocks = input.compression ? null : spec.overRows;
    const all = inBlocks
      ? blockTasksOf(logitsAlone, batches, sizes.inputBytes, inBlocks)
      : tasksOf(logitsAlone, batches, sizes.inputBytes);
    const chain = chainOf(inBlocks ? null : pass.open);
    let id = 0;
    for (const parts of all) {
      if (!('pieces' in parts) || parts.pieces.length === 0) continue;
      const { pieces, stored } = parts;
      const inflation = stored.length > 0 ? { buffers: stored, scratch } : null;
      if (!isDone(id)) yield { kind: 'fold', id, input: file, inflation, spec, pieces, chain: chain() };
      id++;
    }
  }
  return {
    ...{ logits, reduction, schema, spec, dictionaries, end, tasks },
    taken: columnsTaken(input.schema, logits),
    modules: modulesOf(spec),
    columnNulls: context.marksColumns && count > 0 ? columnNullsOf(context, input.batches.header(0)) : null,
    leastSlab: leastSlab(spec),
    setApart: reduction.overRows ? columnBytes(reduction.inner) : 0,
    restore: () => {},
    get start() {
      return frame.start;
    },
    startLength: frame.startLength,
    parts: count,
    chained: ordered || (reduction.overRows && input.compression !== null),
    outputBytes: ordered ? null : plannedBytes,
    estimatedBytes: options.compression === 'none' ? plannedBytes : plannedBytes * LEAST_COMPRESSED,
    inputBytes: sizes.inputBytes,
    blocks: (made) => (ordered ? inOrder(made) : planned()),
    rowStates: (block, message) => {
      const layout = layoutBatch(context, input.batches.header(block.batch));
      return rowStates(message, block, slicesPerRow(reduction), layout, options.compression);
    },
    columnName: (index) => (logits.form === 'wide' ? input.schema.fields[logits.columns[index]].name : null),
    headerWithNulls: ({ batch, rows }, nullRows, message) => {
      const layout = layoutBatch(context, input.batches.header(batch));
      return withNullRows(message, layout, rows, nullRows, options.compression);
    },
  };
}

/** Of probabilities by LZ4 or ZSTD; what is refused for want of space must be sure not to fit. */
const LEAST_COMPRESSED = 0.25;

/**
 * Where everything of an uncompressed output stands. In an ordered one, only what comes before the first batch is sure,
 * and dictionaries between batches are left to the tasks.
 */
function* placeBatches(
  input: Table,
  context: BatchContext,
  carried: readonly CarriedDictionary[],
  position: number,
  ordered: boolean,
) {
  const { count } = input.batches;
  const offsets = new Float64Array(count + 1);
  const headerLengths = new Float64Array(count);
  const bodyLengths = new Float64Array(count);
  const dictionaries: PlannedDictionary[] = [];
  let inputBytes = 0;
  let end = position;
  let next = 0;
  const placeDictionaries = (batch: number): void => {
    for (; next < carried.length && carried[next].batchesBefore <= batch; next++) {
      const { message, from, length, metadataLength, bodyLength } = carried[next];
      if (ordered && batch > 0) continue;
      dictionaries.push({ message, from, length, to: { offset: end, metadataLength, bodyLength } });
      end += metadataLength + bodyLength;
    }
  };
  placeDictionaries(0);
  const start = end;
  const lists = new LayoutLists();
  yield* input.batches.scan((batch, index) => {
    placeDictionaries(index);
    const layout = layoutBatch(context, batch, lists);
    offsets[index] = end;
    headerLengths[index] = batchMessageLength(headerOf(layout, 0));
    bodyLengths[index] = layout.bodyLength;
    end += headerLengths[index] + layout.bodyLength;
    inputBytes += layout.copies.reduce((sum, { length }) => sum + length, 0) + logitsBytes(context, batch);
  });
  offsets[count] = end;
  return { offsets, headerLengths, bodyLengths, dictionaries, start, inputBytes };
}

/** Bytes of logits in one batch, as often as they are read. */
function logitsBytes({ logits, layouts, reduction }: BatchContext, batch: PlacedHeader): number {
  const size = DTYPE_BYTES[logits.sourceDtype];
  const perRow = valuesPerRow(logits);
  if (perRow !== null) return batch.rows * perRow * size * (reduction.overRows ? 2 : 1);
  return batch.nodes[(layouts[logits.columns[0]].firstNode + 1) * 2] * size;
}

/** Softmax of probabilities is what nobody wants. @throws LogitmillError OWN_OUTPUT */
function refuseOwnOutput({ schema, path }: Table): void {
  const provenance = provenanceOf(schema);
  if (!provenance) return;
  throw new LogitmillError(
    'OWN_OUTPUT',
    `is an output of logitmill already (${provenance.op ?? 'of another version'}): its results are no logits`,
    {
      file: path,
      hint: 'the file that it was made from; or logitmill validate, to check it; --force-input insists',
    },
  );
}

/** Whether all values of a column are null, as the batches' headers say. */
function isColumnEmpty({ batches, columns, rows }: Table, column: number): boolean {
  if (rows === 0) return false;
  for (let index = 0; index < batches.count; index++) {
    const { rows: length, nodes } = batches.header(index);
    if (nodes[columns[column].firstNode * 2 + 1] < length) return false;
  }
  return true;
}

function isNullable(field: Field): boolean {
  return field.nullable || field.children.some(isNullable);
}
