import type { ColumnSums } from '../dim0/column-sums.ts';
import type { JobTally } from '../job/tally.ts';
import type { Warning } from '../job/types.ts';
import type { InputFormatName, OutputFormatName, RunOptions } from '../options/types.ts';
import type { ColumnsTaken } from '../plan/provenance.ts';
import type { Stage } from '../tasks/stages.ts';

/** The machine-readable summary. Keys are stable; numbers that JSON does not know are null. */
export interface Summary {
  schema_version: 1;
  status: 'ok' | 'invalid' | 'failed' | 'interrupted' | 'skipped';
  version: string;
  op: RunOptions['op'];
  dim: number;
  dtype: string | null;
  temperature: number;
  /** The part of the input that was done, when not all of it. */
  shard?: { index: number; count: number };
  inputs: FileSummary[];
  output: FileSummary | null;
  /** Which columns were taken for the logits; null before that is known. */
  columns: ColumnsTaken | null;
  /** Length of the dimension that sums to one; null where rows differ. */
  classes: number | null;
  validation: ValidationSummary | null;
  consistency?: { max_abs_difference: number };
  /** What may be wrong although all numbers are right. */
  warnings: Warning[];
  kernel: string | null;
  threads: number;
  resumed: boolean;
  /** What the threads' time went to, all together. */
  stage_seconds: Partial<Record<Stage, number>>;
  seconds: number;
  input_bytes_per_second: number;
  peak_rss_bytes: number;
  error?: { code: string; message: string; file?: string; hint?: string };
}

export interface FileSummary {
  path: string;
  format: InputFormatName | OutputFormatName;
  bytes: number;
  rows: number;
  batches: number;
}

export interface ValidationSummary {
  unit: 'row' | 'column';
  tolerance: number;
  rows_checked: number;
  rows_valid: number;
  rows_invalid: number;
  rows_null: number;
  max_deviation: number | null;
  worst_row: number | null;
  first_invalid: {
    row: number;
    slice?: number;
    column?: string;
    sum: number | null;
    reason: string;
    stored?: number | null;
  }[];
  /** With dim 0: of all columns, or of the worst of very many. */
  column_sums?: { row: number; column?: string; sum: number | null }[];
}

export function validationSummary(tally: JobTally, tolerance: number): ValidationSummary {
  if (tally.columns) return columnSummary(tally.columns);
  return {
    unit: 'row',
    tolerance,
    rows_checked: tally.rows,
    rows_valid: tally.rows - tally.nullRows - tally.invalidRows,
    rows_invalid: tally.invalidRows,
    rows_null: tally.nullRows,
    max_deviation: tally.maxDeviation,
    worst_row: tally.worstRow < 0 ? null : tally.worstRow,
    first_invalid: tally.firstInvalid.map(({ row, slice, sum, reason, stored }) => ({
      row,
      ...(slice === undefined ? {} : { slice }),
      sum: Number.isFinite(sum) ? sum : null,
      reason,
      ...(stored === undefined ? {} : { stored: Number.isFinite(stored) ? stored : null }),
    })),
  };
}

const finiteOrNull = (sum: number): number | null => (Number.isFinite(sum) ? sum : null);

function columnSummary(columns: ColumnSums): ValidationSummary {
  const { nullColumns, invalidColumns, worstColumn } = columns;
  return {
    unit: 'column',
    tolerance: columns.tolerance,
    rows_checked: columns.columns,
    rows_valid: columns.columns - nullColumns - invalidColumns,
    rows_invalid: invalidColumns,
    rows_null: nullColumns,
    max_deviation: columns.maxDeviation,
    worst_row: worstColumn < 0 ? null : worstColumn,
    first_invalid: columns.firstInvalid.map((found) => ({ ...found, sum: finiteOrNull(found.sum) })),
    column_sums: columns.listed.map((found) => ({ ...found, sum: finiteOrNull(found.sum) })),
  };
}
