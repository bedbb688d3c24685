// One field, byte by byte: what the fast loops cannot read, and everything that is rare.
import { bits, infinityOf, nanOf, round_decimal, signOf } from './exact';
import { NULL_COUNT, NULLS, NUMERIC_NULLS, QUOTE, QUOTED_EMPTY_IS_NULL } from './layout';
import { quick, quickBits } from './quick';
import { pointByte } from './tables';

export const NUMBER: u32 = 0;
export const NULL: u32 = 1;
export const NOT_PROVEN: u32 = 2;
export const BAD: u32 = 3;

/** The number that read_number found. */
export let number: u64 = 0;
/** The field that the last call of `trim` found: without blanks, without quotes. */
export let first: usize = 0;
export let last: usize = 0;
let quoted: bool = false;

@inline
function isBlank(c: u32): bool {
  return c == 32 || c == 9;
}

/** Takes blanks, then a pair of quotes, then blanks off; false when a quote has no partner. */
@inline
export function trim(work: usize, start: usize, end: usize): bool {
  const quote = load<u32>(work, QUOTE);
  while (start < end && isBlank(load<u8>(start))) start++;
  while (start < end && isBlank(load<u8>(end - 1))) end--;
  quoted = quote != 0 && start < end && load<u8>(start) == quote;
  if (quoted) {
    if (end - start < 2 || load<u8>(end - 1) != quote) return false;
    start++;
    end--;
    while (start < end && isBlank(load<u8>(start))) start++;
    while (start < end && isBlank(load<u8>(end - 1))) end--;
  }
  first = start;
  last = end;
  return true;
}

/** Whether the bytes are one of the user's spellings of null. */
export function isNullSpelling(work: usize, start: usize, end: usize): bool {
  let spelling = <usize>load<u32>(work, NULLS);
  for (let count = load<u32>(work, NULL_COUNT); count > 0; count--) {
    const length = <usize>load<u32>(spelling);
    if (length == end - start && memory.compare(start, spelling + 4, length) == 0) return true;
    spelling += 4 + ((length + 3) & ~3);
  }
  return false;
}

/** Whether the trimmed field is null: empty without quotes, or one of the user's spellings. */
@inline
export function isNull(work: usize): bool {
  if (first == last) return !quoted || load<u32>(work, QUOTED_EMPTY_IS_NULL) != 0;
  return load<u32>(work, NULL_COUNT) != 0 && isNullSpelling(work, first, last);
}

/** `letters` are lower case, packed, the first in the low byte; n <= 8. */
@inline
function isWord(start: usize, end: usize, letters: u64, n: usize): bool {
  if (end - start != n) return false;
  let word: u64 = 0;
  for (let i: usize = 0; i < n; i++) {
    const c = <u64>load<u8>(start + i);
    if ((c | 32) < 97 || (c | 32) > 122) return false;
    word |= (c | 32) << (<u64>i << 3);
  }
  return word == letters;
}

const NAN_WORD: u64 = 0x6e616e;
const INF_WORD: u64 = 0x666e69;
const INFINITY_WORD: u64 = 0x7974696e69666e69;

/** A field as a number of the format; the raw field, with its blanks and quotes. NUMBER leaves it in `number`. */
export function read_number(work: usize, start: usize, end: usize, format: u32): u32 {
  if (!trim(work, start, end)) return BAD;
  if (load<u32>(work, NUMERIC_NULLS) == 0 && quick(first, last, format)) {
    number = quickBits;
    return NUMBER;
  }
  if (isNull(work)) return NULL;
  let p = first;
  const e = last;
  if (p == e) return BAD;
  let sign: u64 = 0;
  const c0 = load<u8>(p);
  if (c0 == 45 || c0 == 43) {
    if (c0 == 45) sign = signOf(format);
    p++;
  }
  const unsigned = p;
  let w: u64 = 0, digits = 0, q = 0, any = false, dropped = false;
  while (p < e) {
    const d = <u32>load<u8>(p) - 48;
    if (d > 9) break;
    any = true;
    if (digits < 19) {
      w = w * 10 + <u64>d;
      digits += i32(w != 0);
    } else {
      q++;
      dropped = dropped || d != 0;
    }
    p++;
  }
  if (p < e && load<u8>(p) == pointByte()) {
    p++;
    while (p < e) {
      const d = <u32>load<u8>(p) - 48;
      if (d > 9) break;
      any = true;
      if (digits < 19) {
        w = w * 10 + <u64>d;
        digits += i32(w != 0);
        q--;
      } else dropped = dropped || d != 0;
      p++;
    }
  }
  if (!any) {
    if (isWord(unsigned, e, NAN_WORD, 3)) number = nanOf(format);
    else if (isWord(unsigned, e, INF_WORD, 3) || isWord(unsigned, e, INFINITY_WORD, 8)) number = infinityOf(format) | sign;
    else return BAD;
    return NUMBER;
  }
  if (p < e) {
    if ((load<u8>(p) | 32) != 101) return BAD;
    p++;
    let negative = false;
    if (p < e && (load<u8>(p) == 45 || load<u8>(p) == 43)) {
      negative = load<u8>(p) == 45;
      p++;
    }
    if (p == e) return BAD;
    let exponent = 0;
    while (p < e) {
      const d = <u32>load<u8>(p) - 48;
      if (d > 9) return BAD;
      // Far beyond any number of digits that a field can have.
      if (exponent < 100000000) exponent = exponent * 10 + <i32>d;
      p++;
    }
    q += negative ? -exponent : exponent;
  }
  if (!round_decimal(w, q, format)) return NOT_PROVEN;
  const below = bits;
  // The digits that were dropped put the number between w and w + 1.
  if (dropped && (!round_decimal(w + 1, q, format) || bits != below)) return NOT_PROVEN;
  number = below | sign;
  return NUMBER;
}

/** A field as int64; `plain`: no plus sign and no leading zeros. NUMBER leaves it in `number`. */
export function read_integer(work: usize, start: usize, end: usize, plain: bool): u32 {
  if (!trim(work, start, end)) return BAD;
  if (isNull(work)) return NULL;
  let p = first;
  const e = last;
  if (p == e) return BAD;
  const c0 = load<u8>(p), negative = c0 == 45;
  if (negative || c0 == 43) {
    if (plain && !negative) return BAD;
    p++;
  }
  if (p == e) return BAD;
  if (plain && load<u8>(p) == 48 && (e - p > 1 || negative)) return BAD;
  while (p < e - 1 && load<u8>(p) == 48) p++;
  if (e - p > 19) return BAD;
  let w: u64 = 0;
  while (p < e) {
    const d = <u32>load<u8>(p) - 48;
    if (d > 9) return BAD;
    w = w * 10 + <u64>d;
    p++;
  }
  if (w > 0x7fffffffffffffff + <u64>negative) return BAD;
  number = negative ? 0 - w : w;
  return NUMBER;
}

const TRUE_WORD: u32 = 0x65757274;
const FALSE_WORD: u32 = 0x736c6166;

/** A field as true or false, written small, Capitalised or LARGE. NUMBER leaves 1 or 0 in `number`. */
export function read_boolean(work: usize, start: usize, end: usize): u32 {
  if (!trim(work, start, end)) return BAD;
  if (isNull(work)) return NULL;
  const n = last - first;
  if (n != 4 && n != 5) return BAD;
  // Bit 5 of a letter says that it is small: all four after the first must agree, and a small first wants them small.
  let small = 0;
  for (let i: usize = 1; i < n; i++) small += (load<u8>(first + i) >> 5) & 1;
  const rest = <i32>n - 1;
  if (small != 0 && (small != rest)) return BAD;
  if (small == 0 && ((load<u8>(first) >> 5) & 1) != 0) return BAD;
  const word = load<u32>(first) | 0x20202020;
  if (n == 4 && word == TRUE_WORD) number = 1;
  else if (n == 5 && word == FALSE_WORD && (load<u8>(last - 1) | 32) == 101) number = 0;
  else return BAD;
  return NUMBER;
}
