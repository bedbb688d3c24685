import { LogitmillError } from '../../src/errors.ts';
import { CAST_TYPES, type SoftmaxKernels } from '../../src/kernels.ts';
import { PASS_BYTES, SCRATCH_BYTES, SlabAreas } from '../../src/memory.ts';
import { DTYPE_BYTES } from '../../src/plan/logits.ts';
import type { Piece, TransformSpec } from '../../src/tasks.ts';
import { Bitmap } from '../bitmap.ts';
import type { WorkerContext } from '../context.ts';
import { type FilePart, readInput, writeOutput } from '../files.ts';
import { bytesOfWork, takeWork, type Work } from '../pass.ts';
import type { Tally } from '../tally.ts';
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
}

/** The rows of a piece of variable-length lists: offsets pass through as they are, values are computed. */
export function transformRagged(task: PlacedTask, piece: Piece, context: WorkerContext, tally: Tally): void {
  const { spec } = task;
  const size = DTYPE_BYTES[spec.dtype];
  const bitmap = new Bitmap(piece.rows);
  for (const pass of raggedPasses(task.input, spec, piece, context)) {
    tally.openBitmap(context, pass.bitmap, pass.rows);
    const hasNulls = applyRaggedNulls(task.input, spec, piece, pass, context);
    computeRagged(spec, pass, context, tally);
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
    if (piece.probs) write(pass.cast, bytes, piece.probs[0] + pass.firstValue * size);
    if (piece.logProbs)
      write(piece.probs ? pass.second : pass.cast, bytes, piece.logProbs[0] + pass.firstValue * size);
    if (piece.sums >= 0) write(pass.sums, pass.rows * 8, piece.sums + pass.row * 8);
  }
  if (piece.bitmap >= 0) writeOutput(task.output, bitmap.bytes, piece.bitmap);
}

/**
 * Reads the rows of a piece, as many at a time as fit in the slab.
 * @throws LogitmillError INPUT_CORRUPT for offsets that go back or outside, MEMORY_TOO_SMALL for a row that does not fit
 */
export function* raggedPasses(
  input: FilePart,
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
    const wanted = Math.min(MOST_ROWS, piece.rows - row);
    const offsets = areas.take((wanted + 1) * offsetBytes);
    const sums = areas.take(wanted * 8);
    const bitmap = areas.take(Math.ceil(wanted / 8));
    readInput(
      input,
      bytes.subarray(offsets, offsets + (wanted + 1) * offsetBytes),
      offsetsAt + row * offsetBytes,
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
    if (rows === 0)
      throw rowTooLong(piece.firstRow + row, offsetAt(offsets, 1) * perValue, slab.end - slab.start);
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
    yield { row, rows, firstValue, values, offsets, source, cast, second, work, sums, bitmap, bits, result };
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
  input: FilePart,
  spec: TransformSpec,
  piece: Piece,
  pass: RaggedPass,
  { bytes, convert }: WorkerContext,
): boolean {
  let hasNulls = false;
  for (const level of piece.validity) {
    const first = level.run < 0 ? pass.row : pass.firstValue;
    const count = level.run < 0 ? pass.rows : pass.values;
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

function rowTooLong(row: number, bytes: number, slab: number): LogitmillError {
  const mebibytes = Math.ceil((bytes + SCRATCH_BYTES) / 2 ** 20) + 2;
  return new LogitmillError(
    'MEMORY_TOO_SMALL',
    `row ${row} needs ${mebibytes} MiB of a worker's memory, which has ${Math.floor(slab / 2 ** 20)} MiB`,
    {
      hint: `--threads 1 --memory ${mebibytes}MiB`,
    },
  );
}
