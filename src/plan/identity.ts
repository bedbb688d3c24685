import type { KernelBuild } from '../kernels.ts';
import type { RunOptions } from '../options/types.ts';
import type { PlanIdentity } from '../output/publish/index.ts';
import { VERSION } from '../version.ts';
import type { Plan } from './plan.ts';

/**
 * What has to be the same for a later run to go on from an interrupted one. Neither threads nor memory are in it:
 * they change no byte. Nor is --on-invalid, whose answer is given at the end.
 */
export function planIdentity(plan: Plan, options: RunOptions, kernel: KernelBuild): PlanIdentity {
  const {
    op,
    dim,
    column,
    columns,
    keep,
    layout,
    dtype,
    temperature,
    tolerance,
    format,
    compression,
    shard,
  } = options;
  const { delimiter, header, quote } = options;
  return {
    version: VERSION,
    kernel,
    options: {
      ...{
        op,
        dim,
        column,
        columns,
        keep,
        layout,
        dtype,
        temperature,
        tolerance,
        format,
        compression,
        shard,
      },
      ...{ delimiter, header, quote, types: [...options.types] },
      'null-values': options.nullValues,
      'keep-logits': options.keepLogits,
      'mask-nulls': options.maskNulls,
    },
    tasks: plan.parts,
    bytes: plan.outputBytes,
  };
}
