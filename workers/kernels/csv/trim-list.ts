// Before the fast loops: blanks and quotes around the numbers of a tile.
import { QUOTE, TRIMMED_ENDS, TRIMMED_STARTS } from './layout';

@inline
function isBlank(c: u32): bool {
  return c == 32 || c == 9;
}

/**
 * Lists the fields without blanks around them, and without one pair of quotes, in TRIMMED_STARTS and TRIMMED_ENDS.
 * Where nothing would be left, the field stays as it is.
 */
export function trimList(work: usize, starts: usize, ends: usize, n: usize): void {
  const quote = load<u32>(work, QUOTE);
  const space = i8x16.splat(32), tab = i8x16.splat(9);
  for (let i: usize = 0; i < n << 2; i += 4) {
    const rawStart = <usize>load<u32>(starts + i), rawEnd = <usize>load<u32>(ends + i);
    let start = rawStart + 17, end = rawEnd + 16;
    // A run of blanks has any length: a loop over it would be guessed wrong at its end.
    const v = v128.load(start);
    const blanks = <u32>i8x16.bitmask(v128.or(i8x16.eq(v, space), i8x16.eq(v, tab)));
    start += <usize>ctz(~blanks);
    while (start < end && isBlank(load<u8>(start))) start++;
    while (end > start && isBlank(load<u8>(end - 1))) end--;
    if (quote != 0) {
      const both = <usize>((load<u8>(start) == quote) & (load<u8>(end - 1) == quote));
      start += both;
      end -= both;
      while (start < end && isBlank(load<u8>(start))) start++;
      while (end > start && isBlank(load<u8>(end - 1))) end--;
    }
    const some = start < end;
    store<u32>(work + i, some ? start - 17 : rawStart, TRIMMED_STARTS);
    store<u32>(work + i, some ? end - 16 : rawEnd, TRIMMED_ENDS);
  }
}
