import type { BatchLayout } from '../../src/layout/batch-layout.ts';
import { SlabAreas } from '../../src/memory/slabs.ts';
import type { CsvOverRows, CsvTask } from '../../src/tasks/csv.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import { emit, scratchStores } from '../batches/emit.ts';
import { mostPacked, type Stores } from '../batches/pack.ts';
import type { WorkerContext } from '../context.ts';
import { readChunk } from '../csv/chunk-text.ts';
import type { Tile } from '../csv/layout.ts';
import type { ParsedRows } from '../csv/parser.ts';
import { CsvProblemFound } from '../csv/problem-found.ts';
import type { CsvReader } from '../csv/reader.ts';
import type { CsvRows } from '../csv/scanner.ts';
import { clearGaps, placeColumns, rowsOfTile, someRows, transformTile } from '../csv/tile.ts';
import { foldRows, lookForElements } from '../dim0/csv-rows.ts';
import { OpenBlock } from '../dim0/open-block.ts';
import { UnseenColumns } from '../dim0/unseen-columns.ts';
import { type OutputPart, writeOutput } from '../io/files.ts';
import { SlabStore } from '../io/store.ts';
import { Tally } from '../rows/tally.ts';
import { stageClock } from '../stage-clock.ts';
import { ChainBroken, orBreak } from '../turns.ts';

/** One chunk of a CSV file: the rows that begin in it are parsed, computed and written as one batch. */
export function csvChunk(task: CsvTask, context: WorkerContext): TransformResult {
  const reader = context.csvReader(task.setup);
  const tally = new Tally(task.id);
  context.softmax(task.spec.dtype).set_temperature(task.spec.temperature);
  try {
    return orBreak([task.emission], () => {
      if (task.columns?.pass === 'fold') foldChunk(task, task.columns, context, reader, tally);
      else transformChunk(task, context, reader, tally);
      return tally.result;
    });
  } catch (error) {
    throw error instanceof CsvProblemFound ? located(error, task, reader) : error;
  } finally {
    // Whoever waits for this chunk waits for nothing when it failed; else it has said everything already.
    reader.chain.break(task.id);
  }
}

function transformChunk(task: CsvTask, context: WorkerContext, reader: CsvReader, tally: Tally): void {
  const { setup, parser } = reader;
  const text = readChunk(task, reader, context.bytes, (lines) => {
    reader.linesBefore = lines;
  });
  const from = setup.description.dataOffset + task.id * setup.chunkBytes;
  tally.result.inputBytes = task.window?.inputBytes ?? Math.min(setup.chunkBytes, setup.bytes - from);
  if (!text.rows || task.id < task.firstOwn) {
    endChunk(task, reader, tally, placeOf(task, reader), text.rows?.rows ?? 0, 0);
    const none = openBlock(task, new SlabAreas({ start: text.end, end: reader.area.end }), context);
    if (none) tally.result.columns = { ...none.end(task.id, reader.chain), unseen: [] };
    if (task.emission) emit(task, task.emission, [], scratchStores(task.emission, context), tally, context);
    return;
  }
  parser.begin(text.rows, text.start);
  const areas = new SlabAreas({ start: text.end, end: reader.area.end });
  const rows = text.rows.rows;
  const bound = reader.hasText ? text.rows.end - text.rows.start : 0;
  const most = reader.mostRows(rows, areas.free, bound);
  const open = openBlock(task, areas, context);
  if (most === rows) wholeBatch(task, context, reader, tally, text.rows, areas, open);
  else inPieces(task, context, reader, tally, text.rows, areas, most, open);
  if (open) tally.result.columns = { ...open.end(task.id, reader.chain), unseen: [] };
}

function openBlock({ spec, columns }: CsvTask, areas: SlabAreas, context: WorkerContext): OpenBlock | null {
  return columns && spec.overRows ? new OpenBlock(columns, spec.overRows, areas, context) : null;
}

/** The first pass of dim 0: the rows that begin in a chunk are parsed and folded. */
function foldChunk(
  task: CsvTask,
  columns: CsvOverRows,
  context: WorkerContext,
  reader: CsvReader,
  tally: Tally,
): void {
  const { setup, parser, chain } = reader;
  const { spec } = task;
  if (!spec.overRows) throw new Error('this task is of dim 0');
  const text = readChunk(task, reader, context.bytes, (lines) => {
    reader.linesBefore = lines;
  });
  const from = setup.description.dataOffset + task.id * setup.chunkBytes;
  tally.result.inputBytes = Math.min(setup.chunkBytes, setup.bytes - from);
  const rows = text.rows?.rows ?? 0;
  const place = placeOf(task, reader);
  endChunk(task, reader, tally, place, rows, 0);
  const areas = new SlabAreas({ start: text.end, end: reader.area.end });
  const unseen = new UnseenColumns(spec);
  const most = text.rows ? reader.mostRows(rows, areas.free, 0) : 0;
  const open = new OpenBlock(columns, spec.overRows, areas, context);
  if (text.rows) parser.begin(text.rows, text.start);
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    const free = areas.fork();
    const parsed = stageClock.during('parse', () => parser.parse(free.take(parser.bytesFor(count)), count));
    lookForElements(unseen, spec, parsed, context);
    const firstRow = place.rows + row;
    stageClock.during('compute', () =>
      foldRows(spec, parsed, { chunk: task.id, firstRow }, open, reader, context),
    );
  }
  tally.result.columns = { ...open.end(task.id, chain), unseen: unseen.columns };
}

/** All rows fit: header and body are put together in the slab and written at once. */
function wholeBatch(
  task: CsvTask,
  context: WorkerContext,
  reader: CsvReader,
  tally: Tally,
  { rows }: CsvRows,
  areas: SlabAreas,
  open: OpenBlock | null,
): void {
  const { parser, headerBytes } = reader;
  const { spec } = task;
  const most = open ? rows : Math.min(rows, rowsOfTile(spec));
  const region = areas.take(parser.bytesFor(reader.hasText ? rows : most));
  const parse = (count: number): ParsedRows => stageClock.during('parse', () => parser.parse(region, count));
  // Without text the size of the batch is known before its rows are read, and the next chunk need not wait for that.
  const early = reader.hasText ? parse(rows) : undefined;
  const layout = reader.layoutOf(rows, early?.columns.map(({ textBytes }) => textBytes) ?? reader.noText);
  const place = placeOf(task, reader);
  endChunk(task, reader, tally, place, rows, headerBytes + layout.bodyLength);
  const message = areas.take(headerBytes + layout.bodyLength + 64);
  const body = message + headerBytes;
  clearGaps({ layout, body }, context);
  if (early) placeColumns({ parsed: early, layout, row: 0, body, areas }, context, reader, tally);
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    const parsed = early ? someRows(early, row, count, spec) : parse(count);
    const tile: Tile = { parsed, layout, row, body, areas: areas.fork() };
    const batch = { firstRow: place.rows + row, index: task.id };
    stageClock.during('compute', () => {
      if (!early) placeColumns(tile, context, reader, tally);
      transformTile(spec, tile, batch, context, reader, tally, open);
    });
  }
  if (task.emission) {
    const made = new SlabStore(context.bytes, message + headerBytes);
    // The text has become columns: its room is free again.
    const { start } = reader.area;
    const fits = mostPacked(layout.bodyLength, layout.buffers.length / 2) <= message - start;
    const { packed } = fits
      ? { packed: new SlabStore(context.bytes, start) }
      : scratchStores(task.emission, context);
    emitRows(task, layout, { made, packed }, reader, tally, context);
    return;
  }
  const header = context.bytes.subarray(message, message + headerBytes);
  reader.writeHeader(layout, nullRowsOf(task, tally), tally.nullsOfNode, header);
  const bytes = headerBytes + layout.bodyLength;
  writeOutput(task.output, context.bytes.subarray(message, message + bytes), place.offset);
  tally.result.outputBytes = bytes;
}

/** The slab is too small for all rows: they go out in pieces, each buffer's at its place. */
function inPieces(
  task: CsvTask,
  context: WorkerContext,
  reader: CsvReader,
  tally: Tally,
  { rows }: CsvRows,
  areas: SlabAreas,
  most: number,
  open: OpenBlock | null,
): void {
  const { parser, setup, headerBytes, parts } = reader;
  const layout = reader.layoutOf(rows, reader.hasText ? parser.measureText() : reader.noText);
  const place = placeOf(task, reader);
  const stores = task.emission && scratchStores(task.emission, context);
  const sink: OutputPart = stores ? stores.made : task.output;
  const body = stores ? 0 : place.offset + headerBytes;
  endChunk(task, reader, tally, place, rows, headerBytes + layout.bodyLength);
  const textDone = setup.plan.passed.map(() => 0);
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    const free = areas.fork();
    const parsed = stageClock.during('parse', () => parser.parse(free.take(parser.bytesFor(count)), count));
    const tileLayout = reader.layoutOf(
      count,
      parsed.columns.map(({ textBytes }) => textBytes),
    );
    const tile: Tile = {
      parsed,
      layout: tileLayout,
      row: 0,
      body: free.take(tileLayout.bodyLength + 64),
      areas: free,
    };
    const batch = { firstRow: place.rows + row, index: task.id };
    stageClock.during('compute', () => {
      clearGaps(tile, context);
      placeColumns(tile, context, reader, tally);
      transformTile(task.spec, tile, batch, context, reader, tally, open);
    });
    for (let part = 0; part < parts.count; part++) {
      const kind = parts.kind(part);
      const from = tile.body + tileLayout.buffers[part * 2];
      const to = body + layout.buffers[part * 2];
      const passed = parts.role(part) === 'passed' ? parts.index(part) : -1;
      const text = passed < 0 ? 0 : textDone[passed];
      const perRow = parts.bytesPerRow(part);
      const [step, length] = {
        none: [0, 0],
        validity: [row / 8, Math.ceil(count / 8)],
        bits: [row / 8, Math.ceil(count / 8)],
        values: [row * perRow, count * perRow],
        offsets: [row * 4, (count + 1) * 4],
        text: [text, passed < 0 ? 0 : parsed.columns[passed].textBytes],
      }[kind];
      if (kind === 'offsets' && text > 0) shiftOffsets(context.view, from, count + 1, text);
      writeOutput(sink, context.bytes.subarray(from, from + length), to + step);
    }
    parsed.columns.forEach(({ textBytes }, index) => {
      textDone[index] += textBytes;
    });
  }
  if (stores) {
    emitRows(task, layout, stores, reader, tally, context);
    return;
  }
  const header = new Uint8Array(headerBytes);
  reader.writeHeader(layout, nullRowsOf(task, tally), tally.nullsOfNode, header);
  writeOutput(task.output, header, place.offset);
  tally.result.outputBytes = headerBytes + layout.bodyLength;
}

function shiftOffsets(view: DataView, address: number, count: number, by: number): void {
  for (let index = 0; index < count; index++)
    view.setInt32(address + index * 4, view.getInt32(address + index * 4, true) + by, true);
}

function placeOf(task: CsvTask, { chain, setup }: CsvReader): { rows: number; offset: number } {
  if (task.id === 0) return { rows: 0, offset: setup.firstOffset };
  const place = stageClock.during('wait', () => chain.waitForPlace(task.id - 1));
  if (!place) throw new ChainBroken();
  return place;
}

/** Tells the next chunk where it stands, and the coordinator what was made of this one. */
function endChunk(
  task: CsvTask,
  { chain, headerBytes }: CsvReader,
  tally: Tally,
  place: { rows: number; offset: number },
  rows: number,
  bytes: number,
): void {
  const next = { rows: place.rows + rows, offset: place.offset + bytes };
  chain.setPlace(task.id, next);
  const text = chain.waitForText(task.id);
  tally.result.chunkEnd = { ...next, insideQuotes: text?.insideQuotes ?? false, lines: text?.lines ?? 0 };
  if (rows === 0 || task.id < task.firstOwn || task.emission || task.columns?.pass === 'fold') return;
  const bodyLength = bytes - headerBytes;
  const block = { batch: task.id, rows, offset: place.offset, metadataLength: headerBytes, bodyLength };
  tally.result.blocks = [block];
}

/** Where the place depends on what the chunks before became: in turn. */
function emitRows(
  task: CsvTask,
  layout: BatchLayout,
  stores: Stores,
  reader: CsvReader,
  tally: Tally,
  context: WorkerContext,
): void {
  if (!task.emission) return;
  const nullRows = nullRowsOf(task, tally);
  const header = reader.headerOf(layout, nullRows, tally.nullsOfNode);
  const { bodyLength, validityBuffers, validity, sumsBuffer } = layout;
  const ready = { batch: task.id, start: 0, bodyLength, header, validityBuffers, validity, sumsBuffer };
  emit(task, task.emission, [ready], stores, tally, context);
}

function nullRowsOf({ spec }: CsvTask, { result }: Tally): number {
  return result.nullRows + (spec.invalidIsNull ? result.invalidRows : 0);
}

/** The problem with its line and row counted from the start of the file. */
function located(
  { problem }: CsvProblemFound,
  task: CsvTask,
  { setup, chain, linesBefore }: CsvReader,
): Error {
  const place = task.id === 0 ? { rows: 0 } : chain.waitForPlace(task.id - 1);
  if (!place) return new ChainBroken();
  const line = problem.line + setup.description.dataLine - 1 + linesBefore;
  return new CsvProblemFound({ ...problem, line, row: problem.row + place.rows });
}
