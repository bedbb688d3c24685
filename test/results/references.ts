import type { ResultKind, SliceResultName } from '../../src/results/result.ts';

const NEG = Number.NEGATIVE_INFINITY;

/** A slice that has no softmax: with NaN, with infinity, of -inf alone. */
export function isInvalid(logits: readonly number[]): boolean {
  const isBad = logits.some((logit) => Number.isNaN(logit) || logit === Number.POSITIVE_INFINITY);
  return logits.length > 0 && (isBad || logits.every((logit) => logit === NEG));
}

/** log of the sum of exponentials, in float64: what is beside the largest is added up by itself. */
export function logSumExp(logits: readonly number[]): { largest: number; rest: number } {
  const largest = Math.max(...chunked(logits));
  const first = logits.indexOf(largest);
  const others = logits.map((logit, index) => (index === first ? 0 : Math.exp(logit - largest)));
  return { largest, rest: Math.log1p(sumOf(others)) };
}

/** What additions round away is added up by itself (Neumaier). */
function sumOf(values: readonly number[]): number {
  let [sum, lost] = [0, 0];
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** The largest of each few thousand: a call takes no more arguments than that. */
function chunked(values: readonly number[]): number[] {
  const largest: number[] = [];
  for (let from = 0; from < values.length; from += 4096)
    largest.push(Math.max(...values.slice(from, from + 4096)));
  return largest.length > 0 ? largest : [NEG];
}

/** What every result with a value a logit must be, in float64, of a slice that is valid. */
export const CLASS_REFERENCES: Readonly<Record<ResultKind, (logits: readonly number[]) => number[]>> = {
  probs: (logits) => {
    const { largest, rest } = logSumExp(logits);
    return logits.map((logit) => Math.exp(logit - largest - rest));
  },
  log_probs: (logits) => {
    const { largest, rest } = logSumExp(logits);
    return logits.map((logit) => logit - largest - rest);
  },
};

export interface SliceReference {
  /** Of a slice that has a softmax, or no classes; of the `k` largest as many. */
  value(logits: readonly number[], k: number): number | number[];
  /** Of one that is invalid, where it is kept: of each value; null: anything. */
  invalid(): number | null;
  /** How far it may be off, relatively, `dtype`: half an ulp of the job's and a little; and absolutely, where that is more. */
  relative: number | 'dtype';
  absolute: number;
}

/** The classes of the k largest, by falling logit, equal ones by rising class; -1 where there are fewer. */
function largest(logits: readonly number[], k: number): number[] {
  const found: number[] = [];
  for (let place = 0; place < k; place++) {
    let best = -1;
    logits.forEach((logit, index) => {
      if (!found.includes(index) && (best < 0 || logit > logits[best]!)) best = index;
    });
    found.push(best);
  }
  return found;
}

/** The same of results with a value a slice. */
export const SLICE_REFERENCES: Readonly<Record<SliceResultName, SliceReference>> = {
  // Its own bits are those of what is stored beside it, which test/ops and test/golden compare it with.
  row_sum: {
    value: (logits) => (logits.length === 0 ? 0 : 1),
    invalid: () => Number.NaN,
    relative: 0,
    absolute: 0.02,
  },
  max_prob: {
    value: (logits) => (logits.length === 0 ? Number.NaN : Math.exp(-logSumExp(logits).rest)),
    ...{ invalid: () => Number.NaN, relative: 'dtype', absolute: 0 },
  },
  margin: {
    value: (logits) => {
      if (logits.length === 0) return Number.NaN;
      const { largest, rest } = logSumExp(logits);
      const others = logits.with(logits.indexOf(largest), NEG);
      return -Math.expm1(Math.max(...chunked(others)) - largest) * Math.exp(-rest);
    },
    ...{ invalid: () => Number.NaN, relative: 'dtype', absolute: 0 },
  },
  entropy: {
    value: (logits) => {
      if (logits.length === 0) return Number.NaN;
      const { largest, rest } = logSumExp(logits);
      const mean = sumOf(
        logits.map((logit) => (logit === NEG ? 0 : Math.exp(logit - largest - rest) * (logit - largest))),
      );
      return rest - mean;
    },
    ...{ invalid: () => Number.NaN, relative: 2 ** -23, absolute: 0 },
  },
  logsumexp: {
    value: (logits) => {
      const { largest, rest } = logSumExp(logits);
      return logits.length === 0 ? Number.NaN : largest + rest;
    },
    invalid: () => Number.NaN,
    ...{ relative: 2 ** -23, absolute: 2 ** -23 },
  },
  topk_ids: { value: largest, invalid: () => null, relative: 0, absolute: 0 },
  topk_probs: {
    value: (logits, k) => {
      const values = CLASS_REFERENCES.probs(logits);
      return largest(logits, k).map((id) => values[id] ?? Number.NaN);
    },
    ...{ invalid: () => Number.NaN, relative: 2 ** -9, absolute: 2 ** -24 },
  },
  topk_log_probs: {
    value: (logits, k) => {
      const values = CLASS_REFERENCES.log_probs(logits);
      return largest(logits, k).map((id) => values[id] ?? Number.NaN);
    },
    ...{ invalid: () => Number.NaN, relative: 2 ** -9, absolute: 2 ** -24 },
  },
  topk_rest: {
    value: (logits, k) => {
      const ids = largest(logits, k);
      if (ids.includes(-1)) return Number.NaN;
      return sumOf(CLASS_REFERENCES.probs(logits).filter((_, index) => !ids.includes(index)));
    },
    ...{ invalid: () => Number.NaN, relative: 2 ** -22, absolute: 0 },
  },
  argmax: {
    value: (logits) =>
      logits.reduce((best, logit, index) => (best < 0 || logit > logits[best]! ? index : best), -1),
    invalid: () => -1,
    relative: 0,
    absolute: 0,
  },
};
