import type { KernelBuild } from '../kernels/names.ts';

export type OpName = 'softmax' | 'log_softmax' | 'both' | 'sigmoid' | 'none';
export type Dtype = 'float16' | 'float32' | 'float64';
export type OnInvalid = 'fail' | 'null' | 'keep';
/** See results/results.ts. */
export const ADDED_NAMES = ['argmax', 'max_prob', 'margin', 'entropy', 'logsumexp', 'topk'] as const;
export type AddedName = (typeof ADDED_NAMES)[number];
/** As typed: the k largest have their number. */
export type Added = Exclude<AddedName, 'topk'> | `topk:${number}`;
/** See input/formats.ts. */
export const INPUT_FORMAT_NAMES = ['arrow', 'stream', 'csv'] as const;
export type InputFormatName = (typeof INPUT_FORMAT_NAMES)[number];
/** See layout/formats.ts. */
export const OUTPUT_FORMAT_NAMES = ['arrow', 'stream'] as const;
export type OutputFormatName = (typeof OUTPUT_FORMAT_NAMES)[number];

/** The options of `run` and `inspect` after `resolveRunOptions`: defaults filled in, every value checked. */
export interface RunOptions {
  op: OpName;
  /** Columns of each row's own, in the order in which they stand. */
  add: readonly Added[];
  /** Negative counts from the end; checked against the shape once that is known. */
  dim: number;
  column: string | undefined;
  columns: readonly string[] | undefined;
  keep: 'all' | 'none' | readonly string[];
  keepLogits: boolean;
  layout: 'mirror' | 'list' | 'wide';
  /** Undefined: the input's own; CSV: float32. */
  dtype: Dtype | undefined;
  /** What 16 bits of the logits are, where their type does not say so. */
  bits: 'bfloat16' | undefined;
  temperature: number;
  maskNulls: boolean;
  /** Undefined: from dtype and number of classes, see `defaultTolerance`. */
  tolerance: number | undefined;
  onInvalid: OnInvalid;
  /** Undefined: keep, unless all rows are null. */
  onNull: 'keep' | 'fail' | undefined;
  /** Warnings are errors. */
  strict: boolean;
  /** Takes an output of ours for an input. */
  forceInput: boolean;
  threads: number;
  /** Bound of all slabs together, in bytes. */
  memory: number;
  kernel: 'auto' | KernelBuild;
  overwrite: boolean;
  skipExisting: boolean;
  fresh: boolean;
  format: OutputFormatName;
  compression: 'none' | 'lz4' | 'zstd';
  inputFormat: InputFormatName | undefined;
  allowMissingEos: boolean;
  delimiter: string | undefined;
  header: 'auto' | 'yes' | 'no';
  quote: string;
  /** Before the fraction of a number. */
  decimal: '.' | ',';
  nullValues: readonly string[];
  /** CSV column name to type, as the user wrote them. */
  types: ReadonlyMap<string, CsvColumnType>;
  /** The i-th of n parts of the rows, or all of them. */
  shard: { index: number; count: number } | undefined;
  /** A file for where the time of every task goes. */
  trace: string | undefined;
}

export type CsvColumnType = 'int64' | 'float64' | 'boolean' | 'utf8';

/** How a command talks to its user; never changes the output's bytes. */
export interface ReportOptions {
  /** A path, `-` for standard output, or none. */
  summary: string | undefined;
  quiet: boolean;
  progress: 'auto' | 'always' | 'never';
  logFormat: 'text' | 'json';
}
