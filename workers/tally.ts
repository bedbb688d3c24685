import { INVALID_REASONS } from '../src/kernels.ts';
import {
  type InvalidRow,
  MOST_INVALID_ROWS,
  type Piece,
  type TransformResult,
  type TransformSpec,
} from '../src/tasks.ts';
import type { WorkerContext } from './context.ts';
import type { Pass } from './pass.ts';

/** Checks the sums of every pass and counts what a task's result says. */
export class Tally {
  readonly result: TransformResult;

  constructor(id: number) {
    this.result = {
      id,
      rows: 0,
      nullRows: 0,
      invalidRows: 0,
      firstInvalid: [],
      maxDeviation: 0,
      worstRow: -1,
      maxAbsDifference: 0,
      nullsByBatch: [],
      inputBytes: 0,
      outputBytes: 0,
      mismatches: 0,
    };
  }

  addDifference(difference: number): void {
    this.result.maxAbsDifference = Math.max(this.result.maxAbsDifference, difference);
  }

  /** Checks the rows of a pass against 1, fills in their validity bitmap and makes the sums fit to be stored. */
  addRows(spec: TransformSpec, piece: Piece, pass: Pass, context: WorkerContext): void {
    const { result } = this;
    const { rows, slices, bitmap } = pass;
    fillBitmap(context.bytes, bitmap, rows);
    result.rows += rows;
    result.inputBytes += pass.source.runBytes * piece.source.length;
    if (spec.length === 0) return;
    const kernels = context.sums;
    kernels.check_sums(pass.sums, rows * slices, spec.tolerance, 0, 0, pass.result);
    const [invalid, , deviation, worst] = [0, 8, 16, 24].map((step) =>
      context.view.getFloat64(pass.result + step, true),
    );
    const firstRow = piece.firstRow + pass.row;
    if (worst >= 0 && deviation > result.maxDeviation) {
      result.maxDeviation = deviation;
      result.worstRow = firstRow + Math.floor(worst / slices);
    }
    if (invalid === 0) return;
    result.nullsByBatch.push([piece.batch, 0, this.addInvalid(spec, firstRow, pass, context)]);
    kernels.canonical_sums(pass.sums, rows * slices);
  }

  /** Compares the sums just computed with those that the file has; both not finite is no mismatch. */
  addMismatches(
    spec: TransformSpec,
    piece: Piece,
    pass: Pass,
    stored: Float64Array,
    most: number,
    { view }: WorkerContext,
  ): void {
    for (let index = 0; index < stored.length; index++) {
      const sum = view.getFloat64(pass.sums + index * 8, true);
      if (Math.abs(sum - stored[index]) <= most) continue;
      if (!Number.isFinite(sum) && !Number.isFinite(stored[index])) continue;
      this.result.mismatches++;
      if (this.result.firstInvalid.length >= MOST_INVALID_ROWS) continue;
      const row = piece.firstRow + pass.row + Math.floor(index / pass.slices);
      const slice = spec.outer * spec.inner > 1 ? { slice: index % pass.slices } : {};
      this.result.firstInvalid.push({ row, sum, reason: 'row_sum', stored: stored[index], ...slice });
    }
  }

  /** Counts and names the invalid rows; returns how many there are. */
  private addInvalid(
    spec: TransformSpec,
    firstRow: number,
    pass: Pass,
    { view, bytes }: WorkerContext,
  ): number {
    const { result } = this;
    const before = result.invalidRows;
    for (let row = 0; row < pass.rows; row++) {
      const bad = firstInvalidSlice(view, pass.sums + row * pass.slices * 8, pass.slices, spec.tolerance);
      if (!bad) continue;
      result.invalidRows++;
      if (result.firstInvalid.length < MOST_INVALID_ROWS) {
        const { slice, ...rest } = bad;
        result.firstInvalid.push({ row: firstRow + row, ...rest, ...(pass.slices > 1 ? { slice } : {}) });
      }
      if (spec.invalidBecomesNull) bytes[pass.bitmap + (row >> 3)] &= ~(1 << (row & 7));
    }
    return result.invalidRows - before;
  }
}

function firstInvalidSlice(
  view: DataView,
  sums: number,
  slices: number,
  tolerance: number,
): (Omit<InvalidRow, 'row'> & { slice: number }) | null {
  for (let slice = 0; slice < slices; slice++) {
    const address = sums + slice * 8;
    const sum = view.getFloat64(address, true);
    if (Math.abs(sum - 1) <= tolerance) continue;
    const payload = view.getUint32(address, true) as keyof typeof INVALID_REASONS;
    return { slice, sum, reason: Number.isNaN(sum) ? (INVALID_REASONS[payload] ?? 'nan') : 'sum' };
  }
  return null;
}

/** All rows valid, and the bits after the last row unset. */
function fillBitmap(bytes: Uint8Array, bitmap: number, rows: number): void {
  bytes.fill(0xff, bitmap, bitmap + (rows >> 3));
  if (rows & 7) bytes[bitmap + (rows >> 3)] = (1 << (rows & 7)) - 1;
}
