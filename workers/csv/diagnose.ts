import { badLineProblem, firstBadLine } from '../../src/input/csv/encoding.ts';
import { decode } from '../../src/input/csv/kinds.ts';
import { CARRIED, type CsvProblem } from '../../src/input/csv/problems.ts';
import type { CsvPlan } from '../../src/input/csv/reading.ts';
import { emptyRow, isBlankLine, type RowFields, readRow } from '../../src/input/csv/rows.ts';
import { strayQuote, strayQuoteProblem } from '../../src/input/csv/stray-quote.ts';
import { fitsType, textValue } from '../../src/input/csv/values.ts';

/**
 * The first thing that is wrong with the rows in [start, end), byte by byte. The kernels only find that something is;
 * what, and where first, is found here. A text that ends inside quotes is wrong, too.
 * @param cut the last row may go on after `end`: only its quotes are looked at
 * @returns `undefined` when nothing is; lines and rows are counted from `start`
 */
export function diagnoseRows(
  bytes: Uint8Array,
  start: number,
  end: number,
  plan: CsvPlan,
  cut = false,
): CsvProblem | undefined {
  const row = emptyRow();
  const problemOf = rowChecker(plan);
  const badLine = firstBadLine(bytes, start, end);
  let line = 0;
  let rows = 0;
  for (let at = start; at < end; ) {
    const next = readRow(bytes, at, end, plan, row, !cut);
    if (next === -1) {
      const stray = strayQuote(bytes, at, end, plan);
      if (!stray) return undefined;
      const within = cut && !stray.certain ? { within: end - stray.position } : {};
      return { ...strayQuoteProblem(bytes, start, rows, stray, true), ...within };
    }
    if (badLine && badLine.start < next) {
      return badLineProblem(bytes, start, rows, badLine);
    }
    if (plan.columns === 1 || !isBlankLine(row)) {
      const problem = problemOf(bytes, row);
      if (problem) {
        const spansLines = row.innerNewlines > 0;
        const stray = (spansLines || problem.kind === 'ragged') && strayQuote(bytes, at, next, plan);
        if (stray) return strayQuoteProblem(bytes, start, rows, stray, spansLines);
        return { column: -1, text: '', ...problem, line, row: rows };
      }
      rows++;
    }
    line += 1 + row.innerNewlines;
    at = next;
  }
  return undefined;
}

type RowProblem = Pick<CsvProblem, 'kind'> & Partial<CsvProblem>;

function rowChecker(plan: CsvPlan): (bytes: Uint8Array, row: RowFields) => RowProblem | undefined {
  const quote = plan.quote === 0 ? '' : String.fromCharCode(plan.quote);
  return (bytes, row) => {
    if (row.starts.length !== plan.columns) {
      return { kind: 'ragged', fields: row.starts.length, expected: plan.columns };
    }
    let column = 0;
    for (const segment of plan.segments) {
      const passed = plan.passed[segment.passed];
      for (const last = column + segment.columns; column < last; column++) {
        const field = decode(bytes, row.starts[column], row.ends[column]);
        const text = field.slice(0, CARRIED);
        if (segment.fate === 'logits') {
          if (!fitsType(field, 'float64', false, quote, plan.nullValues, plan.decimal)) {
            return { kind: 'value', column, text, wanted: 'logit' };
          }
        } else if (segment.fate === 'skip' || passed.type === 'utf8') {
          if (textValue(field, quote) === undefined) return { kind: 'quotes', column, text };
        } else if (!fitsType(field, passed.type, passed.plain, quote, plan.nullValues, plan.decimal)) {
          return { kind: 'value', column, text, wanted: passed.type };
        }
      }
    }
    return undefined;
  };
}
