import { LogitmillError } from '../errors.ts';
import { CAST_TYPES } from '../kernels/convert.ts';
import type { KernelModuleName } from '../kernels/names.ts';
import type { TargetForm } from '../layout/batch-layout.ts';
import type { Logits } from '../layout/logits.ts';
import { blockRows, type Reduction } from '../layout/shape.ts';
import type { SourceDtype } from '../ops/dtypes.ts';
import { OPS } from '../ops/ops.ts';
import type { OpName } from '../options/types.ts';
import type { SliceColumn } from '../results/result.ts';
import { sliceColumns } from '../results/results.ts';
import type { TransformSpec } from '../tasks/spec.ts';
import { isOrdered } from './emission.ts';
import type { PlanOptions } from './plan.ts';

/**
 * What all tasks of a job have in common. What --on-invalid says is settled once all rows are computed, so that a
 * finished run can be published with another answer; but see `isSettledNow`.
 */
export function specOf(
  logits: Logits,
  reduction: Reduction,
  targetForm: TargetForm,
  options: PlanOptions,
  mayBeNull: boolean,
): TransformSpec {
  if (reduction.overRows) checkOverRows(options);
  const columns = reduction.overRows ? [] : sliceColumns(options, logits.dtype);
  checkColumns(columns, options);
  checkLength(columns, reduction.length);
  const length = reduction.length ?? 0;
  return {
    op: computedOp(options, columns),
    sourceDtype: logits.sourceDtype,
    mixed: logits.mixed && codesOf(logits.mixed),
    ...(logits.scale === undefined ? {} : { scale: logits.scale }),
    dtype: logits.dtype,
    outer: reduction.outer,
    length,
    inner: reduction.inner,
    sourceForm: logits.form === 'wide' ? 'columns' : logits.shape ? 'rows' : 'ragged',
    targetForm,
    offsetBytes: logits.offsetBytes,
    temperature: options.temperature,
    tolerance: options.tolerance ?? OPS[options.op].tolerance(logits.dtype, reduction.length),
    maskNulls: options.maskNulls,
    invalidBecomesNull: !(isSettledNow(options) && mayBeNull && options.onInvalid === 'keep'),
    invalidIsNull: options.toPipe && options.onInvalid === 'null',
    sliceColumns: columns,
    overRows: reduction.overRows ? { width: reduction.inner, blockRows: blockRows(reduction.inner) } : null,
  };
}

/** What is computed: more than is written, where columns pick from it. */
function computedOp({ op }: PlanOptions, columns: readonly SliceColumn[]): OpName {
  const { computes = op } = OPS[op];
  const picked = columns.some(({ from }) => from === 'log_probs');
  return picked && !OPS[computes].results.includes('log_probs') ? 'both' : computes;
}

/**
 * What has the K largest needs as many classes.
 * @throws LogitmillError UNSUPPORTED_OPTION
 */
function checkLength(columns: readonly SliceColumn[], classes: number | null): void {
  const most = Math.max(0, ...columns.map(({ length }) => length ?? 0));
  if (classes === null || classes >= most) return;
  throw new LogitmillError(
    'UNSUPPORTED_OPTION',
    `--add topk:${most} wants more than the ${classes} classes that there are`,
    {
      hint: classes > 0 ? `--add topk:${classes}` : 'no --add topk',
    },
  );
}

/** @throws LogitmillError UNSUPPORTED_OPTION for columns that say something of probabilities which sum to one */
function checkColumns(columns: readonly SliceColumn[], { op }: PlanOptions): void {
  const ofSoftmax = columns.filter(({ from }) => from !== 'op' && from !== 'logits').map(({ name }) => name);
  if (OPS[op].sums !== 'nothing' || ofSoftmax.length === 0) return;
  throw new LogitmillError(
    'UNSUPPORTED_OPTION',
    `--add ${ofSoftmax.join(',')} is of a softmax, and --op ${op} takes each logit by itself`,
    { hint: '--op softmax' },
  );
}

/** The kernels that the tasks of a job need. */
export function modulesOf({ dtype, overRows, sliceColumns }: TransformSpec): KernelModuleName[] {
  if (overRows) return [dtype, 'float64', 'convert'];
  // row_sum comes with the op.
  const isDerived = sliceColumns.some(({ name }) => name !== 'row_sum');
  return isDerived ? [dtype, 'convert', 'derived'] : [dtype, 'convert'];
}

/** Nothing goes back to settle it: into a pipe, and where no sums tell invalid rows from null ones. */
function isSettledNow({ toPipe, op }: PlanOptions): boolean {
  return toPipe || OPS[op].sums === 'nothing';
}

/** In memory that workers share: there may be 100,000 columns, and tasks. */
function codesOf(dtypes: readonly SourceDtype[]): Uint8Array {
  const codes = new Uint8Array(new SharedArrayBuffer(dtypes.length));
  codes.set(dtypes.map((dtype) => CAST_TYPES[dtype as keyof typeof CAST_TYPES]));
  return codes;
}

/** Whether invalid columns are to be null, for which batches leave room. */
export function nullsColumns({ overRows }: Reduction, { onInvalid }: PlanOptions): boolean {
  return overRows && onInvalid === 'null';
}

/** @throws LogitmillError UNSUPPORTED_OPTION for what cannot go with --dim 0 */
function checkOverRows(options: PlanOptions): void {
  const { onInvalid, shard, add, op } = options;
  if (OPS[op].results.length === 0) {
    throw new LogitmillError('UNSUPPORTED_OPTION', `--op ${op} with --dim 0 leaves nothing to write`, {
      hint: '--op softmax',
    });
  }
  if (add.length > 0) {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      `--add ${add.join(',')} cannot go with --dim 0: it adds a value to each row, and with --dim 0 columns sum to one`,
      { hint: '--dim -1, or no --add' },
    );
  }
  if (onInvalid === 'null' && isOrdered(options)) {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      '--on-invalid null with --dim 0 needs an uncompressed file to write to: invalid columns are known at its end',
      { hint: '--on-invalid keep' },
    );
  }
  if (shard) {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      '--shard cannot go with --dim 0: a column sums to one over all parts together',
      { hint: 'one run over the whole file, without --shard' },
    );
  }
}
