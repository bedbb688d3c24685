import type { Field } from '../arrow/types.ts';
import type { ResultName } from '../ops/op.ts';
import type { AddedName, Dtype, RunOptions } from '../options/types.ts';

/** A result with a value for every logit. */
export type ResultKind = ResultName;

/** A result with one value for every slice: for what sums to one, which is a row mostly. */
export type SliceResultName =
  | ('row_sum' | 'argmax' | 'max_prob' | 'margin' | 'entropy' | 'logsumexp')
  | ('topk_ids' | 'topk_probs' | 'topk_log_probs' | 'topk_rest');

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
  /** Where it does not come with all options. */
  isWanted?(options: ResultOptions): boolean;
  /**
   * What it is made of: the op brings it, or it is computed from the logits, or from statistics of each slice, or from
   * both (`rest`), or picked from a result once the op has made it.
   */
  readonly from: 'op' | 'logits' | 'statistics' | 'rest' | ResultKind;
  /** A slice has as many values as its number says, `topk:K`. */
  readonly isList?: boolean;
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
  /** Values of a slice, in a list; null: one, by itself. */
  readonly length: number | null;
  readonly from: SliceResult['from'];
  /** Of the value, or of the values, of a slice. */
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
