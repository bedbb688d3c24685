import { countBits, isSet } from '../../src/arrow/bits.ts';
import { INVALID_REASONS } from '../../src/kernels/softmax.ts';
import type { Piece } from '../../src/layout/pieces.ts';
import { OPS } from '../../src/ops/ops.ts';
import { type InvalidRow, MOST_INVALID_ROWS, type TransformResult } from '../../src/tasks/results.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { stageClock } from '../stage-clock.ts';
import { lookAt, type RowsInSight } from './look.ts';
import type { Pass } from './pass.ts';

/** Checks the sums of every pass and counts what a task's result says. */
export class Tally {
  readonly result: TransformResult;
  /** Null values of columns that pass through, by the node of the batch's header. */
  readonly nullsOfNode = new Map<number, number>();

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

  /**
   * Does all the work of one batch, whose header then says how many of its rows are null.
   * @returns that number; only invalid rows, which the header does not count, are still to be told of
   */
  wholeBatch(batch: number, work: () => void): number {
    const { result } = this;
    const { nullRows, invalidRows } = result;
    const known = result.nullsByBatch.length;
    work();
    const [nulls, invalid] = [result.nullRows - nullRows, result.invalidRows - invalidRows];
    result.nullsByBatch.length = known;
    if (invalid > 0) result.nullsByBatch.push(batch, nulls, invalid);
    return nulls;
  }

  /** Looks at rows of logits before they are computed with. */
  look({ view }: WorkerContext, sight: RowsInSight): void {
    if (sight.rows > 0) this.result.looked = lookAt(this.result.looked, view, sight);
  }

  addDifference(difference: number): void {
    this.result.maxAbsDifference = Math.max(this.result.maxAbsDifference, difference);
  }

  /** All rows valid, and the bits after the last row unset. */
  openBitmap({ bytes }: WorkerContext, bitmap: number, rows: number): void {
    bytes.fill(0xff, bitmap, bitmap + (rows >> 3));
    if (rows & 7) bytes[bitmap + (rows >> 3)] = (1 << (rows & 7)) - 1;
  }

  /** Checks the sums of some rows against 1, unsets the bits of invalid ones, and makes the sums fit to be stored. */
  addRows(spec: TransformSpec, checked: CheckedRows, context: WorkerContext): void {
    const { result } = this;
    const { rows, slices, sums, bitmap, firstRow } = checked;
    result.rows += rows;
    const [invalid, nulls, deviation, worst] = stageClock.during('check', () =>
      checkSums(spec, checked, context),
    );
    if (OPS[spec.op].sums !== 'nothing' && worst >= 0 && deviation > result.maxDeviation) {
      result.maxDeviation = deviation;
      result.worstRow = firstRow + Math.floor(worst / slices);
    }
    const nullRows = checked.hasNulls
      ? slices === 1
        ? nulls
        : rows - countBits(context.bytes, rows, bitmap)
      : 0;
    result.nullRows += nullRows;
    // The sum of a null row says nothing; 0 tells it from an invalid row.
    if (nullRows > 0) context.convert.zero_null_rows(sums, slices * 8, rows, bitmap, 0);
    const invalidRows = invalid === 0 ? 0 : this.addInvalid(spec, checked, context);
    if (nullRows > 0 || invalidRows > 0) result.nullsByBatch.push(checked.batch, nullRows, invalidRows);
    if (invalid > 0 || checked.hasNulls) context.convert.canonical_sums(sums, rows * slices);
  }

  /** Compares the sums just computed with those that the file has; both not finite is no mismatch, and null rows are left out. */
  addMismatches(
    spec: TransformSpec,
    piece: Piece,
    pass: Pick<Pass, 'row' | 'sums' | 'slices' | 'bitmap'>,
    stored: Float64Array,
    most: number,
    { view, bytes }: WorkerContext,
  ): void {
    for (let index = 0; index < stored.length; index++) {
      const bit = Math.floor(index / pass.slices);
      if (!isSet(bytes, bit, pass.bitmap)) continue;
      const sum = view.getFloat64(pass.sums + index * 8, true);
      // A row that does not sum to 1 is reported as such.
      if (Math.abs(sum - stored[index]) <= most || !(Math.abs(sum - 1) <= spec.tolerance)) continue;
      if (!Number.isFinite(sum) && !Number.isFinite(stored[index])) continue;
      this.result.mismatches++;
      if (this.result.firstInvalid.length >= MOST_INVALID_ROWS) continue;
      const row = piece.firstRow + pass.row + Math.floor(index / pass.slices);
      const slice = spec.outer * spec.inner > 1 ? { slice: index % pass.slices } : {};
      this.result.firstInvalid.push({ row, sum, reason: 'row_sum', stored: stored[index], ...slice });
    }
  }

  /** Counts and names the invalid rows; returns how many there are. */
  private addInvalid(spec: TransformSpec, checked: CheckedRows, { view, bytes }: WorkerContext): number {
    const { result } = this;
    const { rows, slices, sums, bitmap, firstRow } = checked;
    const before = result.invalidRows;
    for (let row = 0; row < rows; row++) {
      const isNull = checked.hasNulls && !isSet(bytes, row, bitmap);
      const bad = isNull ? null : firstInvalidSlice(view, sums + row * slices * 8, slices, spec);
      if (!bad) continue;
      result.invalidRows++;
      if (result.firstInvalid.length < MOST_INVALID_ROWS) {
        const { slice, ...rest } = bad;
        result.firstInvalid.push({ row: firstRow + row, ...rest, ...(slices > 1 ? { slice } : {}) });
      }
      if (spec.invalidBecomesNull) bytes[bitmap + (row >> 3)] &= ~(1 << (row & 7));
    }
    return result.invalidRows - before;
  }
}

/** Rows whose sums lie in the slab, one after the other, `slices` a row. */
export interface CheckedRows {
  batch: number;
  /** Counted from the start of the file. */
  firstRow: number;
  rows: number;
  slices: number;
  sums: number;
  /** Validity of the rows; looked at where `hasNulls` is set. */
  bitmap: number;
  hasNulls: boolean;
  /** Where the kernel leaves what it counts. */
  result: number;
}

/** Invalid and null sums, the largest deviation, and its first index. */
function checkSums(
  spec: TransformSpec,
  { rows, slices, sums, bitmap, hasNulls, result }: CheckedRows,
  { convert, view }: WorkerContext,
): number[] {
  const validity = hasNulls && slices === 1 ? bitmap : 0;
  convert.check_sums(sums, rows * slices, spec.tolerance, validity, 0, result, spec.length === 0 ? 1 : 0);
  return [0, 8, 16, 24].map((step) => view.getFloat64(result + step, true));
}

function firstInvalidSlice(
  view: DataView,
  sums: number,
  slices: number,
  spec: TransformSpec,
): (Omit<InvalidRow, 'row'> & { slice: number }) | null {
  for (let slice = 0; slice < slices; slice++) {
    const address = sums + slice * 8;
    const sum = view.getFloat64(address, true);
    // A row without classes has the sum 0, and is valid.
    if (Math.abs(sum - 1) <= spec.tolerance || (spec.length === 0 && sum === 0)) continue;
    const payload = view.getUint32(address, true) as keyof typeof INVALID_REASONS;
    return { slice, sum, reason: Number.isNaN(sum) ? (INVALID_REASONS[payload] ?? 'nan') : 'sum' };
  }
  return null;
}
