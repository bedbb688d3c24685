import type { Field } from '../arrow/types.ts';
import type { ResultName } from '../ops/op.ts';
import type { AddedName, Dtype, RunOptions } from '../options/types.ts';

/** A result with a value for every logit. */
export type ResultKind = ResultName;

/** A result with one value for every slice: for what sums to one, which is a row mostly. */
export type SliceResultName = 'row_sum' | 'argmax' | 'max_prob' | 'margin' | 'entropy' | 'logsumexp';

/** What a result is asked for by. */
export type ResultOptions = Pick<RunOptions, 'op' | 'add'>;

export interface ClassResult {
  readonly name: ResultKind;
  readonly per: 'class';
  isWanted(options: ResultOptions): boolean;
}

export interface SliceResult {
  readonly name: SliceResultName;
  readonly per: 'slice';
  /** What of `--add` brings it; null: the op does. */
  readonly addedBy: AddedName | null;
  /** Of what is always there: not with these options. */
  isWanted?(options: ResultOptions): boolean;
  /** What it is made of: the op brings it, or it is computed from the logits, or from the statistics of each slice. */
  readonly from: 'op' | 'logits' | 'statistics';
  /** One line for people. */
  readonly help: string;
  /** Of one value. @param dtype of the computation */
  type(dtype: Dtype): SliceType;
}

/** What is written for each row: results.ts lists all there are, and workers/results/ has what computes those of slices. */
export type ResultColumn = ClassResult | SliceResult;

export type SliceType = Dtype | 'int32';

/** A column of slices as a job writes it: plain data, which workers have too. */
export interface SliceColumn {
  readonly name: SliceResultName;
  readonly type: SliceType;
  readonly from: SliceResult['from'];
  /** Of the value of a slice. */
  readonly bytes: number;
}

/** One column of the output and where its values come from. */
export type OutputColumn =
  | { kind: 'copy'; field: Field; input: number }
  /** `classIndex` -1: a list with all classes. */
  | { kind: 'result'; field: Field; result: ResultKind; classIndex: number }
  /** `slice`: which of the job's columns of slices it is. */
  | { kind: 'slice'; field: Field; slice: number };

type WithoutField<Column> = Column extends unknown ? Omit<Column, 'field'> : never;

/** Where a column's values come from, which is all that workers need: names and types of 100,000 columns are long. */
export type ColumnSource = WithoutField<OutputColumn>;
