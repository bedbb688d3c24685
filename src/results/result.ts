import type { Field } from '../arrow/types.ts';
import type { ResultName } from '../ops/op.ts';

export type ResultKind = ResultName;

/** One column of the output and where its values come from. */
export type OutputColumn =
  | { kind: 'copy'; field: Field; input: number }
  /** `classIndex` -1: a list with all classes. */
  | { kind: 'result'; field: Field; result: ResultKind; classIndex: number }
  | { kind: 'row_sum'; field: Field };

type WithoutField<Column> = Column extends unknown ? Omit<Column, 'field'> : never;

/** Where a column's values come from, which is all that workers need: names and types of 100,000 columns are long. */
export type ColumnSource = WithoutField<OutputColumn>;
