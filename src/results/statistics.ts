/** Columns that follow from the statistics of a slice: see src/kernels/derived.ts. */
import type { SliceResult } from './result.ts';

const fromStatistics = (
  name: SliceResult['name'] & SliceResult['addedBy'],
  type: SliceResult['type'],
  help: string,
): SliceResult => ({ name, per: 'slice', addedBy: name, from: 'statistics', type, help });

export const maxProb = fromStatistics('max_prob', (dtype) => dtype, 'the largest probability');

export const margin = fromStatistics(
  'margin',
  (dtype) => dtype,
  'the largest probability less the second largest, from the logits: 0 for equal ones, 1 for a single class',
);

export const entropy = fromStatistics(
  'entropy',
  () => 'float64',
  'the entropy of the probabilities, in nats: never negative, and not 0 beside a sure winner',
);

export const logsumexp = fromStatistics(
  'logsumexp',
  () => 'float64',
  'log of the sum of exp(logits / T); less it, logits / T are log-probabilities; the energy score is -T times it',
);
