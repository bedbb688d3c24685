import { OPS } from '../ops/ops.ts';
import type { ClassResult } from './result.ts';

export const probs: ClassResult = {
  name: 'probs',
  per: 'class',
  isWanted: ({ op }) => OPS[op].results.includes('probs'),
};

export const logProbs: ClassResult = {
  name: 'log_probs',
  per: 'class',
  isWanted: ({ op }) => OPS[op].results.includes('log_probs'),
};
