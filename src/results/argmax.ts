import type { SliceResult } from './result.ts';

/** The class with the largest logit, the first of equal ones; -1 where the slice has no softmax. */
export const argmax: SliceResult = {
  name: 'argmax',
  per: 'slice',
  addedBy: 'argmax',
  from: 'logits',
  help: 'the class with the largest logit, the first of equal ones',
  type: () => 'int32',
};
