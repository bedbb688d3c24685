import type { OpName } from '../../src/options/types.ts';
import { type Exact, exactSigmoid, exactSoftmax } from '../kernels/exact.ts';

/** What an op must make of a row, by result and class; a number where it is that and nothing else. */
export interface ExactResults {
  /** None where all are NaN. */
  values: (readonly (Exact | number)[])[];
  /** As the kernels give it (see INVALID_REASONS); 0: the row is valid. */
  reason: number;
}

type Reference = (logits: readonly number[], temperature: number) => ExactResults;

/** A row that has no softmax. */
function reasonOf(logits: readonly number[]): number {
  if (logits.some(Number.isNaN)) return 1;
  if (logits.some((logit) => logit === Number.POSITIVE_INFINITY)) return 2;
  return logits.every((logit) => logit === Number.NEGATIVE_INFINITY) ? 3 : 0;
}

const softmax =
  (...results: readonly ('probabilities' | 'logarithms')[]): Reference =>
  (logits, temperature) => {
    const reason = reasonOf(logits);
    const row = exactSoftmax(logits, temperature);
    const exact = (result: (typeof results)[number]): (Exact | number)[] =>
      (row[result] ?? []).map((one) => one ?? Number.NEGATIVE_INFINITY);
    return { reason, values: reason ? [] : results.map(exact) };
  };

/** Integer arithmetic, which shares nothing with the kernels; every op has its entry. */
export const REFERENCES: Readonly<Record<OpName, Reference>> = {
  softmax: softmax('probabilities'),
  log_softmax: softmax('logarithms'),
  both: softmax('probabilities', 'logarithms'),
  sigmoid: (logits, temperature) => ({
    reason: logits.some(Number.isNaN) ? 1 : 0,
    values: [logits.map((logit) => (Number.isNaN(logit) ? logit : exactSigmoid(logit, temperature)))],
  }),
  none: softmax(),
};
