import { readFully } from '../../src/io/files.ts';

const NEWLINE = 10;
const PIECE_BYTES = 2 ** 20;

/**
 * How many bytes from `position` on a row goes on, its newline included; null when it does not end before `end`.
 * @param quote 0: there are none
 */
export function restOfRow(
  file: number,
  position: number,
  end: number,
  quote: number,
  insideQuotes: boolean,
): number | null {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let inside = insideQuotes;
  for (let at = position; at < end; at += PIECE_BYTES) {
    const bytes = piece.subarray(0, readFully(file, piece.subarray(0, Math.min(PIECE_BYTES, end - at)), at));
    let from = 0;
    for (;;) {
      const mark = quote === 0 ? -1 : bytes.indexOf(quote, from);
      const newline = inside ? -1 : bytes.indexOf(NEWLINE, from);
      if (newline >= 0 && (mark < 0 || newline < mark)) return at - position + newline + 1;
      if (mark < 0) break;
      inside = !inside;
      from = mark + 1;
    }
    if (bytes.length === 0) break;
  }
  return null;
}

/** Whether a text ends inside quotes. */
export function endsInsideQuotes(text: Uint8Array, quote: number): boolean {
  if (quote === 0) return false;
  let inside = false;
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) inside = !inside;
  return inside;
}
