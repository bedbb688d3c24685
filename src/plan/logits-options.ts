import { DTYPE_BYTES, type SourceDtype } from '../ops/dtypes.ts';
import type { Dtype, RunOptions } from '../options/types.ts';

/** What the rule "which columns are logits" needs of the options. */
export type LogitsOptions = Pick<RunOptions, 'column' | 'columns' | 'dtype'> &
  Partial<Pick<RunOptions, 'bits'>>;

export const isBits = ({ bits }: Partial<Pick<RunOptions, 'bits'>>): boolean => bits === 'bfloat16';

/** A dtype that holds all of them, as far as one does. */
export function widestFloat(dtypes: readonly SourceDtype[]): Dtype {
  return dtypes.some((dtype) => DTYPE_BYTES[dtype] >= 8) ? 'float64' : 'float32';
}
