import type { Dtype, OpName } from '../options/types.ts';

/** What an op makes of each logit, as the output names it. */
export type ResultName = 'probs' | 'log_probs';

/** What can be computed of logits; ops.ts lists all there are. */
export interface Op {
  readonly name: OpName;
  /** What is computed for it, where that is another op. */
  readonly computes?: OpName;
  /** Kernels take it as their first argument, in every form: see src/kernels/softmax.ts. */
  readonly code: number;
  /** In the order of the output's columns; kernels write the second one to a place of its own. */
  readonly results: readonly ResultName[];
  /**
   * What is added up of each slice, to be compared with 1: the first result's values, or their exponentials. Nothing:
   * logits have to do with each other in no slice, so that there are no sums, and no dim 0 either.
   */
  readonly sums: 'values' | 'exponentials' | 'nothing';
  /** How far from 1 the sum of a sound slice may be. @param classes null where slices differ in length */
  tolerance(dtype: Dtype, classes: number | null): number;
}
