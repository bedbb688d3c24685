// Before the fast loops: blanks and quotes around the numbers of a tile.
import { CLASSES, CLASS_BLANK, TRIMMED_ENDS, TRIMMED_STARTS } from './layout';
import { first, last, trim } from './field';

/** Up to 16; without a loop, whose end would be guessed wrong where the numbers are of different lengths. */
@inline
function leadingBlanks(p: usize): usize {
  const bytes = v128.load(p);
  const blank = v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(9)));
  return <usize>ctz(~<u32>i8x16.bitmask(blank));
}

/**
 * Lists the fields without blanks around them, and without one pair of quotes, in TRIMMED_STARTS and TRIMMED_ENDS. What
 * is left of a field that is no number may be anything that the loops flag.
 */
export function trimList(work: usize, starts: usize, ends: usize, n: usize): void {
  const classes = <usize>load<u32>(work, CLASSES);
  for (let i: usize = 0; i < n << 2; i += 4) {
    const rawStart = <usize>load<u32>(starts + i), rawEnd = <usize>load<u32>(ends + i);
    const before = load<u8>(classes + <usize>load<u8>(rawStart, 17)), after = load<u8>(classes + <usize>load<u8>(rawEnd, 15));
    // One blank or one of a pair of quotes goes without a branch; that is all in most files.
    const alone = <usize>((before ^ after) & 2) >> 1;
    let start = rawStart + (<usize>(before & 1) & ~alone), end = rawEnd - (<usize>(after & 1) & ~alone);
    let next = load<u8>(classes + <usize>load<u8>(start, 17));
    if (next == CLASS_BLANK) {
      start += leadingBlanks(start + 17);
      next = load<u8>(classes + <usize>load<u8>(start, 17));
    }
    if (next | load<u8>(classes + <usize>load<u8>(end, 15))) {
      const proper = trim(work, rawStart + 17, rawEnd + 16) && first < last;
      start = proper ? first - 17 : rawStart;
      end = proper ? last - 16 : rawEnd;
    }
    store<u32>(work + i, start, TRIMMED_STARTS);
    store<u32>(work + i, end, TRIMMED_ENDS);
  }
}
