// What can be known of a piece of text before it is known whether it begins inside quotes; and where its rows end.
import { mask, maskOf, parityOfPrefix, sumOfBytes, validBits } from './delimiters';
import {
  NEWLINE,
  QUOTE,
  RETURNS,
  SURVEY_BLANK,
  SURVEY_HIGH,
  SURVEY_INSIDE,
  SURVEY_ODD,
  SURVEY_OUTSIDE,
  SURVEY_QUOTES,
} from './layout';

/** A lane of a byte counter takes two newlines every 32 bytes: 240 at most. */
const BLOCK: usize = 64 * 60;

/**
 * Counts the newlines in [p, end) that end rows when the range begins outside quotes, and when it begins inside; and
 * says whether the quotes are odd in number, whether there are any, whether two newlines stand next to each other or
 * with one byte between them, and whether there are bytes that are not ASCII. Reads two bytes before `p` and up to 63
 * past `end`.
 */
export function survey(work: usize, p: usize, end: usize, result: usize): void {
  const newline = v128.load8_splat(work, NEWLINE), quote = v128.load8_splat(work, QUOTE);
  const none = i32x4.splat(0);
  const hasQuote = load<u32>(work, QUOTE) != 0;
  let outside: u32 = 0, inside: u32 = 0, state: u64 = 0, any = false, blank = false, high = none;
  let quoted = false;
  while (p < end) {
    const stop = min(p + BLOCK, end);
    if (stop - p == BLOCK && !quoted) {
      // Most blocks have no quotes.
      let count = none, found = none, near = none, bytes = none;
      for (let at = p; at < stop; at += 32) {
        const a = v128.load(at), b = v128.load(at, 16);
        const an = i8x16.eq(a, newline), bn = i8x16.eq(b, newline);
        count = i8x16.sub(i8x16.sub(count, an), bn);
        found = v128.or(found, v128.or(i8x16.eq(a, quote), i8x16.eq(b, quote)));
        bytes = v128.or(bytes, v128.or(a, b));
        const before = v128.or(i8x16.eq(v128.load(at - 1), newline), i8x16.eq(v128.load(at - 2), newline));
        const between = v128.or(i8x16.eq(v128.load(at + 15), newline), i8x16.eq(v128.load(at + 14), newline));
        near = v128.or(near, v128.or(v128.and(an, before), v128.and(bn, between)));
      }
      if (!hasQuote || !v128.any_true(found)) {
        if (state) inside += sumOfBytes(count);
        else outside += sumOfBytes(count);
        blank = blank || v128.any_true(near);
        high = v128.or(high, bytes);
        p = stop;
        continue;
      }
    }
    let lastEnds = (<u64>(load<u8>(p - 1) == 10) << 63) | (<u64>(load<u8>(p - 2) == 10) << 62);
    let quotesInBlock: u64 = 0, near: u64 = 0;
    for (; p < stop; p += 64) {
      const valid = validBits(p, stop);
      const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
      const ends = mask(i8x16.eq(a, newline), i8x16.eq(b, newline), i8x16.eq(c, newline), i8x16.eq(d, newline)) & valid;
      const quotes = hasQuote ? mask(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote)) & valid : 0;
      const hidden = parityOfPrefix(quotes) ^ state;
      state = <u64>(<i64>hidden >> 63);
      quotesInBlock |= quotes;
      outside += <u32>popcnt(ends & ~hidden);
      inside += <u32>popcnt(ends & hidden);
      near |= ends & ((ends << 1) | (ends << 2) | (lastEnds >> 63) | (lastEnds >> 62));
      lastEnds = ends;
      if (valid == <u64>-1) high = v128.or(high, v128.or(v128.or(a, b), v128.or(c, d)));
      else if (mask(a, b, c, d) & valid) high = v128.or(high, i8x16.splat(-128));
    }
    blank = blank || near != 0;
    quoted = quotesInBlock != 0;
    any = any || quoted;
    p = stop;
  }
  store<u32>(result, outside, SURVEY_OUTSIDE);
  store<u32>(result, inside, SURVEY_INSIDE);
  store<u32>(result, <u32>state & 1, SURVEY_ODD);
  store<u32>(result, u32(any), SURVEY_QUOTES);
  store<u32>(result, u32(blank), SURVEY_BLANK);
  store<u32>(result, u32(i8x16.bitmask(high) != 0), SURVEY_HIGH);
}

/**
 * The address after the first newline in [p, end) outside quotes, or 0. `inside` 1: p is inside quotes.
 * Reads up to 63 bytes past `end`.
 */
export function find_row_end(work: usize, p: usize, end: usize, inside: u32): usize {
  const newline = v128.load8_splat(work, NEWLINE), quote = v128.load8_splat(work, QUOTE);
  const hasQuote = load<u32>(work, QUOTE) != 0;
  let state: u64 = 0 - <u64>inside;
  for (; p < end; p += 64) {
    const valid = validBits(p, end);
    const quotes = hasQuote ? maskOf(p, quote) & valid : 0;
    const hidden = parityOfPrefix(quotes) ^ state;
    state = <u64>(<i64>hidden >> 63);
    const ends = maskOf(p, newline) & valid & ~hidden;
    if (ends) return p + <usize>ctz(ends) + 1;
  }
  return 0;
}

/** The lines in [p, end) that are empty, or a carriage return alone (where they end with two, these); p is the start of a row, outside quotes. */
export function count_blank_lines(work: usize, p: usize, end: usize): u32 {
  const twice = load<u32>(work, RETURNS) == 2;
  let blank: u32 = 0;
  while (p < end) {
    const next = find_row_end(work, p, end, 0);
    if (next == 0) break;
    blank += u32(next - p == 1 || (next - p == 2 && load<u8>(p) == 13) || (twice && next - p == 3 && load<u16>(p) == 0x0d0d));
    p = next;
  }
  return blank;
}
