import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import type { Piece } from '../../src/layout/pieces.ts';
import type { SlabAreas } from '../../src/memory/slabs.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import { OPS } from '../../src/ops/ops.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { writeOutput } from '../io/files.ts';
import { clearNulls, deriveSlices, pickSlices } from '../results/derive.ts';
import { SliceColumns } from '../results/slice-columns.ts';
import type { Slices } from '../results/slices.ts';
import { Bitmap } from '../rows/bitmap.ts';
import { transformSlice } from '../rows/long-slice.ts';
import type { RaggedPass } from '../rows/ragged.ts';
import { applyRaggedNulls, longSliceOf, raggedPasses } from '../rows/ragged.ts';
import type { Tally } from '../rows/tally.ts';
import type { PlacedTask } from '../rows/targets.ts';
import { stageClock } from '../stage-clock.ts';

/** The rows of a piece of variable-length lists: offsets pass through as they are, values are computed. */
export function transformRagged(task: PlacedTask, piece: Piece, context: WorkerContext, tally: Tally): void {
  const { spec } = task;
  const size = DTYPE_BYTES[spec.dtype];
  const bitmap = new Bitmap(piece.rows);
  const slices = new SliceColumns(spec, piece, 1);
  for (const pass of raggedPasses(task.input, spec, piece, context)) {
    tally.openBitmap(context, pass.bitmap, pass.rows);
    const hasNulls = applyRaggedNulls(task.input, spec, piece, pass, context);
    if (pass.rest) transformLong(task, piece, pass, pass.rest, context, tally);
    else computeRagged(spec, pass, context, tally);
    if (hasNulls) clearNulls(spec, { ...pass, slices: 1 }, pass.sliceColumns, context);
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
    tally.result.outputBytes += slices.put(task.output, context.bytes, { ...pass, slices: 1 });
  }
  slices.end(task.output);
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
    stageClock.during('compute', () => transformSlice(task, spec, slice, pass, rest, context)),
  );
  const written = Number(piece.probs !== null) + Number(piece.logProbs !== null);
  tally.result.outputBytes += written * pass.values * DTYPE_BYTES[spec.dtype];
}

function computeRagged(spec: TransformSpec, pass: RaggedPass, context: WorkerContext, tally: Tally): void {
  const kernels: SoftmaxKernels = context.softmax(spec.dtype, pass.work);
  const { cast, offsets, rows, sums } = pass;
  const slicesAt = (source: number): Slices => {
    return { form: 'ragged', source, offsets, offsetBytes: spec.offsetBytes as 4 | 8, slices: rows };
  };
  deriveSlices(spec, slicesAt(cast), pass, context);
  const size = DTYPE_BYTES[spec.dtype];
  const offsetOf = (row: number): number =>
    spec.offsetBytes === 8
      ? Number(context.view.getBigInt64(offsets + row * 8, true))
      : context.view.getInt32(offsets + row * 4, true);
  tally.look(context, {
    ...{ rows, dtype: spec.dtype },
    lengthOf: (row) => offsetOf(row + 1) - offsetOf(row),
    addressOf: (row, index) => cast + (offsetOf(row) + index) * size,
  });
  const difference = kernels.compute_ragged(
    ...([OPS[spec.op].code, cast, cast, pass.second, offsets, spec.offsetBytes, rows, sums] as const),
  );
  const [first, second] = OPS[spec.op].results;
  const at = { [first]: slicesAt(cast), [second]: slicesAt(pass.second) };
  pickSlices(spec, { probs: at.probs ?? null, log_probs: at.log_probs ?? null }, pass, context);
  tally.addDifference(difference);
}
