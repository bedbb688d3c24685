import { countBits } from '../../src/arrow/bits.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { ResultKind } from '../../src/results/result.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { applyRows } from '../dim0/csv-rows.ts';
import type { OpenBlock } from '../dim0/open-block.ts';
import { clearNulls, deriveSlices, pickSlices } from '../results/derive.ts';
import { takeStatistics } from '../results/slice-columns.ts';
import type { Slices } from '../results/slices.ts';
import { takeWork } from '../rows/pass.ts';
import type { Tally } from '../rows/tally.ts';
import type { Tile } from './layout.ts';
import type { ParsedRows } from './parser.ts';
import type { CsvReader } from './reader.ts';

/** A matrix of so many bytes, its transpose and what is computed from it stay in the second-level cache. */
const TILE_BYTES = 2 ** 18;

/** Rows that are best parsed and computed at a time: whole cache lines of each column. */
export function rowsOfTile({ dtype, length }: TransformSpec): number {
  return Math.max(32, Math.floor(TILE_BYTES / (length * DTYPE_BYTES[dtype]) / 32) * 32);
}

/** Some of the rows that were parsed together, without the passed columns. `row` is a multiple of eight. */
export function someRows(
  { logits, nullLogits, logitsValidity }: ParsedRows,
  row: number,
  rows: number,
  { dtype, length }: TransformSpec,
): ParsedRows {
  return {
    rows,
    logits: logits + row * length * DTYPE_BYTES[dtype],
    nullLogits,
    logitsValidity: logitsValidity === 0 ? 0 : logitsValidity + (row * length) / 8,
    columns: [],
  };
}

/** From the matrix of logits to the body of a batch. */
export function transformTile(
  spec: TransformSpec,
  tile: Tile,
  batch: { firstRow: number; index: number },
  context: WorkerContext,
  reader: CsvReader,
  tally: Tally,
  open: OpenBlock | null,
): void {
  const { parsed, layout, body, row } = tile;
  if (open) {
    const place = { chunk: batch.index, firstRow: batch.firstRow };
    tally.result.rows += parsed.rows;
    tally.addDifference(applyRows(spec, tile, place, open, reader, context));
    return;
  }
  const bitmap = body + layout.validity + row / 8;
  tally.openBitmap(context, bitmap, parsed.rows);
  const hasNulls = parsed.nullLogits > 0 && !spec.maskNulls;
  if (hasNulls) {
    context.csvKernels.row_validity(parsed.logitsValidity, parsed.rows, spec.length, bitmap);
  }
  const { logits, rows } = parsed;
  const size = DTYPE_BYTES[spec.dtype];
  tally.look(context, {
    ...{ rows, dtype: spec.dtype },
    lengthOf: () => spec.length,
    addressOf: (which, index) => logits + (which * spec.length + index) * size,
  });
  const at = reader.setup.batches.sums;
  const sums = at < 0 ? tile.areas.take(parsed.rows * 8) : body + layout.sliceColumns[at] + row * 8;
  const outs = layout.sliceColumns.map(
    (offset, index) => body + offset + row * spec.sliceColumns[index].bytes,
  );
  const statistics = takeStatistics(tile.areas, spec);
  const slices = parsed.rows;
  const matrix = { form: 'rows', source: parsed.logits, slices, classes: spec.length } as const;
  deriveSlices(spec, matrix, { sliceColumns: outs, statistics }, context);
  const computed = compute(spec, tile, sums, context, tally);
  const slicesOf = (result: ResultKind): Slices | null => {
    const columns = computed.find((one) => one.result === result);
    if (!columns) return null;
    const { address: source, stride } = columns;
    return { form: 'columns', source, stride, slices, classes: spec.length };
  };
  pickSlices(
    spec,
    { probs: slicesOf('probs'), log_probs: slicesOf('log_probs') },
    { sliceColumns: outs },
    context,
  );
  if (hasNulls) clearNulls(spec, { rows: slices, slices: 1, bitmap }, outs, context);
  tally.addRows(
    spec,
    {
      ...batch,
      batch: batch.index,
      rows: parsed.rows,
      slices: 1,
      sums,
      bitmap,
      result: reader.result,
      hasNulls,
    },
    context,
  );
}

/** Zeros between the buffers of a batch: whole bodies are slow to clear in shared memory. */
export function clearGaps(
  { layout, body }: Pick<Tile, 'layout' | 'body'>,
  { csvKernels }: WorkerContext,
): void {
  for (const { start, bytes, stride, count } of layout.gaps)
    csvKernels.clear(body + start, bytes, stride, count);
}

/** Copies what passes through to its place in the body. Texts are those of all rows of the layout. */
export function placeColumns(
  { parsed, layout, body, row }: Tile,
  context: WorkerContext,
  { parts, copied, ownNulls, setup, parser }: CsvReader,
  tally: Tally,
): void {
  const { bytes } = context;
  const size = DTYPE_BYTES[setup.batches.dtype];
  const placeOf = (part: number): number => {
    const kind = parts.kind(part);
    const step =
      kind === 'values'
        ? row * parts.bytesPerRow(part)
        : kind === 'validity' || kind === 'bits'
          ? row / 8
          : 0;
    return body + layout.buffers[part * 2] + step;
  };
  for (const part of copied) {
    const kind = parts.kind(part);
    const node = parts.node(part);
    const index = parts.index(part);
    const to = placeOf(part);
    const column = parsed.columns[index];
    if (parts.role(part) === 'kept') keepLogit(kind, index, to, node);
    else if (!column) throw new Error('a column that passes through was not parsed');
    else if (kind === 'validity') {
      tally.nullsOfNode.set(node, (tally.nullsOfNode.get(node) ?? 0) + column.nulls);
      if (column.nulls > 0)
        bytes.copyWithin(to, column.validity, column.validity + Math.ceil(parsed.rows / 8));
      else tally.openBitmap(context, to, parsed.rows);
    } else if (kind === 'text') {
      parser.copyText(index, to);
      // What it writes past the end would lie in the padding.
      bytes.fill(0, to + column.textBytes, to + column.textBytes + 16);
    } else bytes.copyWithin(to, column.data, column.data + column.dataBytes);
  }
  if (!setup.batches.maskNulls)
    for (const part of ownNulls) keepNulls(parts.index(part), placeOf(part), parts.node(part));

  function keepLogit(kind: string, classIndex: number, to: number, node: number): void {
    const classes = setup.plan.classes;
    if (kind === 'values') {
      context.convert.transpose(
        parsed.logits + classIndex * size,
        classes * size,
        parsed.rows,
        1,
        size,
        to,
        layout.rows * size,
      );
      return;
    }
    keepNulls(classIndex, to, node);
  }

  function keepNulls(classIndex: number, to: number, node: number): void {
    const { classes } = setup.plan;
    tally.openBitmap(context, to, parsed.rows);
    if (parsed.nullLogits === 0) return;
    context.csvKernels.class_validity(parsed.logitsValidity, parsed.rows, classes, classIndex, to);
    const valid = countBits(bytes, parsed.rows, to);
    tally.nullsOfNode.set(node, (tally.nullsOfNode.get(node) ?? 0) + parsed.rows - valid);
  }
}

/** Columns of one result: where they are computed, and whether that is their place in the body already. */
interface Columns {
  result: ResultKind;
  address: number;
  stride: number;
  inPlace: boolean;
}

/**
 * Turns the matrix into columns and computes there, as for a wide Arrow table: the same numbers give the same bits.
 */
function compute(
  spec: TransformSpec,
  tile: Tile,
  sums: number,
  context: WorkerContext,
  tally: Tally,
): readonly Columns[] {
  const kernels = context.softmax(spec.dtype, takeWork(tile.areas, spec, 'columns', spec.length));
  const { rows, logits } = tile.parsed;
  const classes = spec.length;
  const size = DTYPE_BYTES[spec.dtype];
  const { code, results } = OPS[spec.op];
  const computed = results.map((result) => columnsFor(spec, tile, result, size));
  const [first, second] = computed;
  context.convert.transpose(logits, classes * size, rows, classes, size, first.address, first.stride);
  const difference = kernels.compute_columns(
    ...([code, first.address, first.stride, first.address, first.stride] as const),
    ...([second?.address ?? 0, second?.stride ?? 0, rows, classes, sums] as const),
  );
  tally.addDifference(difference);
  if (second) toBody(spec, tile, second, size, context);
  toBody(spec, tile, first, size, context);
  return computed;
}

function columnsFor(
  spec: TransformSpec,
  { parsed, layout, body, row, areas }: Tile,
  result: ResultKind,
  size: number,
): Columns {
  const offsets = layout.values[result];
  const inBody = spec.targetForm === 'columns' ? layout.strides[result] : null;
  if (offsets && inBody !== null && inBody !== undefined)
    return { result, address: body + offsets[0] + row * size, stride: inBody, inPlace: true };
  const stride = (Math.ceil((parsed.rows * size) / 64) | 1) * 64;
  return { result, address: areas.take(stride * spec.length), stride, inPlace: false };
}

function toBody(
  spec: TransformSpec,
  { parsed, layout, body, row }: Tile,
  { result, address, stride, inPlace }: Columns,
  size: number,
  context: WorkerContext,
): void {
  const offsets = layout.values[result];
  if (inPlace || !offsets) return;
  const { rows } = parsed;
  const { length } = spec;
  if (spec.targetForm === 'rows') {
    const target = body + offsets[0] + row * length * size;
    context.convert.transpose(address, stride, length, rows, size, target, length * size);
    return;
  }
  for (const [index, offset] of offsets.entries()) {
    const from = address + index * stride;
    context.bytes.copyWithin(body + offset + row * size, from, from + rows * size);
  }
}
