import type { BlockList, Field, Schema } from '../arrow/types.ts';
import { checkColumnMemory, columnBytes } from '../dim0/memory.ts';
import { LogitmillError } from '../errors.ts';
import type { ByteSource } from '../input/bytes/byte-source.ts';
import { problemError } from '../input/csv/problems.ts';
import { planCsv } from '../input/csv/reading.ts';
import type { CsvColumn, CsvDescription, CsvFile } from '../input/csv/types.ts';
import type { Steps } from '../io/steps.ts';
import { csvColumnNulls, type Nullable, nullableParts } from '../layout/csv-batch.ts';
import { CsvParts, makeParts } from '../layout/csv-parts.ts';
import { outputFormat } from '../layout/formats.ts';
import { rowStates, withNullRows } from '../layout/late-nulls.ts';
import type { Logits } from '../layout/logits.ts';
import { reductionOf } from '../layout/shape.ts';
import { OPS } from '../ops/ops.ts';
import type { RunOptions } from '../options/types.ts';
import { CsvFeed } from '../pool/csv-feed.ts';
import type { OutputColumn } from '../results/result.ts';
import { scalarField } from '../results/slice-field.ts';
import { CsvChain, ENDLESS_CHUNKS, makeChain } from '../sync/chunk-chain.ts';
import { CsvQueue, makeQueue } from '../sync/chunk-queue.ts';
import type { CsvSetup } from '../tasks/csv.ts';
import { shareCsvSetup } from '../tasks/csv.ts';
import { leastCsvSlab } from '../tasks/csv-size.ts';
import type { ChunkEnd } from '../tasks/results.ts';
import { bytesOfStatistics, sumsAmong } from '../tasks/spec.ts';
import type { Task, TaskStream } from '../tasks/task.ts';
import { chooseCsvLogits, refuseOddFields } from './csv-logits.ts';
import { Emissions, inOrder, isOrdered } from './emission.ts';
import { outputColumns } from './output-columns.ts';
import { ONLY_PASS, type Pass, type Plan, type PlanOptions, type TaskFiles } from './plan.ts';
import { columnsTaken, outputMetadata } from './provenance.ts';
import { plainPattern, selectColumns } from './select.ts';
import { modulesOf, nullsColumns, specOf } from './spec.ts';

/** Bytes of text that become one batch: fixed, so that the output depends on neither threads nor memory. */
const CHUNK_BYTES = 2 * 2 ** 20;

/** Plans the output of a CSV file: what is in it becomes known chunk by chunk. */
export function* planCsvFile(input: CsvFile, options: PlanOptions): Steps<Plan> {
  const { description, path: file } = input;
  const dtype = options.dtype ?? 'float32';
  const names = description.columns.map(({ name }) => name);
  const asked =
    options.columns ?? (options.column === undefined ? undefined : [plainPattern(options.column)]);
  const columns = asked
    ? selectColumns(names, asked, file).sort((left, right) => left - right)
    : chooseCsvLogits(description, file);
  if (asked) refuseOddFields(description, columns, file);
  yield;
  const logits: Logits = {
    form: 'wide',
    columns,
    sourceDtype: dtype,
    dtype,
    shape: [columns.length],
    offsetBytes: 0,
  };
  const reduction = reductionOf(logits, options, file);
  if (reduction.overRows) checkColumnMemory(reduction.inner, options.memory, file);
  const inputSchema = (): Schema => schemaOfText(description, logits);
  const outputOf = (): OutputColumn[] => outputColumns(inputSchema(), logits, reduction, options, true, file);
  const output = outputOf();
  yield;
  const metadata = outputMetadata(inputSchema(), output, logits, options, options.build);
  const schemaOf = (of: readonly OutputColumn[]): Schema => ({
    fields: of.map(({ field }) => field),
    metadata,
  });
  const schema = schemaOf(output);
  yield;
  const targetForm = output.some((column) => column.kind === 'result' && column.classIndex >= 0)
    ? 'columns'
    : 'rows';
  const framed = { schema, nullable: schema, metadata: [], options: {} };
  const frame = outputFormat(options.format).frame(framed);
  yield;
  const { source: text } = input;
  const dataBytes = text ? Number.POSITIVE_INFINITY : (input.size ?? 0) - description.dataOffset;
  const chunks = text ? ENDLESS_CHUNKS : Math.ceil(dataBytes / CHUNK_BYTES);
  const { index, count } = options.shard ?? { index: 0, count: 1 };
  const [first, last] = [index, index + 1].map((part) => Math.ceil((part * chunks) / count));
  const spec = { ...specOf(logits, reduction, targetForm, options, true), sourceForm: 'rows' as const };
  const { dataOffset, dataLine, quote } = description;
  const reading = planCsv(description, {
    logits: columns,
    keep: columnsKept(output, columns),
    dtype,
    // With dim 0, nulls are left out of their column either way.
    maskNulls: options.maskNulls || reduction.overRows,
  });
  const parts = makeParts(output, reading, columns, dtype, spec.sliceColumns);
  const markedBits = !nullsColumns(reduction, options) ? 0 : targetForm === 'columns' ? 1 : columns.length;
  const nulls = {
    overRows: reduction.overRows,
    maskNulls: options.maskNulls,
    markedBits,
    sums: sumsAmong(spec),
  };
  const csv: CsvSetup = {
    plan: reading,
    description: { dataOffset, dataLine },
    batches: { dtype, targetForm, statistics: bytesOfStatistics(spec), parts, ...nulls },
    bytes: dataOffset + dataBytes,
    chunkBytes: CHUNK_BYTES,
    firstOffset: frame.startLength,
    chain: makeChain(chunks),
  };
  // A second pass goes through all chunks once more.
  const buffers = { write: csv.chain, fold: reduction.overRows ? makeChain(chunks) : csv.chain };
  const chains = { write: new CsvChain(buffers.write), fold: new CsvChain(buffers.fold) };
  const doneBefore = new Map<number, ChunkEnd>();
  const ringBytes = text ? ringSize(options, file) : 0;
  const emissionsOf = (files: TaskFiles): Emissions | null =>
    isOrdered(options) ? new Emissions(options, files, 5, csv.firstOffset, first) : null;
  function* chunkTasks(files: TaskFiles, isDone: (task: number) => boolean, pass: Pass): Generator<Task> {
    const { input: source, output } = files;
    const setup = shareCsvSetup({ ...csv, chain: buffers[pass.kind] });
    const { open, parameters } = pass;
    const columns = open && { pass: pass.kind, open, parameters };
    const emissions = emissionsOf(files);
    const queue = emissions ? null : makeQueue(chunks);
    const order = queue && new CsvQueue(queue);
    // Where rows begin, and how many there were, the chunks before the shard's have to say.
    for (let id = first === last ? last : 0; id < last; id++) {
      if (isDone(id)) continue;
      const emission = id < first ? null : (emissions?.next(id, []) ?? null);
      order?.add(id);
      const common = { kind: 'csv' as const, id, input: source, output, spec, setup, emission };
      yield { ...common, queue, columns, firstOwn: first };
    }
  }
  function feed(source: ByteSource, files: TaskFiles): TaskStream {
    const { input: fd, output } = files;
    const emissions = emissionsOf(files);
    const ring = new SharedArrayBuffer(ringBytes);
    const setup = shareCsvSetup(csv, ring);
    return new CsvFeed(source, {
      ...{ ring, chain: chains.write, dataOffset, quote },
      chunkBytes: CHUNK_BYTES,
      doneBefore: (chunk) => doneBefore.get(chunk),
      makeTask: (id, window) => {
        const emission = emissions?.next(id, []) ?? null;
        const common = { kind: 'csv' as const, id, input: fd, output, spec, setup, window, emission };
        return { ...common, queue: null, columns: null, firstOwn: 0 };
      },
    });
  }
  const nullableOf = (): Nullable => nullableParts(new CsvParts(parts), nulls);
  return {
    ...{ logits, reduction, spec },
    taken: columnsTaken(inputSchema(), logits),
    columnNulls: csvColumnNulls(new CsvParts(parts), markedBits),
    get schema() {
      return schemaOf(outputOf());
    },
    tasks: (files, isDone, pass = ONLY_PASS) => (text ? feed(text, files) : chunkTasks(files, isDone, pass)),
    restore: (chunk, { chunkEnd }, pass = 'write') => {
      if (!chunkEnd) return;
      if (text) doneBefore.set(chunk, chunkEnd);
      else chains[pass].restore(chunk, chunkEnd);
    },
    leastSlab: leastCsvSlab(csv),
    setApart: reduction.overRows ? columnBytes(reduction.inner) : ringBytes,
    modules: [...modulesOf(spec), 'csv'],
    get start() {
      return frame.start;
    },
    startLength: frame.startLength,
    dictionaries: [],
    parts: text ? 0 : last - first,
    chained: true,
    outputBytes: null,
    estimatedBytes: Math.ceil(estimateBytes(input, columns.length, options) / count),
    inputBytes: text ? input.size : Math.min(last * CHUNK_BYTES, dataBytes) * (reduction.overRows ? 2 : 1),
    blocks: inOrder,
    end: (blocks: BlockList) => frame.end([], blocks),
    columnName: (index) => names[columns[index]],
    explain: (problem) => problemError(problem, description, file),
    rowStates: (block, message) => rowStates(message, block, 1, nullableOf(), options.compression),
    headerWithNulls: ({ rows }, nullRows, message) =>
      withNullRows(message, nullableOf(), rows, nullRows, options.compression),
  };
}

/** The text's columns. Any field of a text can be empty, which is null. */
function schemaOfText(description: CsvDescription, logits: Logits): Schema {
  const isLogit = new Set(logits.columns);
  const fields = description.columns.map((column, index) =>
    isLogit.has(index) ? scalarField(column.name, logits.dtype, true) : passedField(column),
  );
  return { fields, metadata: [] };
}

/** The columns that pass through, ascending. */
function columnsKept(output: readonly OutputColumn[], logits: readonly number[]): number[] {
  const isLogit = new Set(logits);
  const kept = output.flatMap((column) =>
    column.kind === 'copy' && !isLogit.has(column.input) ? [column.input] : [],
  );
  return kept.sort((left, right) => left - right);
}

/** Room for the chunks under way and the one that is read; a quarter of the memory at most. */
function ringSize({ memory, threads }: RunOptions, file: string): number {
  const wanted = Math.max(CHUNK_BYTES * (threads + 2), memory / 8);
  const bytes = Math.floor(Math.max(Math.min(wanted, memory / 4), CHUNK_BYTES + 2 ** 16));
  if (2 * bytes <= memory) return bytes;
  throw new LogitmillError('MEMORY_TOO_SMALL', 'text that comes in order needs more memory to wait in', {
    file,
    hint: '--memory 8MiB',
  });
}

/** 0: unknown. Pass-through text takes about its own length; every value of a result its dtype's. */
function estimateBytes(
  { description, size, source }: CsvFile,
  classes: number,
  { op, dtype }: RunOptions,
): number {
  if (source || size === null) return 0;
  const { sampledRows, sampledBytes, dataOffset } = description;
  const rows = sampledRows === 0 ? 0 : ((size - dataOffset) / Math.max(1, sampledBytes)) * sampledRows;
  const bytes = { float16: 2, float32: 4, float64: 8 }[dtype ?? 'float32'];
  return Math.ceil(rows * (classes * bytes * OPS[op].results.length + 8));
}

const PASSED_TYPES = {
  int64: { id: 'int', bitWidth: 64, signed: true },
  float64: { id: 'float', bitWidth: 64 },
  boolean: { id: 'bool' },
  utf8: { id: 'utf8' },
} as const;

function passedField({ name, type }: CsvColumn): Field {
  return { name, nullable: true, type: PASSED_TYPES[type], children: [], dictionary: null, metadata: [] };
}
