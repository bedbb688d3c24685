import { badLineProblem, firstBadLine } from './encoding.ts';
import { decode, kindOfField, mergeKinds } from './kinds.ts';
import type { CsvProblem } from './problems.ts';
import { emptyRow, isBlankLine, type RowFields, readRow } from './rows.ts';
import { strayQuote, strayQuoteProblem } from './stray-quote.ts';
import type { CsvDialect, CsvKind } from './types.ts';

/** More rows than this say nothing new about the columns. */
const MOST_ROWS = 20_000;

/** What the rows at the start of a file look like. The first row is kept apart: it may be the header. */
export interface Sample {
  /** Whole rows seen, the first included, blank lines not. */
  rows: number;
  /** The first row's fields as they stand. */
  texts: string[];
  first: CsvKind[];
  below: CsvKind[];
  /** Where the first row begins and ends: byte offsets; and newlines before each. */
  firstStart: number;
  firstEnd: number;
  firstLine: number;
  firstEndLine: number;
  /** Where the last whole row ends. */
  end: number;
  /** What is wrong with the first row that is not UTF-8, or has more or fewer fields than the first; rows are counted with the header. */
  problem: CsvProblem | undefined;
  /** Why the last row is not whole, if that is the fault of a quote. */
  openQuote: CsvProblem | undefined;
}

/** @param whole whether the bytes are the whole file, so that the last row needs no newline */
export function takeSample(
  bytes: Uint8Array,
  start: number,
  whole: boolean,
  dialect: CsvDialect,
  nullValues: readonly string[],
): Sample {
  const row = emptyRow();
  const kinds = () =>
    row.starts.map((from, i) => kindOfField(bytes, from, row.ends[i], dialect.quote, nullValues));
  const sample: Sample = {
    ...{ rows: 0, texts: [], first: [], below: [] },
    ...{ firstStart: start, firstEnd: start, firstLine: 0, firstEndLine: 0, end: start },
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
      if (sample.rows === 0) {
        sample.texts = row.starts.map((from, i) => decode(bytes, from, row.ends[i]));
        sample.first = kinds();
        sample.below = sample.first.map(() => 'empty');
        Object.assign(sample, { firstStart: at, firstEnd: next, firstLine: line, firstEndLine: after });
      } else if (row.starts.length !== sample.first.length) {
        const stray = strayQuote(bytes, at, next, dialect);
        sample.problem = stray
          ? strayQuoteProblem(bytes, start, sample.rows, stray, row.innerNewlines > 0)
          : raggedRow(line, sample.rows, row.starts.length, sample.first.length);
      } else {
        addKinds(sample.below, bytes, row, dialect.quote, nullValues);
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

function addKinds(
  below: CsvKind[],
  bytes: Uint8Array,
  row: RowFields,
  quote: number,
  nullValues: readonly string[],
): void {
  for (let i = 0; i < below.length; i++) {
    if (below[i] === 'utf8') continue;
    below[i] = mergeKinds(below[i], kindOfField(bytes, row.starts[i], row.ends[i], quote, nullValues));
  }
}
