import type { FileCopy, Piece } from '../../src/layout/pieces.ts';
import { SlabAreas } from '../../src/memory/slabs.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { OverRows } from '../../src/tasks/spec.ts';
import type { TransformTask } from '../../src/tasks/task.ts';
import { withEmission } from '../batches/emit.ts';
import { withInflated } from '../batches/inflate.ts';
import type { WorkerContext } from '../context.ts';
import { applyPass, ColumnBlocks } from '../dim0/blocks.ts';
import { readInput, writeOutput } from '../io/files.ts';
import { gatheringWrites } from '../io/gathered-output.ts';
import { clearNulls } from '../results/derive.ts';
import { derivePass, pickPass } from '../results/derive-pass.ts';
import { SliceColumns } from '../results/slice-columns.ts';
import { Bitmap } from '../rows/bitmap.ts';
import { changeLayouts, compute } from '../rows/compute.ts';
import { eachPass } from '../rows/each-pass.ts';
import { isLongRow } from '../rows/long-row.ts';
import { applyNulls, castSource, maskAllNulls } from '../rows/prepare.ts';
import { Tally } from '../rows/tally.ts';
import type { PlacedTask } from '../rows/targets.ts';
import { writeTargets } from '../rows/targets.ts';
import { stageClock } from '../stage-clock.ts';
import { orBreak } from '../turns.ts';
import { transformLongRows } from './transform-long.ts';
import { transformRagged } from './transform-ragged.ts';

/** Logits in, probabilities and row sums out, for some rows; and what passes through beside them. */
export function transform(task: TransformTask, context: WorkerContext): TransformResult {
  context.softmax(task.spec.dtype).set_temperature(task.spec.temperature);
  const { chain, emission } = task;
  return orBreak([chain, emission], () =>
    withInflated(task, context, (input) =>
      withEmission(task, context, (output) => {
        const tally = new Tally(task.id);
        gatheringWrites(output, (gathered) =>
          transformParts({ ...task, input, output: gathered }, context, tally),
        );
        return tally;
      }),
    ),
  );
}

export function transformParts(task: PlacedTask, context: WorkerContext, tally: Tally): void {
  for (const { to, bytes } of task.literals) writeOutput(task.output, bytes, to);
  for (const range of task.copies) copyRange(task, range, context, tally);
  if (task.spec.overRows) {
    transformOverRows(task, task.spec.overRows, context, tally);
    return;
  }
  const transformPiece = task.spec.sourceForm === 'ragged' ? transformRagged : transformDense;
  for (const piece of task.pieces) transformPiece(task, piece, context, tally);
}

function copyRange(
  task: PlacedTask,
  { from, to, length }: FileCopy,
  { bytes, slab }: WorkerContext,
  tally: Tally,
): void {
  const start = new SlabAreas(slab).take(0, from);
  for (let done = 0; done < length; ) {
    const part = bytes.subarray(start, start + Math.min(length - done, slab.end - start));
    readInput(task.input, part, from + done);
    writeOutput(task.output, part, to + done);
    done += part.length;
  }
  tally.result.inputBytes += length;
  tally.result.outputBytes += length;
}

/** A piece is done in passes, each as many rows as fit in the slab. */
function transformDense(task: PlacedTask, piece: Piece, context: WorkerContext, tally: Tally): void {
  const { spec } = task;
  if (isLongRow(spec, context.slab)) {
    transformLongRows(task, piece, context, tally);
    return;
  }
  const bitmap = new Bitmap(piece.rows);
  const slices = new SliceColumns(spec, piece, spec.outer * spec.inner);
  const { slab } = context;
  eachPass({ ...task, piece, slab, result: tally.result }, context, (pass) => {
    const { row } = pass;
    const hasNulls = stageClock.during('compute', () => {
      castSource(spec, pass, piece.values.length, context);
      tally.openBitmap(context, pass.bitmap, pass.rows);
      const found = applyNulls(task.input, spec, piece, pass, context);
      derivePass(spec, pass, context);
      compute(spec, pass, context, tally);
      pickPass(spec, pass, context);
      if (found) clearNulls(spec, pass, pass.sliceColumns, context);
      return found;
    });
    tally.addRows(spec, { batch: piece.batch, firstRow: piece.firstRow + row, hasNulls, ...pass }, context);
    bitmap.put(context.bytes, pass.bitmap, row, pass.rows);
    tally.result.outputBytes += slices.put(task.output, context.bytes, pass);
    if (row + pass.rows === piece.rows) {
      // Before the last values, which they may stand beside: then all go together.
      slices.end(task.output);
      if (piece.bitmap >= 0) writeOutput(task.output, bitmap.bytes, piece.bitmap);
    }
    writeTargets(task, piece, pass, context, tally);
  });
}

/** The second pass of dim 0: what the first one found out of the columns is given, and sums are those of columns. */
function transformOverRows(
  { spec, ...task }: PlacedTask,
  overRows: OverRows,
  context: WorkerContext,
  tally: Tally,
): void {
  if (task.pieces.length === 0 || !task.parameters) return;
  const { chain } = task;
  const blocks = new ColumnBlocks(overRows, task.pieces, 'sums', context.slab);
  context.bytes.set(new Uint8Array(task.parameters), blocks.parameters);
  blocks.fill(context, 0);
  blocks.inOrder(chain, context, (piece, from) =>
    eachPass({ ...task, spec, piece, from, slab: blocks.slab, result: tally.result }, context, (pass) => {
      stageClock.during('compute', () => {
        castSource(spec, pass, piece.values.length, context);
        maskAllNulls(task.input, spec, piece, pass, context);
        tally.addDifference(applyPass(spec, pass, piece.firstRow + pass.row, blocks, context));
        changeLayouts(spec, pass, context);
      });
      tally.result.rows += pass.rows;
      writeTargets(task, piece, pass, context, tally);
    }),
  );
  tally.result.columns = { ...blocks.take(chain, context), unseen: [] };
}
