import type { Piece } from '../../src/layout/pieces.ts';
import { DTYPE_BYTES } from '../../src/ops/dtypes.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { OverRows } from '../../src/tasks/spec.ts';
import type { ValidateTask } from '../../src/tasks/task.ts';
import { withInflated } from '../batches/inflate.ts';
import type { WorkerContext } from '../context.ts';
import { addPass, ColumnBlocks } from '../dim0/blocks.ts';
import { UnseenColumns } from '../dim0/unseen-columns.ts';
import type { InputPart } from '../io/files.ts';
import { eachPass } from '../rows/each-pass.ts';
import { isLongRow } from '../rows/long-row.ts';
import { sumSlice } from '../rows/long-slice.ts';
import { applyNulls, leaveOutNulls } from '../rows/prepare.ts';
import { applyRaggedNulls, longSliceOf, raggedPasses } from '../rows/ragged.ts';
import { markRaggedOutOfRange } from '../rows/ragged-range.ts';
import { findColumnsOutside, noteWider } from '../rows/range.ts';
import { readStored, sumDifference, sumValues, termsOf } from '../rows/stored.ts';
import { Tally } from '../rows/tally.ts';
import { orBreak } from '../turns.ts';
import { validateLongRows } from './validate-long.ts';

/** Sums stored probabilities again and compares the sums with 1, and with those that are stored. */
export function validate(task: ValidateTask, context: WorkerContext): TransformResult {
  return orBreak([task.chain], () =>
    withInflated(task, context, (input) =>
      task.spec.overRows
        ? validateColumns({ ...task, input }, task.spec.overRows, context)
        : validateAll({ ...task, input }, context),
    ),
  );
}

function validateAll(task: ValidateTask<InputPart>, context: WorkerContext): TransformResult {
  const tally = new Tally(task.id);
  validatePieces(task, context, tally);
  return tally.result;
}

/** What tasks have in common, of large batches and of small ones. */
export type StoredPieces = Pick<ValidateTask<InputPart>, 'input' | 'spec' | 'pieces'>;

export function validatePieces(task: StoredPieces, context: WorkerContext, tally: Tally): void {
  for (const piece of task.pieces) {
    if (task.spec.sourceForm === 'ragged') {
      validateRagged(task, piece, context, tally);
      continue;
    }
    if (isLongRow(task.spec, context.slab)) {
      validateLongRows(task, piece, context, tally);
      continue;
    }
    const { slab } = context;
    eachPass({ ...task, piece, slab, result: tally.result }, context, (pass) => {
      sumValues(task.spec, pass, context);
      const stored = readStored(task.input, piece.sliceColumns, pass);
      tally.openBitmap(context, pass.bitmap, pass.rows);
      const hasNulls = applyNulls(task.input, task.spec, piece, pass, context);
      if (stored) tally.addMismatches(task.spec, piece, pass, stored, sumDifference(task.spec), context);
      const firstRow = piece.firstRow + pass.row;
      tally.addRows(task.spec, { batch: piece.batch, hasNulls, ...pass, firstRow }, context);
    });
  }
}

/** dim 0: the sums of columns, of which the coordinator has to have all before they can be compared with 1. */
function validateColumns(
  { id, input, spec, pieces, chain }: ValidateTask<InputPart>,
  overRows: OverRows,
  context: WorkerContext,
): TransformResult {
  const { result } = new Tally(id);
  const blocks = new ColumnBlocks(overRows, pieces, 'sums', context.slab);
  blocks.fill(context, 0);
  const outside = new Set<number>();
  const unseen = new UnseenColumns(spec);
  for (const piece of pieces) unseen.look(input, piece);
  blocks.inOrder(chain, context, (piece, from) =>
    eachPass({ input, spec, piece, from, slab: blocks.slab, result }, context, (pass) => {
      leaveOutNulls(input, spec, piece, pass, context);
      findColumnsOutside(overRows, spec, pass, outside, context);
      addPass(spec, pass, piece.firstRow + pass.row, blocks, context);
      result.rows += pass.rows;
    }),
  );
  result.columns = { ...blocks.take(chain, context), unseen: unseen.columns, outside: [...outside] };
  return result;
}

function validateRagged(task: StoredPieces, piece: Piece, context: WorkerContext, tally: Tally): void {
  const { spec } = task;
  for (const pass of raggedPasses(task.input, spec, piece, context)) {
    const kernels = context.softmax(spec.dtype, pass.work);
    if (pass.rest)
      sumSlice(task.input, spec, longSliceOf(spec, piece, pass), pass.sums, pass.rest, tally.result, context);
    else {
      noteWider(spec, pass.cast, pass.values, tally.result, context);
      kernels.sum_ragged(termsOf(spec), pass.cast, pass.offsets, spec.offsetBytes, pass.rows, pass.sums);
      markRaggedOutOfRange(spec, pass, context);
    }
    tally.openBitmap(context, pass.bitmap, pass.rows);
    const hasNulls = applyRaggedNulls(task.input, spec, piece, pass, context);
    const stored = readStored(task.input, piece.sliceColumns, { ...pass, slices: 1 });
    if (stored)
      tally.addMismatches(spec, piece, { ...pass, slices: 1 }, stored, sumDifference(spec), context);
    tally.result.inputBytes += pass.values * DTYPE_BYTES[spec.sourceDtype];
    tally.addRows(
      spec,
      { batch: piece.batch, firstRow: piece.firstRow + pass.row, hasNulls, slices: 1, ...pass },
      context,
    );
  }
}
