import type { BatchHeader } from '../arrow/types.ts';
import type { ResultKind } from '../results/result.ts';
import { aligned, type BatchLayout, type ColumnNulls, columnNullBytes, headerOf } from './batch-layout.ts';
import type { CsvParts } from './csv-parts.ts';

/** What decides where nulls are written. */
export interface CsvNulls {
  /** dim 0: each class keeps its own nulls, and there are no sums of rows. */
  overRows: boolean;
  /** Null logits count as -inf. */
  maskNulls: boolean;
  /** Bits of a row in the bitmap for invalid columns: see `ColumnNulls`; 0: there is none. */
  markedBits: number;
  /** Which of the results of rows is row_sum; -1: none is. */
  sums: number;
}

/** Where invalid columns become null; `perRow` 0: nowhere. */
export function csvColumnNulls(parts: CsvParts, perRow: number): ColumnNulls | null {
  if (perRow === 0) return null;
  const isResult = (part: number): boolean =>
    parts.role(part) === 'probs' || parts.role(part) === 'log_probs';
  const elements = parts.filter((part) => parts.kind(part) === 'none' && isResult(part));
  const buffers =
    elements.length > 0
      ? elements
      : parts.filter((part) => parts.kind(part) === 'validity' && isResult(part));
  const nodes = buffers.map((part) => parts.node(part));
  const classes = elements.length > 0 ? null : buffers.map((part) => parts.index(part));
  return { perRow, nodes, buffers, classes };
}

/** The parts whose bitmaps are of single columns; those of the other results are one, of the rows that are null. */
export function isOwnBitmap(parts: CsvParts, part: number, { overRows }: CsvNulls): boolean {
  if (parts.kind(part) !== 'validity') return false;
  const role = parts.role(part);
  return overRows || role === 'passed' || role === 'kept';
}

const NONE = new Float64Array(0);

/** What is patched where rows turn out to be null; the same for all batches of a file. */
export type Nullable = Pick<BatchLayout, 'nullableNodes' | 'validityBuffers' | 'sumsBuffer'>;

const nullableOf = new WeakMap<CsvParts, Nullable>();

export function nullableParts(parts: CsvParts, nulls: CsvNulls): Nullable {
  const known = nullableOf.get(parts);
  if (known) return known;
  const validityBuffers = parts.filter(
    (part) => parts.kind(part) === 'validity' && !isOwnBitmap(parts, part, nulls),
  );
  const sums = parts.filter(
    (part) =>
      parts.role(part) === 'slice' && parts.index(part) === nulls.sums && parts.kind(part) === 'values',
  );
  const made = {
    validityBuffers,
    nullableNodes: validityBuffers.map((part) => parts.node(part)),
    sumsBuffer: sums[0] ?? -1,
  };
  nullableOf.set(parts, made);
  return made;
}

/**
 * The layout of a batch of so many rows. Room for a bitmap is left in every column, so that the layout depends on
 * nothing but the number of rows and the lengths of the texts.
 * @param textBytes of each column that passes through
 */
export function layoutRows(
  parts: CsvParts,
  nulls: CsvNulls,
  rows: number,
  textBytes: readonly number[],
): BatchLayout {
  const nodes = new Float64Array(parts.nodes * 2);
  const buffers = new Float64Array(parts.count * 2);
  const bitmap = Math.ceil(rows / 8);
  const values: Record<ResultKind, number[] | null> = { probs: null, log_probs: null };
  /** Of classes that keep their own nulls: both results of one share it. */
  const bitmaps = new Map<number, number>();
  const sliceColumns: number[] = [];
  let [end, validity] = [0, -1];
  const take = (part: number, bytes: number): number => {
    const offset = end;
    end = aligned(offset + bytes);
    buffers[part * 2] = offset;
    buffers[part * 2 + 1] = bytes;
    return offset;
  };
  const placeValidity = (part: number): void => {
    const role = parts.role(part);
    nodes[parts.node(part) * 2] = rows;
    if (role === 'passed' || role === 'kept') take(part, bitmap);
    else if (!nulls.overRows) {
      if (validity < 0) validity = take(part, bitmap);
      buffers[part * 2] = validity;
      buffers[part * 2 + 1] = 0;
    } else if (parts.index(part) < 0 || nulls.maskNulls) take(part, 0);
    else {
      const known = bitmaps.get(parts.index(part));
      if (known === undefined) bitmaps.set(parts.index(part), take(part, bitmap));
      else {
        buffers[part * 2] = known;
        buffers[part * 2 + 1] = bitmap;
      }
    }
  };
  const placeValues = (part: number): void => {
    const role = parts.role(part);
    const offset = take(part, rows * parts.bytesPerRow(part));
    if (role === 'slice') sliceColumns[parts.index(part)] = offset;
    else if (role === 'probs' || role === 'log_probs') {
      values[role] ??= [];
      values[role].push(offset);
    }
  };
  for (let part = 0; part < parts.count; part++) {
    const kind = parts.kind(part);
    if (kind === 'validity') placeValidity(part);
    else if (kind === 'values') placeValues(part);
    else if (kind === 'bits') take(part, bitmap);
    else if (kind === 'offsets') take(part, (rows + 1) * 4);
    else if (kind === 'text') take(part, textBytes[parts.index(part)]);
    else {
      // The elements of a list of all classes, which comes next.
      take(part, 0);
      nodes[parts.node(part) * 2] = rows * parts.bytesPerRow(part);
    }
  }
  if (nulls.markedBits > 0) end += aligned(columnNullBytes({ perRow: nulls.markedBits }, rows));
  return {
    ...{ rows, bodyLength: end, nodes, buffers, variadicCounts: NONE, copies: [], validity, sliceColumns },
    ...nullableParts(parts, nulls),
    values: {
      probs: values.probs && new Float64Array(values.probs),
      log_probs: values.log_probs && new Float64Array(values.log_probs),
    },
  };
}

/**
 * The header of a batch, with the null counts that are known at the end; a column without nulls has no bitmap.
 * @param ownBitmaps parts: see `isOwnBitmap`
 */
export function headerOfRows(
  layout: BatchLayout,
  parts: CsvParts,
  ownBitmaps: readonly number[],
  nullRows: number,
  nullsOfNode: ReadonlyMap<number, number>,
): BatchHeader {
  const header = headerOf(layout, nullRows);
  if (ownBitmaps.length === 0) return header;
  const nodes = header.nodes.slice();
  const buffers = header.buffers.slice();
  for (const part of ownBitmaps) {
    const node = parts.node(part);
    const nulls = nullsOfNode.get(node) ?? 0;
    nodes[node * 2 + 1] = nulls;
    if (nulls === 0) buffers[part * 2 + 1] = 0;
  }
  return { ...header, nodes, buffers };
}
