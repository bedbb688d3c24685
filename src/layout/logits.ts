import type { SourceDtype } from '../ops/dtypes.ts';
import type { Dtype } from '../options/types.ts';

/** Which columns are the logits and what one row of them looks like. */
export interface Logits {
  form: 'list' | 'wide';
  /** Indices into the schema's fields: one for a list, one a class for a wide table. */
  columns: readonly number[];
  sourceDtype: SourceDtype;
  /** Of decimals: digits after the point. */
  scale?: number | undefined;
  /** Of each column, where a wide table's differ: `sourceDtype` is then the widest of them. */
  mixed?: readonly SourceDtype[] | undefined;
  /** Of the computation and of the result. */
  dtype: Dtype;
  /** Sizes of the dimensions inside a row; null for variable-length lists. */
  shape: readonly number[] | null;
  /** Bytes of one list offset, for variable-length lists; else 0. */
  offsetBytes: 0 | 4 | 8;
}
