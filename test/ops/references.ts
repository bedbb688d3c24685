import type { OpName } from '../../src/options/types.ts';
import { type Exact, exactSoftmax } from '../kernels/exact.ts';

/** What an op must make of a row, by result and class; a logarithm of null is -inf. */
export interface ExactResults {
  values: (readonly (Exact | null)[])[];
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
    return { reason, values: reason ? [] : results.map((result) => row[result] as (Exact | null)[]) };
  };

/** Integer arithmetic, which shares nothing with the kernels; every op has its entry. */
export const REFERENCES: Readonly<Record<OpName, Reference>> = {
  softmax: softmax('probabilities'),
  log_softmax: softmax('logarithms'),
  both: softmax('probabilities', 'logarithms'),
};
