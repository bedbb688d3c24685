import type { DerivedKernels } from '../../src/kernels/derived.ts';
import type { StatisticsKernel } from './slice-kernel.ts';

const finishedBy = (
  finish: 'largest_probabilities' | 'margins' | 'entropies' | 'log_sum_exps',
): StatisticsKernel => ({
  from: 'statistics',
  finish: (kernels: DerivedKernels, statistics, slices, out) => kernels[finish](statistics, slices, out),
});

export const maxProb = finishedBy('largest_probabilities');
export const margin = finishedBy('margins');
export const entropy = finishedBy('entropies');
export const logsumexp = finishedBy('log_sum_exps');
