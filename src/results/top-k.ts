/** The k largest logits of a slice, by falling logit, equal ones by rising class: three columns, and the mass outside. */
import { OPS } from '../ops/ops.ts';
import type { ResultOptions, SliceResult } from './result.ts';

/** The op's own result, both where it writes both or neither. */
const hasResult = ({ op }: ResultOptions, name: 'probs' | 'log_probs'): boolean =>
  OPS[op].results.length === 0 || OPS[op].results.includes(name);

const common = { per: 'slice', addedBy: 'topk' } as const;

export const topkIds: SliceResult = {
  ...{ ...common, name: 'topk_ids', from: 'logits', isList: true },
  help: 'the classes of the K largest logits; -1 where a list is shorter than K',
  type: () => 'int32',
};

export const topkProbs: SliceResult = {
  ...{ ...common, name: 'topk_probs', from: 'probs', isList: true },
  help: 'their probabilities, bit for bit those of the op; with --op softmax, both and none',
  isWanted: (options) => hasResult(options, 'probs'),
  type: (dtype) => dtype,
};

export const topkLogProbs: SliceResult = {
  ...{ ...common, name: 'topk_log_probs', from: 'log_probs', isList: true },
  help: 'their log-probabilities, likewise; with --op log_softmax, both and none',
  isWanted: (options) => hasResult(options, 'log_probs'),
  type: (dtype) => dtype,
};

export const topkRest: SliceResult = {
  ...{ ...common, name: 'topk_rest', from: 'rest' },
  help: 'the probability of all other classes together, added up by itself',
  type: () => 'float64',
};
