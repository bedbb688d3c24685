import { optionText } from '../input/csv/problems.ts';
import { countText, validationText } from './human.ts';
import type { ValidationSummary } from './summary.ts';
import type { ColumnValidation, FileValidation } from './validation.ts';

/** Sums further off than this are no matter of rounding: no tolerance is offered for them. */
const MOST_ROUNDING = 1e-4;
/** Nor are sums further off than so many times what is allowed. */
const MOST_TIMES = 64;

/** What `validate` says of a file, for people. */
export function validationLines({ input, columns }: FileValidation): string[] {
  return columns.flatMap((column) => columnLines(input.path, column));
}

function columnLines(path: string, found: ColumnValidation): string[] {
  const { column, op, validation } = found;
  const { row_sum_mismatches: mismatches, first_invalid, rows_invalid } = validation;
  const judged = found.judged_as ? `, float64 that holds ${found.judged_as}` : '';
  const lines = [`${path}: ${column} (${op}${judged}): ${validationText(validation, op)}`];
  if (mismatches > 0)
    lines.push(`${path}: ${countText(mismatches)} stored row_sum differ from the sum of their values`);
  lines.push(...first_invalid.map((one) => `  ${invalidText(found, one)}`));
  const more = rows_invalid + mismatches - first_invalid.length;
  if (more > 0) lines.push(`  and ${countText(more)} more`);
  const why = looksLikeLogits(found);
  if (why)
    return [
      ...lines,
      `${path}: ${why}`,
      ...(path === '-' ? [] : [`try: logitmill run ${optionText(path)} -o OUTPUT`]),
    ];
  return [...lines, ...toleranceHint(found)];
}

function invalidText(
  { op, validation: { unit } }: ColumnValidation,
  { row, column, slice, sum, stored, reason }: ValidationSummary['first_invalid'][number],
): string {
  const which = `${unit} ${column ?? row}`;
  const where = slice === undefined ? which : `${which}, slice ${slice}`;
  return `${where}: ${reasonText(op, reason, sum, stored)}`;
}

function reasonText(
  op: ColumnValidation['op'],
  reason: string,
  sum: number | null,
  stored: number | null | undefined,
): string {
  if (reason === 'row_sum') return `row_sum ${stored}, but the values sum to ${sum}`;
  if (reason === 'range')
    return op === 'log_softmax' ? 'range: a logarithm above 0' : 'range: a value is not between 0 and 1';
  return reason === 'sum' ? `sum ${sum}` : reason;
}

/** Most rows are far from what any softmax gives. */
function looksLikeLogits({ op, validation }: ColumnValidation): string | null {
  const { rows_invalid, rows_checked, rows_null, first_invalid, max_deviation } = validation;
  if (2 * rows_invalid <= rows_checked - rows_null) return null;
  const reasons = new Set(first_invalid.map(({ reason }) => reason));
  const isFar = reasons.has('sum') && (max_deviation ?? 0) > 0.05;
  if (!reasons.has('range') && !(op === 'log_softmax' && isFar)) return null;
  return 'these look like logits, not like results of softmax';
}

/** Where rows are off by rounding alone: the tolerance that all of them meet. */
function toleranceHint({ validation }: ColumnValidation): string[] {
  const { rows_invalid, first_invalid, tolerance, max_deviation } = validation;
  if (rows_invalid === 0 || max_deviation === null) return [];
  const isRounding = first_invalid.every(({ reason }) => reason === 'sum' || reason === 'row_sum');
  if (!isRounding || max_deviation > Math.min(MOST_ROUNDING, MOST_TIMES * tolerance)) return [];
  return [
    `try: --tolerance ${roundedUp(max_deviation)}, which every ${validation.unit} meets; ${tolerance.toExponential(1)} is logitmill's own, from dtype, op and classes`,
  ];
}

/** With two digits. */
function roundedUp(value: number): string {
  const exponent = Math.floor(Math.log10(value)) - 1;
  let digits = Math.floor(value / 10 ** exponent);
  const shown = (): number => Number(`${digits}e${exponent}`);
  while (shown() < value) digits++;
  return shown().toExponential();
}
