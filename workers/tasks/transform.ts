import { SlabAreas } from '../../src/memory.ts';
import type { FileCopy, Piece, TransformResult, TransformTask } from '../../src/tasks.ts';
import { compute } from '../compute.ts';
import type { WorkerContext } from '../context.ts';
import { readInput, writeOutput } from '../files.ts';
import { type Pass, planPass } from '../pass.ts';
import { readSource } from '../source.ts';
import { Tally } from '../tally.ts';

/** Logits in, probabilities and row sums out, for some rows; and what passes through beside them. */
export function transform(task: TransformTask, context: WorkerContext): TransformResult {
  const tally = new Tally(task.id);
  context.softmax(task.spec.dtype).set_temperature(task.spec.temperature);
  for (const { to, bytes } of task.literals) writeOutput(task.output, bytes, to);
  for (const range of task.copies) copyRange(task, range, context, tally);
  for (const piece of task.pieces) transformPiece(task, piece, context, tally);
  return tally.result;
}

function copyRange(
  task: TransformTask,
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
}

/** A piece is done in passes, each as many rows as fit in the slab. */
function transformPiece(task: TransformTask, piece: Piece, context: WorkerContext, tally: Tally): void {
  const { spec } = task;
  for (let row = 0; row < piece.rows; ) {
    const pass = planPass(spec, piece, row, context.slab);
    readSource(task.input, piece, pass, context);
    compute(spec, pass, context, tally);
    tally.addRows(spec, piece, pass, context);
    writeTargets(task, piece, pass, context);
    row += pass.rows;
  }
}

function writeTargets(task: TransformTask, piece: Piece, pass: Pass, { bytes }: WorkerContext): void {
  for (const [positions, area] of [
    [piece.probs, pass.probs],
    [piece.logProbs, pass.logProbs],
  ] as const) {
    if (!positions || !area) continue;
    for (let column = 0; column < positions.length; column++) {
      const address = area.address + column * area.stride;
      writeOutput(
        task.output,
        bytes.subarray(address, address + area.runBytes),
        positions[column] + pass.row * area.rowBytes,
      );
    }
  }
  const { slices } = pass;
  if (piece.sums >= 0)
    writeOutput(
      task.output,
      bytes.subarray(pass.sums, pass.sums + pass.rows * slices * 8),
      piece.sums + pass.row * slices * 8,
    );
  if (piece.bitmap >= 0)
    writeOutput(
      task.output,
      bytes.subarray(pass.bitmap, pass.bitmap + Math.ceil(pass.rows / 8)),
      piece.bitmap + pass.row / 8,
    );
}
