import { LogitmillError } from '../../src/errors.ts';
import type { Piece } from '../../src/layout/pieces.ts';
import type { Work } from '../../src/memory/slabs.ts';
import { PASS_BYTES, SCRATCH_BYTES, SlabAreas } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import { bytesOfWork } from '../../src/tasks/pass-size.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import type { InputPart } from '../io/files.ts';
import { readInput } from '../io/files.ts';
import { takeSliceColumns, takeStatistics } from '../results/slice-columns.ts';
import { castValues } from './cast.ts';
import type { LongSlice } from './long-slice.ts';
import { clearIfNull } from './long-slice.ts';
import { takeWork } from './pass.ts';

/** Rows whose offsets are read at a time. */
const MOST_ROWS = 65_536;

/** Some rows of variable-length lists in the slab: `rows` + 1 offsets, rebased to the first, and their values. */
export interface RaggedPass {
  row: number;
  rows: number;
  /** Of the first value, counted from the batch's first. */
  firstValue: number;
  values: number;
  offsets: number;
  /** As read, and cast to the dtype of the computation. */
  source: number;
  cast: number;
  second: number;
  work: Work;
  sums: number;
  /** See `Pass`. */
  sliceColumns: readonly number[];
  statistics: number;
  bitmap: number;
  bits: number;
  result: number;
  /** One row that does not fit: its values are not there, and `rest` is what is left to read them in. */
  rest: SlabAreas | null;
}

/** Where the row of a pass that holds one alone stands in the files. */
export function longSliceOf(spec: TransformSpec, piece: Piece, pass: RaggedPass): LongSlice {
  const at = (positions: Float64Array | null): number =>
    positions ? positions[0] + pass.firstValue * DTYPE_BYTES[spec.dtype] : -1;
  return {
    classes: pass.values,
    source: piece.values[0] + pass.firstValue * DTYPE_BYTES[spec.sourceDtype],
    probs: at(piece.probs),
    logProbs: at(piece.logProbs),
    masks: spec.maskNulls
      ? piece.validity
          .filter(({ run }) => run >= 0)
          .map(({ position }) => ({ position, bit: pass.firstValue }))
      : [],
    isMasked: false,
  };
}

/**
 * Reads the rows of a piece, as many at a time as fit in the slab.
 * @throws LogitmillError INPUT_CORRUPT for offsets that go back or outside
 */
export function* raggedPasses(
  input: InputPart,
  spec: TransformSpec,
  piece: Piece,
  context: WorkerContext,
): Generator<RaggedPass> {
  const { bytes, view, slab, convert } = context;
  const { offsetBytes } = spec;
  if (!piece.lists) throw new Error('this piece has lists of one length');
  const [valuesAt] = piece.values;
  const { offsets: offsetsAt, count: childLength } = piece.lists;
  const sourceSize = DTYPE_BYTES[spec.sourceDtype];
  const size = DTYPE_BYTES[spec.dtype];
  const offsetAt = (address: number, index: number): number =>
    offsetBytes === 8
      ? Number(view.getBigInt64(address + index * 8, true))
      : view.getInt32(address + index * 4, true);
  for (let row = 0; row < piece.rows; ) {
    const areas = new SlabAreas(slab);
    areas.take(SCRATCH_BYTES);
    const result = areas.take(64);
    // What is kept of each row takes an eighth of the slab at most.
    const wanted = Math.min(MOST_ROWS, Math.ceil((slab.end - slab.start) / 256), piece.rows - row);
    const offsets = areas.take((wanted + 1) * offsetBytes);
    const sums = areas.take(wanted * 8);
    const sliceColumns = takeSliceColumns(areas, spec, wanted, sums);
    const statistics = takeStatistics(areas, spec);
    const bitmap = areas.take(Math.ceil(wanted / 8));
    readInput(
      input,
      bytes.subarray(offsets, offsets + (wanted + 1) * offsetBytes),
      offsetsAt + (piece.rowInBatch + row) * offsetBytes,
    );
    const firstValue = offsetAt(offsets, 0);
    const bad = convert.rebase_offsets(offsets, offsetBytes, wanted + 1, offsets, firstValue, childLength);
    if (bad >= 0 || firstValue < 0 || firstValue > childLength)
      throw badOffset(piece.firstRow + row + Math.max(0, bad - 1));
    // As much to compute in as if all values were one row's.
    const perValue =
      sourceSize +
      (spec.sourceDtype === spec.dtype ? 0 : size) +
      (OPS[spec.op].results.length - 1) * size +
      1 / 8 +
      (bytesOfWork(spec, 'rows', 2 ** 20) - bytesOfWork(spec, 'rows', 0)) / 2 ** 20;
    const capacity = Math.floor((areas.free - bytesOfWork(spec, 'rows', 0) - 5 * 4096) / perValue);
    const most = Math.min(capacity, Math.max(PASS_BYTES / sourceSize, offsetAt(offsets, 1)));
    const rows = rowsWithin(wanted, (index) => offsetAt(offsets, index) <= most);
    if (rows === 0) {
      const values = offsetAt(offsets, 1);
      const empty = { source: 0, cast: 0, second: 0, work: { address: 0, bytes: 0 }, bits: 0 };
      yield {
        row,
        rows: 1,
        firstValue,
        values,
        offsets,
        ...empty,
        sums,
        sliceColumns,
        statistics,
        bitmap,
        result,
        rest: areas,
      };
      row++;
      continue;
    }
    const values = offsetAt(offsets, rows);
    const source = areas.take(values * sourceSize, valuesAt + firstValue * sourceSize);
    readInput(
      input,
      bytes.subarray(source, source + values * sourceSize),
      valuesAt + firstValue * sourceSize,
    );
    const cast = spec.sourceDtype === spec.dtype ? source : areas.take(values * size);
    if (cast !== source) castValues(spec, source, cast, values, context);
    const second = OPS[spec.op].results.length === 2 ? areas.take(values * size) : 0;
    const bits = areas.take(Math.ceil(Math.max(values, rows) / 8) + 16);
    const work = takeWork(
      areas,
      spec,
      'rows',
      longestOf(rows, (index) => offsetAt(offsets, index)),
    );
    yield {
      row,
      rows,
      firstValue,
      values,
      offsets,
      source,
      cast,
      second,
      work,
      sums,
      sliceColumns,
      statistics,
      bitmap,
      bits,
      result,
      rest: null,
    };
    row += rows;
  }
}

/** The most rows, in whole bytes of a bitmap where there are so many, for which `fits` holds at their last offset. */
function rowsWithin(wanted: number, fits: (index: number) => boolean): number {
  if (fits(wanted)) return wanted;
  let [low, high] = [0, wanted];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low >= 8 ? low & ~7 : low;
}

function longestOf(rows: number, offset: (index: number) => number): number {
  let longest = 0;
  for (let row = 0; row < rows; row++) longest = Math.max(longest, offset(row + 1) - offset(row));
  return longest;
}

export function applyRaggedNulls(
  input: InputPart,
  spec: TransformSpec,
  piece: Piece,
  pass: RaggedPass,
  context: WorkerContext,
): boolean {
  const { bytes, convert } = context;
  let hasNulls = false;
  for (const level of piece.validity) {
    const first = level.run < 0 ? pass.row : pass.firstValue;
    const count = level.run < 0 ? pass.rows : pass.values;
    if (pass.rest) {
      if (level.run >= 0 && spec.maskNulls) continue;
      clearIfNull(input, { position: level.position, bit: first }, count, pass.bitmap, pass.rest, context);
      hasNulls = true;
      continue;
    }
    const offset = first % 8;
    const length = Math.ceil((offset + count) / 8);
    readInput(input, bytes.subarray(pass.bits, pass.bits + length), level.position + Math.floor(first / 8));
    if (level.run >= 0 && spec.maskNulls) {
      convert.mask_nulls(pass.cast, pass.values, DTYPE_BYTES[spec.dtype], pass.bits, offset);
      continue;
    }
    if (level.run < 0) convert.and_bitmap(pass.bits, offset, pass.rows, pass.bitmap);
    else
      convert.clear_ragged_rows_with_nulls(
        pass.bits,
        offset,
        pass.offsets,
        spec.offsetBytes,
        pass.rows,
        pass.bitmap,
      );
    hasNulls = true;
  }
  return hasNulls;
}

function badOffset(row: number): LogitmillError {
  return new LogitmillError(
    'INPUT_CORRUPT',
    `row ${row}: its list ends before it begins, or outside the values of its batch`,
  );
}
