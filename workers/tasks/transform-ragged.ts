import { LogitmillError } from '../../src/errors.ts';
import { CAST_TYPES } from '../../src/kernels/convert.ts';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import { PASS_BYTES, SCRATCH_BYTES, SlabAreas } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { bytesOfWork } from '../../src/tasks/pass-size.ts';
import type { Piece, TransformSpec } from '../../src/tasks/task.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, readInput, writeOutput } from '../io/files.ts';
import { Bitmap } from '../rows/bitmap.ts';
import { clearIfNull, type LongSlice, transformSlice } from '../rows/long-slice.ts';
import { takeWork, type Work } from '../rows/pass.ts';
import type { Tally } from '../rows/tally.ts';
import { stageClock } from '../stage-clock.ts';
import type { PlacedTask } from './transform.ts';

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
  bitmap: number;
  bits: number;
  result: number;
  /** One row that does not fit: its values are not there, and `rest` is what is left to read them in. */
  rest: SlabAreas | null;
}

/** The rows of a piece of variable-length lists: offsets pass through as they are, values are computed. */
export function transformRagged(task: PlacedTask, piece: Piece, context: WorkerContext, tally: Tally): void {
  const { spec } = task;
  const size = DTYPE_BYTES[spec.dtype];
  const bitmap = new Bitmap(piece.rows);
  for (const pass of raggedPasses(task.input, spec, piece, context)) {
    tally.openBitmap(context, pass.bitmap, pass.rows);
    const hasNulls = applyRaggedNulls(task.input, spec, piece, pass, context);
    if (pass.rest) transformLong(task, piece, pass, pass.rest, context, tally);
    else computeRagged(spec, pass, context, tally);
    tally.result.inputBytes += pass.values * DTYPE_BYTES[spec.sourceDtype];
    tally.addRows(
      spec,
      { batch: piece.batch, firstRow: piece.firstRow + pass.row, hasNulls, slices: 1, ...pass },
      context,
    );
    bitmap.put(context.bytes, pass.bitmap, pass.row, pass.rows);
    const write = (address: number, length: number, position: number): void => {
      writeOutput(task.output, context.bytes.subarray(address, address + length), position);
      tally.result.outputBytes += length;
    };
    const bytes = pass.values * size;
    if (piece.probs && !pass.rest) write(pass.cast, bytes, piece.probs[0] + pass.firstValue * size);
    if (piece.logProbs && !pass.rest)
      write(piece.probs ? pass.second : pass.cast, bytes, piece.logProbs[0] + pass.firstValue * size);
    if (piece.sums >= 0) write(pass.sums, pass.rows * 8, piece.sums + pass.row * 8);
  }
  if (piece.bitmap >= 0) writeOutput(task.output, bitmap.bytes, piece.bitmap);
}

/** One row that does not fit in the slab. */
function transformLong(
  task: PlacedTask,
  piece: Piece,
  pass: RaggedPass,
  rest: SlabAreas,
  context: WorkerContext,
  tally: Tally,
): void {
  const { spec } = task;
  const slice = longSliceOf(spec, piece, pass);
  tally.addDifference(
    stageClock.during('compute', () => transformSlice(task, spec, slice, pass.sums, rest, context)),
  );
  const written = Number(piece.probs !== null) + Number(piece.logProbs !== null);
  tally.result.outputBytes += written * pass.values * DTYPE_BYTES[spec.dtype];
}

/** Where the row of a pass that holds one alone stands in the files. */
export function longSliceOf(spec: TransformSpec, piece: Piece, pass: RaggedPass): LongSlice {
  const at = (positions: Float64Array | null): number =>
    positions ? positions[0] + pass.firstValue * DTYPE_BYTES[spec.dtype] : -1;
  return {
    classes: pass.values,
    source: piece.source[1] + pass.firstValue * DTYPE_BYTES[spec.sourceDtype],
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
  const [offsetsAt, valuesAt, childLength] = piece.source;
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
      (spec.op === 'both' ? size : 0) +
      1 / 8 +
      (bytesOfWork(spec, 'rows', 2 ** 20) - bytesOfWork(spec, 'rows', 0)) / 2 ** 20;
    const capacity = Math.floor((areas.free - bytesOfWork(spec, 'rows', 0) - 5 * 4096) / perValue);
    const most = Math.min(capacity, Math.max(PASS_BYTES / sourceSize, offsetAt(offsets, 1)));
    const rows = rowsWithin(wanted, (index) => offsetAt(offsets, index) <= most);
    if (rows === 0) {
      const values = offsetAt(offsets, 1);
      const empty = { source: 0, cast: 0, second: 0, work: { address: 0, bytes: 0 }, bits: 0 };
      yield { row, rows: 1, firstValue, values, offsets, ...empty, sums, bitmap, result, rest: areas };
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
    if (cast !== source)
      convert.cast(source, CAST_TYPES[spec.sourceDtype], cast, CAST_TYPES[spec.dtype], values);
    const second = spec.op === 'both' ? areas.take(values * size) : 0;
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

function computeRagged(spec: TransformSpec, pass: RaggedPass, context: WorkerContext, tally: Tally): void {
  const kernels: SoftmaxKernels = context.softmax(spec.dtype, pass.work);
  const { cast, offsets, rows, sums } = pass;
  if (spec.op === 'softmax') kernels.softmax_ragged(cast, cast, offsets, spec.offsetBytes, rows, sums);
  else if (spec.op === 'log_softmax')
    kernels.log_softmax_ragged(cast, cast, offsets, spec.offsetBytes, rows, sums);
  else
    tally.addDifference(kernels.both_ragged(cast, cast, pass.second, offsets, spec.offsetBytes, rows, sums));
}

function badOffset(row: number): LogitmillError {
  return new LogitmillError(
    'INPUT_CORRUPT',
    `row ${row}: its list ends before it begins, or outside the values of its batch`,
  );
}
