import type { SliceResultName } from '../../src/results/result.ts';
import { argmax } from './argmax.ts';
import type { SliceKernel } from './slice-kernel.ts';
import { entropy, logsumexp, margin, maxProb } from './statistics.ts';

import { topkIds } from './top-k.ts';

/** What computes each column of slices; row_sum comes with the op. */
export const SLICE_KERNELS: Readonly<Record<Exclude<SliceResultName, 'row_sum'>, SliceKernel>> = {
  argmax,
  max_prob: maxProb,
  margin,
  entropy,
  logsumexp,
  topk_ids: topkIds,
  topk_probs: { from: 'probs' },
  topk_log_probs: { from: 'log_probs' },
  topk_rest: { from: 'rest' },
};
