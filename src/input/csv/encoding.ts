import { isUtf8 } from 'node:buffer';
import { LogitmillError } from '../../errors.ts';
import { decode } from './kinds.ts';
import { CARRIED, type CsvProblem } from './problems.ts';
import { countNewlines } from './rows.ts';

const NEWLINE = 10;
const RETURN = 13;

/**
 * Where the text begins after a byte order mark.
 * @throws LogitmillError INPUT_EMPTY, INPUT_UNSUPPORTED when it is no text in UTF-8 with lines
 */
export function checkEncoding(bytes: Uint8Array, file: string | undefined): number {
  if (bytes.length === 0) throw new LogitmillError('INPUT_EMPTY', 'the file is empty', { file });
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw unsupported('the text is UTF-16; only UTF-8 is read', file, 'iconv -f utf-16 -t utf-8');
  }
  const beginning = bytes.subarray(0, 4096);
  const zeros = beginning.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  if (zeros * 8 > beginning.length)
    throw unsupported('it is full of zero bytes: not a CSV file, or UTF-16', file);
  const lineEnd = bytes.indexOf(RETURN);
  if (lineEnd !== -1 && lineEnd < bytes.length - 1 && bytes.indexOf(NEWLINE) === -1) {
    throw unsupported('its lines end with carriage returns alone', file, "tr '\\r' '\\n'");
  }
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

function unsupported(message: string, file: string | undefined, hint?: string): LogitmillError {
  return new LogitmillError('INPUT_UNSUPPORTED', message, { file, hint });
}

interface Line {
  start: number;
  end: number;
}

/** The first line in [start, end) that is not UTF-8; `undefined` when all are. */
export function firstBadLine(bytes: Uint8Array, start: number, end: number): Line | undefined {
  if (isUtf8(bytes.subarray(start, end))) return undefined;
  for (let at = start; at < end; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const next = newline === -1 || newline >= end ? end : newline + 1;
    if (!isUtf8(bytes.subarray(at, next))) return { start: at, end: next };
    at = next;
  }
  return undefined;
}

/** The line as a problem of row `row`; lines are counted from `start`. */
export function badLineProblem(bytes: Uint8Array, start: number, row: number, bad: Line): CsvProblem {
  return {
    kind: 'encoding',
    line: countNewlines(bytes, start, bad.start),
    row,
    column: -1,
    text: decode(bytes, bad.start, Math.min(bad.end, bad.start + CARRIED)).trimEnd(),
  };
}
