import type { Dtype } from '../../options/types.ts';
import type { CsvColumnType, CsvDescription, CsvDialect } from './types.ts';

/** A column that passes through. */
export interface CsvPassedColumn {
  /** Its place in the file. */
  column: number;
  type: CsvColumnType;
  /** The type was sniffed: integers must be written plainly, or they would not come back as they were. */
  plain: boolean;
}

/** Neighbouring columns with one fate. */
export interface CsvSegment {
  columns: number;
  fate: 'logits' | 'pass' | 'skip';
  /** Index of the passed column, which has a segment of its own. */
  passed: number;
}

/** How a worker reads the rows: plain data, the same for all chunks. */
export interface CsvPlan extends CsvDialect {
  columns: number;
  /** Logits a row. */
  classes: number;
  dtype: Dtype;
  /** A null logit is -inf in the matrix, not 0. */
  maskNulls: boolean;
  segments: readonly CsvSegment[];
  passed: readonly CsvPassedColumn[];
  nullValues: readonly string[];
}

/**
 * @param choice.logits indices of the columns with the logits, ascending
 * @param choice.keep indices of the columns that pass through, ascending
 */
export function planCsv(
  description: CsvDescription,
  choice: { logits: readonly number[]; keep: readonly number[]; dtype: Dtype; maskNulls: boolean },
): CsvPlan {
  const { columns, delimiter, quote, decimal, returns, nullValues } = description;
  const fates = new Array<CsvSegment['fate']>(columns.length).fill('skip');
  for (const i of choice.keep) fates[i] = 'pass';
  for (const i of choice.logits) fates[i] = 'logits';
  const passed: CsvPassedColumn[] = [];
  const segments: CsvSegment[] = [];
  fates.forEach((fate, column) => {
    const last = segments.at(-1);
    if (fate === 'pass') {
      segments.push({ columns: 1, fate, passed: passed.length });
      passed.push({ column, type: columns[column].type, plain: !columns[column].declared });
    } else if (last?.fate === fate) last.columns++;
    else segments.push({ columns: 1, fate, passed: -1 });
  });
  return {
    ...{ delimiter, quote, decimal, returns, nullValues, segments, passed },
    columns: columns.length,
    classes: choice.logits.length,
    dtype: choice.dtype,
    maskNulls: choice.maskNulls,
  };
}
