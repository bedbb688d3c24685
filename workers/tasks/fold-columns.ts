import type { TransformResult } from '../../src/tasks/results.ts';
import type { FoldTask } from '../../src/tasks/task.ts';
import { withInflated } from '../batches/inflate.ts';
import type { WorkerContext } from '../context.ts';
import { ColumnBlocks, foldPass } from '../dim0/blocks.ts';
import { UnseenColumns } from '../dim0/unseen-columns.ts';
import type { InputPart } from '../io/files.ts';
import { eachPass } from '../rows/each-pass.ts';
import { castSource, maskAllNulls } from '../rows/prepare.ts';
import { Tally } from '../rows/tally.ts';
import { stageClock } from '../stage-clock.ts';
import { orBreak } from '../turns.ts';

/** The first pass of dim 0: rows in, the states of their blocks out. */
export function foldColumns(task: FoldTask, context: WorkerContext): TransformResult {
  return orBreak([task.chain], () => withInflated(task, context, (input) => foldAll(task, input, context)));
}

function foldAll(task: FoldTask, input: InputPart, context: WorkerContext): TransformResult {
  const { spec, pieces, chain } = task;
  const { overRows } = spec;
  if (!overRows) throw new Error('this task is of dim 0');
  const tally = new Tally(task.id);
  const kernels = context.columns(spec.dtype);
  kernels.set_temperature(spec.temperature);
  const blocks = new ColumnBlocks(overRows, pieces, 'states', context.slab);
  for (const state of blocks.all()) context.columnStates.columns_begin(state, overRows.width);
  const unseen = new UnseenColumns(spec);
  for (const piece of pieces) unseen.look(input, piece);
  blocks.inOrder(chain, context, (piece, from) =>
    eachPass({ input, spec, piece, from, slab: blocks.slab, result: tally.result }, context, (pass) =>
      stageClock.during('compute', () => {
        castSource(spec, pass, piece.values.length, context);
        maskAllNulls(input, spec, piece, pass, context);
        foldPass(spec, pass, piece.firstRow + pass.row, blocks, context);
      }),
    ),
  );
  tally.result.columns = { ...blocks.take(chain, context), unseen: unseen.columns };
  return tally.result;
}
