import type { Piece, TransformResult, TransformSpec, ValidateTask } from '../../src/tasks.ts';
import type { WorkerContext } from '../context.ts';
import { readInput } from '../files.ts';
import { type Pass, planPass } from '../pass.ts';
import { readSource } from '../source.ts';
import { Tally } from '../tally.ts';

/** A stored row_sum may have been summed in another order, or from exponentials of another make. */
const SUM_DIFFERENCE = { softmax: 2 ** -40, log_softmax: 1e-7, both: 0 } as const;

/** Sums stored probabilities again and compares the sums with 1, and with those that are stored. */
export function validate(task: ValidateTask, context: WorkerContext): TransformResult {
  const tally = new Tally(task.id);
  for (const piece of task.pieces) {
    for (let row = 0; row < piece.rows; ) {
      const pass = planPass(task.spec, piece, row, context.slab);
      readSource(task.input, piece, pass, context);
      sumValues(task.spec, pass, context);
      const stored = piece.sums < 0 ? null : readStored(task.input, piece, pass);
      if (stored) tally.addMismatches(task.spec, piece, pass, stored, SUM_DIFFERENCE[task.spec.op], context);
      tally.openBitmap(context, pass.bitmap, pass.rows);
      tally.result.inputBytes += pass.source.runBytes * piece.source.length;
      tally.addRows(
        task.spec,
        { batch: piece.batch, firstRow: piece.firstRow + row, hasNulls: false, ...pass },
        context,
      );
      row += pass.rows;
    }
  }
  return tally.result;
}

function sumValues(spec: TransformSpec, pass: Pass, context: WorkerContext): void {
  const kernels = context.softmax(spec.dtype);
  const { source, rows, sums } = pass;
  const logarithms = spec.op === 'log_softmax';
  if (spec.sourceForm === 'columns') {
    const sum = logarithms ? kernels.sum_exp_columns : kernels.sum_columns;
    sum(source.address, source.stride, rows, spec.length, sums);
    return;
  }
  if (spec.inner === 1) {
    const sum = logarithms ? kernels.sum_exp_rows : kernels.sum_rows;
    sum(source.address, rows * spec.outer, spec.length, sums);
    return;
  }
  const sum = logarithms ? kernels.sum_exp_columns : kernels.sum_columns;
  const stride = source.rowBytes / (spec.outer * spec.length);
  for (let slice = 0; slice < rows * spec.outer; slice++) {
    sum(
      source.address + slice * spec.length * stride,
      stride,
      spec.inner,
      spec.length,
      sums + slice * spec.inner * 8,
    );
  }
}

function readStored(input: number, piece: Piece, pass: Pass): Float64Array {
  const stored = new Float64Array(pass.rows * pass.slices);
  readInput(input, new Uint8Array(stored.buffer), piece.sums + pass.row * pass.slices * 8);
  return stored;
}
