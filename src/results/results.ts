import type { Dtype } from '../options/types.ts';
import { argmax } from './argmax.ts';
import type { ClassResult, ResultColumn, ResultOptions, SliceColumn, SliceResult } from './result.ts';
import { rowSum } from './row-sum.ts';
import { SLICE_TYPE_BYTES } from './slice-field.ts';
import { entropy, logsumexp, margin, maxProb } from './statistics.ts';
import { logProbs, probs } from './values.ts';

/** Everything that can be written for a row, in the order in which it is written. */
const RESULT_COLUMNS: readonly ResultColumn[] = [
  ...[probs, logProbs, rowSum],
  ...[argmax, maxProb, margin, entropy, logsumexp],
];

/** The results that have a value for every logit. */
export function classResults(options: ResultOptions): ClassResult[] {
  return RESULT_COLUMNS.filter((result) => result.per === 'class').filter((result) =>
    result.isWanted(options),
  );
}

/** The columns that have a value for every slice, in their order in the output: added ones as they were asked for. */
export function sliceColumns(options: ResultOptions, dtype: Dtype): SliceColumn[] {
  const results = RESULT_COLUMNS.filter((result) => result.per === 'slice');
  const always = results.filter(({ addedBy, isWanted }) => addedBy === null && isWanted?.(options) !== false);
  const added = options.add.flatMap((name) => results.filter(({ addedBy }) => addedBy === name));
  return [...always, ...added].map((result) => sliceColumn(result, dtype));
}

function sliceColumn({ name, type, from }: SliceResult, dtype: Dtype): SliceColumn {
  const typeOfIt = type(dtype);
  return { name, type: typeOfIt, from, bytes: SLICE_TYPE_BYTES[typeOfIt] };
}
