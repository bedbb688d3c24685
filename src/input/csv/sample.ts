import { ColumnSamples } from './column-sample.ts';
import { badLineProblem, firstBadLine } from './encoding.ts';
import { classOfField, decode } from './kinds.ts';
import type { CsvProblem } from './problems.ts';
import { emptyRow, isBlankLine, readRow } from './rows.ts';
import { strayQuote, strayQuoteProblem } from './stray-quote.ts';
import type { CsvDialect } from './types.ts';

/** More rows than this say nothing new about the columns. */
const MOST_ROWS = 20_000;

/** What the rows at the start of a file look like. The first row is kept apart: it may be the header. */
export interface Sample {
  /** Whole rows seen, the first included, blank lines not. */
  rows: number;
  /** The first row's fields as they stand. */
  texts: string[];
  first: ColumnSamples;
  below: ColumnSamples;
  /** Where the first row ends: a byte offset; and newlines before that. */
  firstEnd: number;
  firstEndLine: number;
  /** Where the last whole row ends, and the bytes that were given. */
  end: number;
  length: number;
  /** What is wrong with the first row that is not UTF-8, or has more or fewer fields than the first; rows are counted with the header. */
  problem: CsvProblem | undefined;
  /** Why the last row is not whole, if that is the fault of a quote. */
  openQuote: CsvProblem | undefined;
}

/**
 * @param whole whether the bytes are the whole file, so that the last row needs no newline
 * @param isData whether the first row is known to be data: then it counts among those below, too
 */
export function takeSample(
  bytes: Uint8Array,
  start: number,
  whole: boolean,
  dialect: CsvDialect,
  nullValues: readonly string[],
  isData: boolean,
): Sample {
  const row = emptyRow();
  const classOf = (from: number, to: number) => classOfField(bytes, from, to, dialect, nullValues);
  const none = new ColumnSamples(0);
  const sample: Sample = {
    ...{ rows: 0, texts: [], first: none, below: none },
    ...{ firstEnd: start, firstEndLine: 0, end: start, length: bytes.length },
    ...{ problem: undefined, openQuote: undefined },
  };
  const badLine = firstBadLine(bytes, start, bytes.length);
  let line = 0;
  for (let at = start; at < bytes.length && sample.rows < MOST_ROWS && !sample.problem; ) {
    const next = readRow(bytes, at, bytes.length, dialect, row, whole);
    if (next === -1) {
      const stray = strayQuote(bytes, at, bytes.length, dialect);
      if (stray) sample.openQuote = strayQuoteProblem(bytes, start, sample.rows, stray, true);
      break;
    }
    if (badLine && badLine.start < next) {
      sample.problem = badLineProblem(bytes, start, sample.rows, badLine);
      break;
    }
    const after = line + 1 + row.innerNewlines;
    if (!isBlankLine(row)) {
      const fields = row.starts.length;
      if (sample.rows === 0) {
        sample.texts = row.starts.map((from, i) => decode(bytes, from, row.ends[i]));
        sample.first = new ColumnSamples(fields);
        sample.below = new ColumnSamples(fields);
        sample.first.addRow(bytes, row, dialect, line, classOf);
        if (isData) sample.below.addRow(bytes, row, dialect, line, classOf);
        Object.assign(sample, { firstEnd: next, firstEndLine: after });
      } else if (fields !== sample.texts.length) {
        const stray = strayQuote(bytes, at, next, dialect);
        sample.problem = stray
          ? strayQuoteProblem(bytes, start, sample.rows, stray, row.innerNewlines > 0)
          : raggedRow(line, sample.rows, fields, sample.texts.length);
      } else {
        sample.below.addRow(bytes, row, dialect, line, classOf);
      }
      sample.rows++;
    }
    line = after;
    at = next;
    sample.end = next;
  }
  return sample;
}

function raggedRow(line: number, row: number, fields: number, expected: number): CsvProblem {
  return { kind: 'ragged', line, row, column: -1, text: '', fields, expected };
}
