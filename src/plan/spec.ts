import { LogitmillError } from '../errors.ts';
import type { RunOptions } from '../options/types.ts';
import type { TransformSpec } from '../tasks.ts';
import type { TargetForm } from './batch.ts';
import type { Logits } from './logits.ts';
import { blockRows, type Reduction } from './shape.ts';
import { defaultTolerance } from './tolerance.ts';

/**
 * Whether headers and bitmaps can be changed once all rows are computed, so that no task has to know what
 * --on-invalid says, and a finished run can be published with another answer.
 */
export function isSettledLater({ format, compression }: Pick<RunOptions, 'format' | 'compression'>): boolean {
  return format === 'arrow' && compression === 'none';
}

/** What all tasks of a job have in common. */
export function specOf(
  logits: Logits,
  reduction: Reduction,
  targetForm: TargetForm,
  options: RunOptions,
  mayBeNull: boolean,
): TransformSpec {
  if (reduction.overRows) checkOverRows(logits, options);
  const length = reduction.length ?? 0;
  return {
    op: options.op,
    sourceDtype: logits.sourceDtype,
    dtype: logits.dtype,
    outer: reduction.outer,
    length,
    inner: reduction.inner,
    sourceForm: logits.form === 'wide' ? 'columns' : logits.shape ? 'rows' : 'ragged',
    targetForm,
    offsetBytes: logits.offsetBytes,
    temperature: options.temperature,
    tolerance: options.tolerance ?? defaultTolerance(logits.dtype, reduction.length),
    maskNulls: options.maskNulls,
    invalidBecomesNull: isSettledLater(options) || !(mayBeNull && options.onInvalid === 'keep'),
    invalidIsNull: !isSettledLater(options) && options.onInvalid === 'null',
    overRows: reduction.overRows ? { width: reduction.inner, blockRows: blockRows(reduction.inner) } : null,
  };
}

/** @throws LogitmillError UNSUPPORTED_OPTION for what cannot go with --dim 0 */
function checkOverRows({ dtype }: Logits, { onInvalid, shard }: RunOptions): void {
  if (onInvalid === 'null') {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      '--on-invalid null cannot go with --dim 0: an invalid column would make every row null',
      { hint: '--on-invalid keep' },
    );
  }
  if (shard) {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      '--shard cannot go with --dim 0: a column sums to one over all parts together',
    );
  }
  if (dtype === 'float16') {
    throw new LogitmillError('UNSUPPORTED_OPTION', 'float16 cannot go with --dim 0 yet', {
      hint: '--dtype float32',
    });
  }
}
