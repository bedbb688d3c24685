import { availableParallelism } from 'node:os';
import {
  type Check,
  choice,
  columnList,
  count,
  flag,
  integer,
  keepList,
  positive,
  shard,
  size,
  text,
  textList,
  typeList,
} from './checks.ts';
import { INPUT_FORMAT_NAMES, OUTPUT_FORMAT_NAMES } from './types.ts';

/** One option: its name, help, default and check together; the command line, the environment and the config file all go through it. */
export interface OptionDefinition<T = unknown> {
  /** As typed after `--`. The environment has it as LOGITMILL_NAME, with underscores. */
  name: string;
  alias?: string;
  /** What stands after the name in the help; none for flags. */
  placeholder?: string;
  help: string;
  /** What the help says of the default; the default itself is `fallback`. */
  defaultText?: string;
  fallback: () => T;
  check: Check<T>;
  /** The value is a path that the call reads or writes: it is checked against all others before any work. */
  file?: 'read' | 'write';
  group: 'What to compute' | 'Columns' | 'Output' | 'CSV' | 'Resources' | 'Reporting' | 'Input';
  /** Another value makes other bytes of the same input: an interrupted run is gone on with only under the same one. */
  changesBytes?: true;
}

const define = <T>(definition: OptionDefinition<T>): OptionDefinition<T> => definition;
const none = (): undefined => undefined;

/** The options that say what `run` does. The keys are those of `RunOptions`. */
export const RUN_DEFINITIONS = {
  op: define({
    name: 'op',
    placeholder: 'softmax|log_softmax|both',
    help: 'what to compute; both: one pass, and log(softmax) = log_softmax is verified',
    fallback: () => 'softmax' as const,
    defaultText: 'softmax',
    check: choice('softmax', 'log_softmax', 'both'),
    group: 'What to compute',
    changesBytes: true,
  }),
  dim: define({
    name: 'dim',
    placeholder: 'N',
    help: 'dimension that sums to one: 0 is the rows of the file, 1 the classes, further for tensors; negative counts from the end',
    fallback: () => -1,
    defaultText: '-1',
    check: integer,
    group: 'What to compute',
    changesBytes: true,
  }),
  dtype: define({
    name: 'dtype',
    placeholder: 'float16|float32|float64',
    help: 'cast the logits before the op',
    fallback: none,
    defaultText: "the input's; CSV float32",
    check: choice('float16', 'float32', 'float64'),
    group: 'What to compute',
    changesBytes: true,
  }),
  temperature: define({
    name: 'temperature',
    placeholder: 'T',
    help: 'divide the logits by T > 0 first',
    fallback: () => 1,
    defaultText: '1',
    check: positive,
    group: 'What to compute',
    changesBytes: true,
  }),
  maskNulls: define({
    name: 'mask-nulls',
    help: 'a null logit counts as -inf; without it, it makes the row null',
    fallback: () => false,
    check: flag,
    group: 'What to compute',
    changesBytes: true,
  }),
  tolerance: define({
    name: 'tolerance',
    placeholder: 'X',
    help: 'a row is invalid when not (abs(sum - 1) <= X)',
    fallback: none,
    defaultText: '4 eps (1 + ln classes), see docs/numbers.md',
    check: positive,
    group: 'What to compute',
    changesBytes: true,
  }),
  onInvalid: define({
    name: 'on-invalid',
    placeholder: 'fail|null|keep',
    help: 'fail: finish, report, do not publish, exit 4; null: null the row (of --dim 0, the column); keep: publish it as it came out',
    fallback: () => 'fail' as const,
    defaultText: 'fail',
    check: choice('fail', 'null', 'keep'),
    group: 'What to compute',
  }),
  column: define({
    name: 'column',
    placeholder: 'NAME',
    help: 'the list column with the logits',
    fallback: none,
    defaultText: 'the only float list column',
    check: text,
    group: 'Columns',
    changesBytes: true,
  }),
  columns: define({
    name: 'columns',
    placeholder: 'A,B,…',
    help: 'the scalar columns with the logits; globs (logit_*) and ranges (c0..c9)',
    fallback: none,
    defaultText: 'all float columns; see docs/cli.md',
    check: columnList,
    group: 'Columns',
    changesBytes: true,
  }),
  keep: define({
    name: 'keep',
    placeholder: 'all|none|A,B,…',
    help: 'other columns to pass through',
    fallback: () => 'all' as const,
    defaultText: 'all',
    check: keepList,
    group: 'Columns',
    changesBytes: true,
  }),
  keepLogits: define({
    name: 'keep-logits',
    help: 'keep the logits too, as they were read',
    fallback: () => false,
    check: flag,
    group: 'Columns',
    changesBytes: true,
  }),
  layout: define({
    name: 'layout',
    placeholder: 'mirror|list|wide',
    help: 'one list column, or one column a class; mirror: as the input',
    fallback: () => 'mirror' as const,
    defaultText: 'mirror',
    check: choice('mirror', 'list', 'wide'),
    group: 'Output',
    changesBytes: true,
  }),
  format: define({
    name: 'format',
    placeholder: 'arrow|stream',
    help: 'of the output',
    fallback: () => 'arrow' as 'arrow' | 'stream',
    defaultText: 'arrow; stream for -o - and NAME.arrows',
    check: choice(...OUTPUT_FORMAT_NAMES),
    group: 'Output',
    changesBytes: true,
  }),
  compression: define({
    name: 'compression',
    placeholder: 'none|lz4|zstd',
    help: 'of the output',
    fallback: () => 'none' as 'none' | 'lz4' | 'zstd',
    defaultText: 'none',
    check: choice('none', 'lz4', 'zstd'),
    group: 'Output',
    changesBytes: true,
  }),
  overwrite: define({
    name: 'overwrite',
    help: 'replace an existing output (atomically)',
    fallback: () => false,
    check: flag,
    group: 'Output',
  }),
  skipExisting: define({
    name: 'skip-existing',
    help: 'leave out inputs whose output stands already: what an interrupted run of several has done',
    fallback: () => false,
    check: flag,
    group: 'Output',
  }),
  fresh: define({
    name: 'fresh',
    help: 'do not resume an interrupted run',
    fallback: () => false,
    check: flag,
    group: 'Output',
  }),
  trace: define({
    name: 'trace',
    placeholder: 'FILE',
    help: 'write there what the time of every worker goes to (Chrome trace events, for Perfetto)',
    fallback: none,
    file: 'write' as const,
    check: text,
    group: 'Reporting',
  }),
  shard: define({
    name: 'shard',
    placeholder: 'I/N',
    help: 'do only the I-th of N parts of the rows (whole batches), I from 0',
    fallback: none,
    check: shard,
    group: 'Output',
    changesBytes: true,
  }),
  inputFormat: define({
    name: 'input-format',
    placeholder: 'arrow|stream|csv',
    help: 'of the input',
    fallback: none,
    defaultText: 'recognised from the first bytes',
    check: choice(...INPUT_FORMAT_NAMES),
    group: 'Input',
    changesBytes: true,
  }),
  allowMissingEos: define({
    name: 'allow-missing-eos',
    help: 'take a stream that ends without its end marker',
    fallback: () => false,
    check: flag,
    group: 'Input',
    changesBytes: true,
  }),
  delimiter: define({
    name: 'delimiter',
    placeholder: 'C',
    help: 'one character, or the word tab',
    fallback: none,
    defaultText: 'sniffed among , ; tab |',
    check: text,
    group: 'CSV',
    changesBytes: true,
  }),
  header: define({
    name: 'header',
    placeholder: 'auto|yes|no',
    help: 'whether the first line has the names',
    fallback: () => 'auto' as const,
    defaultText: 'auto',
    check: choice('auto', 'yes', 'no'),
    group: 'CSV',
    changesBytes: true,
  }),
  quote: define({
    name: 'quote',
    placeholder: 'C',
    help: 'the quote character',
    fallback: () => '"',
    defaultText: '"',
    check: text,
    group: 'CSV',
    changesBytes: true,
  }),
  nullValues: define({
    name: 'null-values',
    placeholder: 'A,B,…',
    help: 'texts that mean null, besides the empty field',
    fallback: (): string[] => [],
    check: textList,
    group: 'CSV',
    changesBytes: true,
  }),
  types: define({
    name: 'types',
    placeholder: 'COL:TYPE,…',
    help: 'types of passed-through columns: int64, float64, boolean, utf8',
    fallback: () => new Map(),
    defaultText: 'from a sample',
    check: typeList,
    group: 'CSV',
    changesBytes: true,
  }),
  threads: define({
    name: 'threads',
    placeholder: 'N',
    help: 'threads that compute',
    fallback: () => availableParallelism(),
    defaultText: 'all cores',
    check: count,
    group: 'Resources',
  }),
  memory: define({
    name: 'memory',
    placeholder: 'SIZE',
    help: 'the bound for all slabs together: bytes, or with a unit such as 64MiB',
    fallback: () => 64 * 2 ** 20,
    defaultText: '64MiB',
    check: size,
    group: 'Resources',
  }),
  kernel: define({
    name: 'kernel',
    placeholder: 'auto|relaxed|baseline',
    help: 'build of the SIMD kernels',
    fallback: () => 'auto' as const,
    defaultText: 'auto',
    check: choice('auto', 'relaxed', 'baseline'),
    group: 'Resources',
  }),
} as const;

/** How a command reports; the keys are those of `ReportOptions`. */
export const REPORT_DEFINITIONS = {
  summary: define({
    name: 'summary',
    placeholder: 'FILE|-',
    help: 'write the machine-readable summary (JSON) there',
    fallback: none,
    file: 'write' as const,
    check: text,
    group: 'Reporting',
  }),
  quiet: define({
    name: 'quiet',
    alias: 'q',
    help: 'say nothing but errors',
    fallback: () => false,
    check: flag,
    group: 'Reporting',
  }),
  progress: define({
    name: 'progress',
    placeholder: 'auto|always|never',
    help: 'a bar on a terminal, a line now and then elsewhere',
    fallback: () => 'auto' as const,
    defaultText: 'auto',
    check: choice('auto', 'always', 'never'),
    group: 'Reporting',
  }),
  logFormat: define({
    name: 'log-format',
    placeholder: 'text|json',
    help: 'of what goes to standard error',
    fallback: () => 'text' as const,
    defaultText: 'text',
    check: choice('text', 'json'),
    group: 'Reporting',
  }),
} as const;

export const OUTPUT_DEFINITION = define({
  name: 'output',
  alias: 'o',
  placeholder: 'OUTPUT',
  help: 'the Arrow file to write, a folder for several inputs, or - for standard output',
  fallback: none,
  check: text,
  group: 'Output',
});
export const CONFIG_DEFINITION = define({
  name: 'config',
  placeholder: 'FILE',
  help: 'options by name from a JSON file; the command line wins',
  fallback: none,
  file: 'read' as const,
  check: text,
  group: 'Reporting',
});

export type Definitions = Readonly<Record<string, OptionDefinition>>;
