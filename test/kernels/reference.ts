import { exactToHalf, halfToNumber } from './half.ts';

/** What the kernels are measured against: float64 with compensated sums, good to about 1e-15 for float32 logits. */
export interface Reference {
  probabilities: Float64Array;
  logProbabilities: Float64Array;
}

/** The exact softmax and log-softmax of a row of float32 with a finite maximum and no NaN. */
export function referenceRow(logits: ArrayLike<number>, temperature = 1): Reference {
  const n = logits.length;
  let max = Number.NEGATIVE_INFINITY;
  let argmax = 0;
  for (let i = 0; i < n; i++)
    if (logits[i]! > max) {
      max = logits[i]!;
      argmax = i;
    }
  // Neumaier's sum of all but one of the largest; it keeps its relative precision however small it is.
  let sum = 0;
  let lost = 0;
  const shifted = new Float64Array(n);
  const probabilities = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    shifted[i] = (logits[i]! - max) / temperature;
    const e = Math.exp(shifted[i]!);
    probabilities[i] = e;
    if (i === argmax) continue;
    const next = sum + e;
    lost += sum >= e ? sum - next + e : e - next + sum;
    sum = next;
  }
  const others = sum + lost;
  const l = Math.log1p(others);
  const logProbabilities = shifted.map((d) => d - l);
  for (let i = 0; i < n; i++) probabilities[i]! /= 1 + others;
  return { probabilities, logProbabilities };
}

/** The distance of a float32 from the exact value, in units of the last place of the exact value's binade. */
export function ulps32(actual: number, exact: number): number {
  if (Object.is(actual, Math.fround(exact)) && !Number.isFinite(actual)) return 0;
  return Math.abs(actual - exact) / 2 ** (binadeOf(exact, -126) - 23);
}

/** The same of a half. */
export function ulps16(actual: number, exact: number): number {
  if (!Number.isFinite(actual) && Object.is(actual, halfToNumber(exactToHalf(exact)))) return 0;
  return Math.abs(actual - exact) / 2 ** (binadeOf(exact, -14) - 10);
}

function binadeOf(exact: number, lowest: number): number {
  const magnitude = Math.max(Math.abs(exact), 2 ** lowest);
  // Math.log2 may round up just below a power of two.
  const exponent = Math.floor(Math.log2(magnitude));
  return 2 ** exponent > magnitude ? exponent - 1 : exponent;
}

/** The sum of any numbers, as if added up in twice the precision (Neumaier). */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const next = sum + values[i]!;
    lost += Math.abs(sum) >= Math.abs(values[i]!) ? sum - next + values[i]! : values[i]! - next + sum;
    sum = next;
  }
  return sum + lost;
}
