import { OP_CODES } from '../kernels/softmax.ts';
import type { OpName } from '../options/types.ts';
import type { Op } from './op.ts';
import { defaultTolerance } from './tolerance.ts';

const softmax: Op = {
  name: 'softmax',
  code: OP_CODES.softmax,
  results: ['probs'],
  sums: 'values',
  tolerance: defaultTolerance,
};

const logSoftmax: Op = {
  name: 'log_softmax',
  code: OP_CODES.log_softmax,
  results: ['log_probs'],
  sums: 'exponentials',
  tolerance: (dtype, classes) => defaultTolerance(dtype, classes, 'exponentials'),
};

/** Probabilities, and from the same pass their logarithms, which are compared with them. */
const both: Op = {
  name: 'both',
  code: OP_CODES.both,
  results: ['probs', 'log_probs'],
  sums: 'values',
  tolerance: defaultTolerance,
};

/** 1 / (1 + e^-x) of each logit by itself: for classes that do not exclude each other. */
const sigmoid: Op = {
  name: 'sigmoid',
  code: OP_CODES.sigmoid,
  results: ['probs'],
  sums: 'nothing',
  tolerance: () => 0,
};

/** Nothing is written for each logit: for what else there is of rows. Sums are checked as those of softmax. */
const none: Op = {
  name: 'none',
  computes: 'softmax',
  code: OP_CODES.softmax,
  results: [],
  sums: 'values',
  tolerance: defaultTolerance,
};

/** All ops, by the name that `--op` takes. */
export const OPS: Readonly<Record<OpName, Op>> = { softmax, log_softmax: logSoftmax, both, sigmoid, none };
