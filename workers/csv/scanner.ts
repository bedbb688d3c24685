import { LogitmillError } from '../../src/errors.ts';
import type { CsvPlan } from '../../src/input/csv/reading.ts';
import { countNewlines } from '../../src/input/csv/rows.ts';
import type { CsvKernels } from '../../src/kernels/csv.ts';
import * as layout from '../kernels/csv/layout.ts';
import { diagnoseRows } from './diagnose.ts';
import { CsvProblemFound } from './problem-found.ts';
import type { WorkArea } from './work-area.ts';

const NEWLINE = 10;
const RETURN = 13;

/** What can be known of a piece of text before it is known whether it begins inside quotes. */
export interface CsvSurvey {
  /** Newlines that end rows, when the text begins outside quotes, and when it begins inside. */
  rowEnds: readonly [outside: number, inside: number];
  /** All newlines. */
  lines: number;
  /** An odd number of quotes: the text ends on the other side of them. */
  oddQuotes: boolean;
  hasQuotes: boolean;
  mayHaveBlankLines: boolean;
  isAscii: boolean;
}

/** A chunk's text in the slab, by addresses. 64 bytes before `start` and after `limit` can be read, and those after be written. */
export interface CsvText {
  /** The chunk's own bytes. */
  start: number;
  end: number;
  /** Where the bytes end that have been read: `end`, or further. */
  limit: number;
  /** A row begins at `start` in any case; where this is false, the byte before `start` must be in place, too. */
  atRowStart: boolean;
  /** The file ends at `limit`. */
  atFileEnd: boolean;
  insideQuotes: boolean;
}

/** Whole rows, one after the other: from the first one's first byte to just after the last one's newline. */
export interface CsvRows {
  start: number;
  end: number;
  /** Blank lines are not counted, except in a file of one column. */
  rows: number;
  hasQuotes: boolean;
  isAscii: boolean;
}

/** Finds rows in text, without parsing them. */
export class CsvScanner {
  constructor(
    private readonly kernels: CsvKernels,
    private readonly memory: WebAssembly.Memory,
    private readonly plan: CsvPlan,
    private readonly area: WorkArea,
  ) {}

  survey(start: number, end: number): CsvSurvey {
    const { work, survey } = this.area;
    this.kernels.survey(work, start, end, survey);
    const view = new DataView(this.memory.buffer, survey, layout.SURVEY_BYTES);
    const word = (offset: number) => view.getUint32(offset, true);
    const rowEnds = [word(layout.SURVEY_OUTSIDE), word(layout.SURVEY_INSIDE)] as const;
    return {
      rowEnds,
      lines: rowEnds[0] + rowEnds[1],
      oddQuotes: word(layout.SURVEY_ODD) === 1,
      hasQuotes: word(layout.SURVEY_QUOTES) === 1,
      // The survey looks for newlines with one byte between them at most.
      mayHaveBlankLines: word(layout.SURVEY_BLANK) === 1 || this.plan.returns === 2,
      isAscii: word(layout.SURVEY_HIGH) === 0,
    };
  }

  /**
   * The rows that begin in a chunk. A file that ends without a newline gets one, at `limit`.
   * @param survey of the chunk's own bytes
   * @returns `none` when no row begins there; `more` when the last one goes on past `limit`: read on and ask again
   * @throws CsvProblemFound when the file ends inside quotes; its line is counted from `text.start`
   */
  locate(text: CsvText, survey: CsvSurvey): CsvRows | 'none' | 'more' {
    const { start, end, insideQuotes } = text;
    const first = this.firstRow(text);
    if (first === 0 || first >= end) return 'none';
    const last = this.lastRowEnd(text, first, insideQuotes !== survey.oddQuotes);
    if (last === 0) return 'more';
    // The newline that ends the row before belongs to the chunk, too; the one that ends the last row perhaps not.
    const rowEnds = survey.rowEnds[insideQuotes ? 1 : 0] - (first > start ? 1 : 0) + (last > end ? 1 : 0);
    const blank = survey.mayHaveBlankLines || this.hasBlankLineAtEdge(first, last);
    const rows = rowEnds - (blank ? this.blankLines(first, last) : 0);
    if (rows === 0) return 'none';
    const tail = this.survey(Math.min(end, last), last);
    return {
      ...{ start: first, end: last, rows },
      hasQuotes: survey.hasQuotes || tail.hasQuotes,
      isAscii: survey.isAscii && tail.isAscii,
    };
  }

  /** The rows of a text that begins and ends with a row: for text that comes in order, from one reader. */
  rowsOf(start: number, end: number): CsvRows {
    const survey = this.survey(start, end);
    const blank = survey.mayHaveBlankLines || this.hasBlankLineAtEdge(start, end);
    const rows = survey.rowEnds[0] - (blank ? this.blankLines(start, end) : 0);
    return { start, end, rows, hasQuotes: survey.hasQuotes, isAscii: survey.isAscii };
  }

  /** The address after the first newline outside quotes in [start, end), or 0. */
  rowEnd(start: number, end: number, insideQuotes: boolean): number {
    return this.kernels.find_row_end(this.area.work, start, end, insideQuotes ? 1 : 0);
  }

  /**
   * Why the rows from `start` on do not end before `limit`, as far as a mistake in the text is to blame: a quote that
   * opened and did not close, or what made it open. Lines are counted from `chunkStart`.
   * @param atFileEnd whether the file ends at `limit`
   */
  problemBefore(
    start: number,
    limit: number,
    chunkStart: number,
    atFileEnd: boolean,
  ): CsvProblemFound | undefined {
    const bytes = new Uint8Array(this.memory.buffer);
    const problem = diagnoseRows(bytes, start, limit, this.plan, !atFileEnd);
    if (!problem) return undefined;
    problem.line += countNewlines(bytes, chunkStart, start);
    return new CsvProblemFound(problem);
  }

  private firstRow({ start, end, atRowStart, insideQuotes }: CsvText): number {
    if (atRowStart) return start;
    const bytes = new Uint8Array(this.memory.buffer);
    if (!insideQuotes && bytes[start - 1] === NEWLINE) return start;
    return this.rowEnd(start, end, insideQuotes);
  }

  private lastRowEnd(text: CsvText, first: number, insideAtEnd: boolean): number {
    const { start, end, limit, atFileEnd } = text;
    const bytes = new Uint8Array(this.memory.buffer);
    if (!insideAtEnd && bytes[end - 1] === NEWLINE) return end;
    const found = this.rowEnd(end, limit, insideAtEnd);
    if (found !== 0 || !atFileEnd) return found;
    bytes[limit] = NEWLINE;
    if (this.rowEnd(end, limit + 1, insideAtEnd) !== 0) return limit + 1;
    // The file ends inside quotes; often because of a quote in an earlier row that should not be there.
    throw (
      this.problemBefore(first, limit, start, true) ??
      new LogitmillError('INTERNAL', 'a quote opens that does not')
    );
  }

  private blankLines(start: number, end: number): number {
    return this.plan.columns === 1 ? 0 : this.kernels.count_blank_lines(this.area.work, start, end);
  }

  /** The survey looks for blank lines within the chunk; the first and the last row may reach beyond it. */
  private hasBlankLineAtEdge(start: number, end: number): boolean {
    const bytes = new Uint8Array(this.memory.buffer);
    const begins = bytes[start] === NEWLINE || bytes[start] === RETURN;
    return begins || (end - start > 1 && (bytes[end - 2] === NEWLINE || bytes[end - 3] === NEWLINE));
  }
}
