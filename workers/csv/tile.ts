import { ALIGNMENT } from '../../src/arrow/encode.ts';
import type { SlabAreas } from '../../src/memory.ts';
import type { BatchLayout } from '../../src/plan/batch.ts';
import { DTYPE_BYTES } from '../../src/plan/logits.ts';
import type { TransformSpec } from '../../src/tasks.ts';
import type { WorkerContext } from '../context.ts';
import { takeWork } from '../pass.ts';
import type { Tally } from '../tally.ts';
import { applyRows } from './columns.ts';
import type { OpenBlock } from './open-block.ts';
import type { ParsedRows } from './parser.ts';
import { type CsvReader, strideOf } from './reader.ts';

/** Parsed rows, and where in the slab their part of the output is put together. */
export interface Tile {
  parsed: ParsedRows;
  layout: BatchLayout;
  /** Address of the body. */
  body: number;
  /** What is left of the slab. */
  areas: SlabAreas;
}

/** From the matrix of logits and the passed columns to the body of a batch. */
export function transformTile(
  spec: TransformSpec,
  tile: Tile,
  batch: { firstRow: number; index: number },
  context: WorkerContext,
  reader: CsvReader,
  tally: Tally,
  open: OpenBlock | null,
): void {
  const { parsed, layout, body } = tile;
  clearPadding(tile, context);
  placeColumns(tile, context, reader, tally);
  if (open) {
    const place = { chunk: batch.index, firstRow: batch.firstRow };
    tally.result.rows += parsed.rows;
    tally.addDifference(applyRows(spec, tile, place, open, reader, context));
    return;
  }
  const bitmap = body + layout.validity;
  tally.openBitmap(context, bitmap, parsed.rows);
  if (parsed.nullLogits > 0 && !spec.maskNulls) {
    context.csvKernels.row_validity(parsed.logitsValidity, parsed.rows, spec.length, bitmap);
  }
  const sums = body + layout.sums;
  compute(spec, tile, sums, context, tally);
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
      hasNulls: parsed.nullLogits > 0 && !spec.maskNulls,
    },
    context,
  );
}

/** Zeros after each buffer, up to where the next one begins: whole bodies are slow to clear in shared memory. */
function clearPadding({ parsed, layout, body }: Tile, { csvKernels }: WorkerContext): void {
  const clear = (end: number): void => csvKernels.clear(body + end, -end & (ALIGNMENT - 1));
  for (let index = 0; index < layout.buffers.length; index += 2) {
    const end = layout.buffers[index] + layout.buffers[index + 1];
    if (end % ALIGNMENT > 0) clear(end);
  }
  if (layout.validity >= 0) clear(layout.validity + Math.ceil(parsed.rows / 8));
}

/** Copies what passes through to its place in the body. */
function placeColumns(
  { parsed, layout, body }: Tile,
  context: WorkerContext,
  { parts, copied, setup, parser, keptLogits }: CsvReader,
  tally: Tally,
): void {
  const { bytes } = context;
  const { maskNulls } = setup.context;
  const size = DTYPE_BYTES[setup.context.logits.dtype];
  let kept = -1;
  for (const index of copied) {
    const { kind, passed, node } = parts[index];
    const to = body + layout.buffers[index * 2];
    const column = parsed.columns[passed];
    if (!column) {
      if (kind === 'validity') kept++;
      keepLogit(kind, keptLogits[kept], to, node);
    } else if (kind === 'validity') {
      tally.nullsOfNode.set(node, (tally.nullsOfNode.get(node) ?? 0) + column.nulls);
      if (column.nulls > 0)
        bytes.copyWithin(to, column.validity, column.validity + Math.ceil(parsed.rows / 8));
      else tally.openBitmap(context, to, parsed.rows);
    } else if (kind === 'text') {
      parser.copyText(passed, to);
      // What it writes past the end would lie in the padding.
      bytes.fill(0, to + column.textBytes, to + column.textBytes + 16);
    } else bytes.copyWithin(to, column.data, column.data + column.dataBytes);
  }

  // With dim 0 each class keeps its own nulls.
  if (!maskNulls) {
    for (const [index, { kind, node, resultClass, hasRowNulls }] of parts.entries()) {
      if (kind === 'validity' && resultClass >= 0 && !hasRowNulls)
        keepNulls(resultClass, body + layout.buffers[index * 2], node);
    }
  }

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
        parsed.rows * size,
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
    let valid = 0;
    for (let row = 0; row < parsed.rows; row++) valid += (bytes[to + (row >> 3)] >> (row & 7)) & 1;
    tally.nullsOfNode.set(node, (tally.nullsOfNode.get(node) ?? 0) + parsed.rows - valid);
  }
}

/** Columns of one result: where they are computed, and whether that is their place in the body already. */
interface Columns {
  address: number;
  stride: number;
  inPlace: boolean;
}

/**
 * Turns the matrix into columns and computes there, as for a wide Arrow table: the same numbers give the same bits.
 */
function compute(spec: TransformSpec, tile: Tile, sums: number, context: WorkerContext, tally: Tally): void {
  const kernels = context.softmax(spec.dtype, takeWork(tile.areas, spec, 'columns', spec.length));
  const { rows, logits } = tile.parsed;
  const { probs, log_probs: logs } = tile.layout.values;
  const classes = spec.length;
  const size = DTYPE_BYTES[spec.dtype];
  const first = columnsFor(spec, tile, probs ?? logs, size);
  context.convert.transpose(logits, classes * size, rows, classes, size, first.address, first.stride);
  const places = [first.address, first.stride, first.address, first.stride] as const;
  if (spec.op === 'softmax') kernels.softmax_columns(...places, rows, classes, sums);
  else if (spec.op === 'log_softmax') kernels.log_softmax_columns(...places, rows, classes, sums);
  else {
    const second = columnsFor(spec, tile, logs, size);
    tally.addDifference(kernels.both_columns(...places, second.address, second.stride, rows, classes, sums));
    toBody(spec, tile, second, logs, size, context);
  }
  toBody(spec, tile, first, probs ?? logs, size, context);
}

function columnsFor(
  spec: TransformSpec,
  { parsed, body, areas }: Tile,
  offsets: Float64Array | null,
  size: number,
): Columns {
  const { rows } = parsed;
  const inBody = spec.targetForm === 'columns' && offsets ? strideOf(offsets, rows * size) : null;
  if (offsets && inBody !== null) return { address: body + offsets[0], stride: inBody, inPlace: true };
  const stride = (Math.ceil((rows * size) / 64) | 1) * 64;
  return { address: areas.take(stride * spec.length), stride, inPlace: false };
}

function toBody(
  spec: TransformSpec,
  { parsed, body }: Tile,
  from: Columns,
  offsets: Float64Array | null,
  size: number,
  context: WorkerContext,
): void {
  if (from.inPlace || !offsets) return;
  const { rows } = parsed;
  if (spec.targetForm === 'rows') {
    context.convert.transpose(
      from.address,
      from.stride,
      spec.length,
      rows,
      size,
      body + offsets[0],
      spec.length * size,
    );
    return;
  }
  for (const [index, offset] of offsets.entries()) {
    const address = from.address + index * from.stride;
    context.bytes.copyWithin(body + offset, address, address + rows * size);
  }
}
