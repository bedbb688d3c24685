import type { Dtype } from '../options/types.ts';
import type { ClassResult, ResultColumn, ResultOptions, SliceColumn, SliceResult } from './result.ts';
import { rowSum } from './row-sum.ts';
import { SLICE_TYPE_BYTES } from './slice-field.ts';
import { logProbs, probs } from './values.ts';

/** Everything that can be written for a row, in the order in which it is written. */
const RESULT_COLUMNS: readonly ResultColumn[] = [
  probs, //
  logProbs,
  rowSum,
];

/** The results that have a value for every logit. */
export function classResults(options: ResultOptions): ClassResult[] {
  return RESULT_COLUMNS.filter((result) => result.per === 'class').filter((result) =>
    result.isWanted(options),
  );
}

/** The columns that have a value for every slice, in their order in the output. */
export function sliceColumns(options: ResultOptions, dtype: Dtype): SliceColumn[] {
  const wanted = RESULT_COLUMNS.filter((result) => result.per === 'slice').filter((result) =>
    result.isWanted(options),
  );
  return wanted.map((result) => sliceColumn(result, dtype));
}

/** The sums that every job checks, whether or not it writes them. */
export const SUMS: SliceColumn = sliceColumn(rowSum, 'float64');

function sliceColumn({ name, type }: SliceResult, dtype: Dtype): SliceColumn {
  const typeOfIt = type(dtype);
  return { name, type: typeOfIt, bytes: SLICE_TYPE_BYTES[typeOfIt] };
}
