import type { ColumnFindings, FileFindings } from '../job/validate-file.ts';
import { type ValidationSummary, validationSummary } from './summary.ts';

/** What `validate` says of one column, or of one set of class columns. */
export type ColumnValidation = Omit<ColumnFindings, 'tally' | 'tolerance'> & {
  validation: ValidationSummary & { row_sum_mismatches: number };
};

/** What `validate` says of a file; it goes into its summary. */
export type FileValidation = Omit<FileFindings, 'columns'> & { columns: ColumnValidation[] };

export function reportOf({ input, columns, seconds }: FileFindings): FileValidation {
  return { input, columns: columns.map(columnReport), seconds };
}

function columnReport({ tally, tolerance, ...column }: ColumnFindings): ColumnValidation {
  const validation = { ...validationSummary(tally, tolerance), row_sum_mismatches: tally.mismatches };
  return { ...column, validation };
}
