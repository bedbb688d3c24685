import { RUN_DEFINITIONS } from '../options/definitions.ts';

const { op, dim, column, columns, tolerance, inputFormat, allowMissingEos, threads, memory, kernel } =
  RUN_DEFINITIONS;
const { delimiter, header, quote, decimal, nullValues } = RUN_DEFINITIONS;

/** The options of `validate` beside those of the report: run's own, with another default for the op. */
export const VALIDATE_DEFINITIONS = {
  op: {
    ...op,
    placeholder: 'softmax|log_softmax|sigmoid',
    help: 'what the columns hold',
    defaultText: 'from the names, or the signs of the values',
    fallback: (): undefined => undefined,
  },
  dim: { ...dim, help: 'dimension that sums to one' },
  column: {
    ...column,
    help: 'the list column to check',
    defaultText: 'probs, log_probs, or the only float list column',
  },
  columns: {
    ...columns,
    help: 'the scalar columns to check',
    defaultText: 'probs_*, log_probs_*, or all float columns but row_sum',
  },
  tolerance,
  inputFormat,
  allowMissingEos,
  delimiter,
  header,
  quote,
  decimal,
  nullValues,
  threads,
  memory,
  kernel,
} as const;
