import { isSet } from '../../src/arrow/bits.ts';
import type { Piece, SourceValidity } from '../../src/layout/pieces.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { type InputPart, readInput } from '../io/files.ts';
import { castValues } from './cast.ts';
import type { Area, Pass } from './pass.ts';

/** Casts the values of a pass to the dtype of the computation, where they have another. */
export function castSource(
  spec: TransformSpec,
  { source, cast }: Pass,
  runs: number,
  context: WorkerContext,
): void {
  if (source === cast) return;
  const count = source.runBytes / DTYPE_BYTES[spec.sourceDtype];
  for (let run = 0; run < runs; run++) {
    const [from, to] = [source, cast].map(({ address, stride }) => address + run * stride);
    castValues(spec, from, to, count, context, spec.mixed?.[run]);
  }
}

/**
 * Reads the bitmaps of the input over a pass. A null row is null in the result; so is a row with a null element or
 * inner list, unless nulls are masked: then they count as -inf.
 * @returns whether a bit of the result's bitmap may be unset
 */
export function applyNulls(
  input: InputPart,
  spec: TransformSpec,
  piece: Piece,
  pass: Pass,
  context: WorkerContext,
): boolean {
  let hasNulls = false;
  for (const level of piece.validity) {
    const offset = readBits(input, level, pass, context);
    if (spec.maskNulls && level.run >= 0) maskLevel(spec, level, pass, offset, context);
    else {
      context.convert.clear_rows_with_nulls(pass.bits, offset, pass.rows, level.perRow, pass.bitmap);
      hasNulls = true;
    }
  }
  return hasNulls;
}

/** Makes all nulls of a pass -inf: with dim 0 they are left out of their columns, whose bitmaps are copied as they are. */
export function maskAllNulls(
  input: InputPart,
  spec: TransformSpec,
  piece: Piece,
  pass: Pass,
  context: WorkerContext,
): void {
  for (const level of piece.validity) {
    const offset = readBits(input, level, pass, context);
    maskLevel(spec, { ...level, run: Math.max(0, level.run) }, pass, offset, context);
  }
}

/** Makes stored results that are null add nothing to a sum: 0, or the logarithm of it. */
export function leaveOutNulls(
  input: InputPart,
  spec: TransformSpec,
  piece: Piece,
  pass: Pass,
  context: WorkerContext,
): void {
  if (OPS[spec.op].sums === 'exponentials') {
    maskAllNulls(input, spec, piece, pass, context);
    return;
  }
  const size = DTYPE_BYTES[spec.dtype];
  for (const level of piece.validity) {
    const offset = readBits(input, level, pass, context);
    const address = pass.cast.address + Math.max(0, level.run) * pass.cast.stride;
    const count = pass.rows * level.perRow;
    context.convert.zero_null_rows(address, level.valuesPerBit * size, count, pass.bits, offset);
  }
}

/** Reads a level's bits for the rows of a pass; returns the bit at which they begin. */
function readBits(input: InputPart, level: SourceValidity, pass: Pass, { bytes }: WorkerContext): number {
  const first = level.bit + pass.row * level.perRow;
  const offset = first % 8;
  const length = Math.ceil((offset + pass.rows * level.perRow) / 8);
  readInput(input, bytes.subarray(pass.bits, pass.bits + length), level.position + Math.floor(first / 8));
  return offset;
}

function maskLevel(
  spec: TransformSpec,
  level: SourceValidity,
  { cast, bits, rows }: Pass,
  offset: number,
  context: WorkerContext,
): void {
  const size = DTYPE_BYTES[spec.dtype];
  const address = cast.address + level.run * cast.stride;
  const count = rows * level.perRow;
  if (level.valuesPerBit === 1) context.convert.mask_nulls(address, count, size, bits, offset);
  else maskLists({ address, size, count, values: level.valuesPerBit }, bits, offset, context);
}

/** All elements of a null inner list are -inf. */
function maskLists(
  lists: { address: Area['address']; size: number; count: number; values: number },
  bits: number,
  offset: number,
  { bytes, view }: WorkerContext,
): void {
  const { address, size, count, values } = lists;
  for (let list = 0; list < count; list++) {
    const bit = offset + list;
    if (isSet(bytes, bit, bits)) continue;
    for (let value = 0; value < values; value++) {
      const at = address + (list * values + value) * size;
      if (size === 8) view.setFloat64(at, Number.NEGATIVE_INFINITY, true);
      else if (size === 4) view.setFloat32(at, Number.NEGATIVE_INFINITY, true);
      else view.setUint16(at, 0xfc00, true);
    }
  }
}
