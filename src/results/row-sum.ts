import { OPS } from '../ops/ops.ts';
import type { SliceResult } from './result.ts';

/** The sum of a slice's probabilities as they are stored; of log-probabilities alone, of exp of them. */
export const rowSum: SliceResult = {
  name: 'row_sum',
  per: 'slice',
  addedBy: null,
  isWanted: ({ op }) => OPS[op].sums !== 'nothing',
  from: 'op',
  help: 'the sum of the probabilities as they are stored; of log-probabilities alone, of exp of them',
  type: () => 'float64',
};
