import type { Dtype } from '../options/types.ts';
import { argmax } from './argmax.ts';
import type { ClassResult, ResultColumn, ResultOptions, SliceColumn, SliceResult } from './result.ts';
import { rowSum } from './row-sum.ts';
import { SLICE_TYPE_BYTES } from './slice-field.ts';
import { entropy, logsumexp, margin, maxProb } from './statistics.ts';
import { topkIds, topkLogProbs, topkProbs, topkRest } from './top-k.ts';
import { logProbs, probs } from './values.ts';

/** Everything that can be written for a row, in the order in which it is written. */
export const RESULT_COLUMNS: readonly ResultColumn[] = [
  ...[probs, logProbs, rowSum],
  ...[argmax, maxProb, margin, entropy, logsumexp],
  ...[topkIds, topkProbs, topkLogProbs, topkRest],
];

/** The results that have a value for every logit. */
export function classResults(options: ResultOptions): ClassResult[] {
  return RESULT_COLUMNS.filter((result) => result.per === 'class').filter((result) =>
    result.isWanted(options),
  );
}

/** The columns that have a value for every slice, in their order in the output: added ones as they were asked for. */
export function sliceColumns(options: ResultOptions, dtype: Dtype): SliceColumn[] {
  const results = RESULT_COLUMNS.filter((result) => result.per === 'slice').filter(
    ({ isWanted }) => isWanted?.(options) !== false,
  );
  const always = results.filter(({ addedBy }) => addedBy === null);
  const added = options.add.flatMap((item) => {
    const [name, number] = item.split(':');
    return results
      .filter(({ addedBy }) => addedBy === name)
      .map((result) => sliceColumn(result, dtype, Number(number)));
  });
  return [...always.map((result) => sliceColumn(result, dtype, 0)), ...added];
}

function sliceColumn({ name, type, from, isList }: SliceResult, dtype: Dtype, number: number): SliceColumn {
  const typeOfIt = type(dtype);
  const length = isList ? number : null;
  return { name, type: typeOfIt, from, length, bytes: SLICE_TYPE_BYTES[typeOfIt] * (length ?? 1) };
}
