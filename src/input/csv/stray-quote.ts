import { decode } from './kinds.ts';
import { CARRIED, type CsvProblem } from './problems.ts';
import { countNewlines } from './rows.ts';
import type { CsvDialect } from './types.ts';

const NEWLINE = 10;
const RETURN = 13;

/** The quote to blame for a row that does not end, or ends in the wrong place. */
export interface StrayQuote {
  /** Where it stands. */
  position: number;
  /** Where its field begins, and how many fields of the row come before. */
  field: number;
  column: number;
  /** Where the field ends that it makes nonsense of, as far as one can tell. */
  end: number;
  /** It begins its field, as a quote should, but no quote after it can be the one that ends the field. */
  opens: boolean;
  /** False when it may still be closed by what comes after `end`. */
  certain: boolean;
}

/**
 * The first quote in the row at `position` that cannot be right. Whether bytes are quoted is told by the parity of the
 * quotes before them; so one quote by mistake turns all fields after it inside out, up to the end of the file, and the
 * place where that comes to light may be anywhere. But a quote that opens stands at the beginning of a field, and one
 * that closes at its end: the first that does not gives the mistake away.
 */
export function strayQuote(
  bytes: Uint8Array,
  position: number,
  end: number,
  { delimiter, quote }: CsvDialect,
): StrayQuote | undefined {
  const isBlank = (at: number) => (bytes[at] === 32 || bytes[at] === 9) && bytes[at] !== delimiter;
  const isEnd = (at: number) =>
    at >= end ||
    bytes[at] === delimiter ||
    bytes[at] === NEWLINE ||
    (bytes[at] === RETURN && (at + 1 >= end || bytes[at + 1] === NEWLINE)) ||
    (bytes[at] === RETURN && bytes[at + 1] === RETURN && bytes[at + 2] === NEWLINE);
  const fieldEnd = (from: number) => {
    let at = from;
    while (at < end && bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++;
    return at;
  };
  if (quote === 0) return undefined;
  for (let field = position, column = 0; ; column++) {
    let at = field;
    while (at < end && isBlank(at)) at++;
    if (bytes[at] === quote && at < end) {
      const opening = { position: at, field, column, opens: true, end: fieldEnd(at) };
      at = closingQuote(bytes, at + 1, end, quote);
      if (at === -1) return { ...opening, certain: false };
      at++;
      while (at < end && isBlank(at)) at++;
      if (!isEnd(at)) return { ...opening, certain: true, end: fieldEnd(at) };
      while (bytes[at] === RETURN) at++;
    } else {
      const stop = fieldEnd(at);
      for (; at < stop; at++) {
        if (bytes[at] === quote)
          return { position: at, field, column, opens: false, certain: true, end: stop };
      }
    }
    if (at >= end || bytes[at] === NEWLINE) return undefined;
    field = at + 1;
  }
}

/** The first quote from `at` on that is not doubled, or -1. */
function closingQuote(bytes: Uint8Array, from: number, end: number, quote: number): number {
  for (let at = bytes.indexOf(quote, from); at !== -1 && at < end; at = bytes.indexOf(quote, at + 2)) {
    if (at + 1 >= end || bytes[at + 1] !== quote) return at;
  }
  return -1;
}

/**
 * The quote as a problem; lines are counted from `start`.
 * @param spansLines whether the row is of several lines, or has no end: the quote took in what is not its own
 */
export function strayQuoteProblem(
  bytes: Uint8Array,
  start: number,
  row: number,
  { position, field, column, opens, end }: StrayQuote,
  spansLines: boolean,
): CsvProblem {
  return {
    kind: opens && spansLines ? 'open-quote' : 'quotes',
    line: countNewlines(bytes, start, position),
    row,
    column,
    text: decode(bytes, field, Math.min(end, field + CARRIED)).trimEnd(),
  };
}
