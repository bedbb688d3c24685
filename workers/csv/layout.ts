import { ALIGNMENT } from '../../src/arrow/encode.ts';
import type { BatchLayout } from '../../src/layout/batch-layout.ts';
import type { SlabAreas } from '../../src/memory/slabs.ts';
import type { ResultKind } from '../../src/results/result.ts';
import type { ParsedRows } from './parser.ts';

/** The layout of a batch, and what follows from it: batches of as many rows have the same. */
export interface CsvLayout extends BatchLayout {
  /** How far apart the columns of a result lie in a body: null when not equally far, undefined without that result. */
  strides: Readonly<Record<ResultKind, number | null | undefined>>;
  /** Bytes between buffers, which are zeros. */
  gaps: readonly Gaps[];
}

/** Equally long gaps, equally far apart. */
export interface Gaps {
  start: number;
  bytes: number;
  stride: number;
  count: number;
}

/** @param columnBytes of one result's column */
export function csvLayout(layout: BatchLayout, columnBytes: number): CsvLayout {
  const { probs, log_probs } = layout.values;
  return {
    ...layout,
    strides: {
      probs: probs ? strideOf(probs, columnBytes) : undefined,
      log_probs: log_probs ? strideOf(log_probs, columnBytes) : undefined,
    },
    gaps: gapsOf(layout),
  };
}

function strideOf(offsets: Float64Array, columnBytes: number): number | null {
  if (offsets.length === 0) return null;
  const stride = offsets.length > 1 ? offsets[1] - offsets[0] : columnBytes;
  return offsets.every((offset, index) => offset === offsets[0] + index * stride) ? stride : null;
}

function gapsOf({ buffers, validity, rows }: BatchLayout): Gaps[] {
  const gaps: Gaps[] = [];
  const add = (start: number): void => {
    const bytes = -start & (ALIGNMENT - 1);
    const last = gaps.at(-1);
    if (bytes === 0) return;
    if (last?.bytes === bytes && (last.count === 1 || start === last.start + last.count * last.stride)) {
      if (last.count === 1) last.stride = start - last.start;
      last.count++;
    } else gaps.push({ start, bytes, stride: 0, count: 1 });
  };
  if (validity >= 0) add(validity + Math.ceil(rows / 8));
  for (let index = 0; index < buffers.length; index += 2)
    if (buffers[index + 1] > 0) add(buffers[index] + buffers[index + 1]);
  return gaps;
}

/** Parsed rows, and where in the slab their part of the output is put together. */
export interface Tile {
  parsed: ParsedRows;
  layout: CsvLayout;
  /** The first of them, counted from the first row of the layout: a multiple of eight. */
  row: number;
  /** Address of the body. */
  body: number;
  /** What is left of the slab. */
  areas: SlabAreas;
}
