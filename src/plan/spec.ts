import { LogitmillError } from '../errors.ts';
import type { RunOptions } from '../options/types.ts';
import type { TransformSpec } from '../tasks.ts';
import type { TargetForm } from './batch.ts';
import type { Logits } from './logits.ts';
import type { Reduction } from './shape.ts';
import { defaultTolerance } from './tolerance.ts';

/** What all tasks of a job have in common. */
export function specOf(
  logits: Logits,
  reduction: Reduction,
  targetForm: TargetForm,
  options: RunOptions,
  mayBeNull: boolean,
): TransformSpec {
  if (logits.dtype === 'float16') {
    throw new LogitmillError('UNSUPPORTED_OPTION', 'float16 is not supported yet', {
      hint: '--dtype float32',
    });
  }
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
    invalidBecomesNull: !(mayBeNull && options.onInvalid === 'keep'),
    invalidIsNull: options.onInvalid === 'null',
  };
}
