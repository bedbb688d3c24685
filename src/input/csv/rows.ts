import type { CsvDialect } from './types.ts';

const NEWLINE = 10;
const RETURN = 13;

/** One row as places in its bytes; reused from row to row. */
export interface RowFields {
  /** Where each field begins and ends, quotes and padding included; without the carriage returns of the line's end. */
  starts: number[];
  ends: number[];
  /** Newlines within the row, in quotes. */
  innerNewlines: number;
}

export function emptyRow(): RowFields {
  return { starts: [], ends: [], innerNewlines: 0 };
}

/**
 * Reads the row at `position`, byte by byte: for samples, and to find out what is wrong with a text. A quote opens or
 * closes wherever it stands; whether it may stand there is for `textValue` to say.
 * @param atEnd whether the bytes end with the file, so that the last row needs no newline
 * @returns where the next row begins, or -1 when this one is not whole
 */
export function readRow(
  bytes: Uint8Array,
  position: number,
  end: number,
  dialect: CsvDialect,
  row: RowFields,
  atEnd: boolean,
): number {
  const { delimiter, quote, returns } = dialect;
  row.starts.length = 0;
  row.ends.length = 0;
  row.innerNewlines = 0;
  if (!atEnd && !hasNewline(bytes, position, end)) return -1;
  let start = position;
  let inside = false;
  for (let at = position; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote && quote !== 0) {
      inside = !inside;
    } else if (inside) {
      if (byte === NEWLINE) row.innerNewlines++;
    } else if (byte === delimiter) {
      row.starts.push(start);
      row.ends.push(at);
      start = at + 1;
    } else if (byte === NEWLINE) {
      finish(bytes, row, start, at, returns);
      return at + 1;
    }
  }
  if (!atEnd || inside) return -1;
  finish(bytes, row, start, end, returns);
  return end;
}

/** Fields of a line without an end would be millions, for nothing. */
function hasNewline(bytes: Uint8Array, from: number, end: number): boolean {
  const at = bytes.indexOf(NEWLINE, from);
  return at !== -1 && at < end;
}

function finish(bytes: Uint8Array, row: RowFields, start: number, end: number, returns: number): void {
  let last = end;
  while (last > start && end - last < returns && bytes[last - 1] === RETURN) last--;
  row.starts.push(start);
  row.ends.push(last);
}

/** Whether the line has nothing in it: skipped, but a null in a file of one column. */
export function isBlankLine(row: RowFields): boolean {
  return row.starts.length === 1 && row.starts[0] === row.ends[0];
}

export function countNewlines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, start); at !== -1 && at < end; at = bytes.indexOf(NEWLINE, at + 1))
    count++;
  return count;
}
