/**
 * Blocks of LZ4, after https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md: a block is a row of sequences,
 * each a token, literals, and a match (an offset back and a length), the last without a match. Nothing in a block
 * is believed: every length and offset is checked before a byte is read or written.
 */
const SMALLEST_MATCH: usize = 4;

/** What a short sequence reads and writes at most, from its token on: what is copied is copied sixteen bytes at a time. */
const SHORT_READS: usize = 32;
const SHORT_WRITES: usize = 32;

/**
 * Which of 16 bytes stands where when the first `offset` of them repeat: 16 bytes for each offset below 16, of which
 * 0 is not one.
 */
const PERIODS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
  0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0,
]);

/** The whole periods that sixteen bytes hold, in bytes, by offset. */
const STEPS: usize = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15]);

/** Where `longLength` stopped; 0 when the block ended before the length did. */
let lengthEnd: usize = 0;

/** Lengths of 15 go on in further bytes, up to the first that is not 255. */
// @ts-ignore: decorator
@inline
function longLength(source: usize, end: usize): usize {
  let length: usize = 15;
  let byte: usize = 255;
  while (byte == 255) {
    if (source >= end || length > 0x7fff0000) {
      lengthEnd = 0;
      return 0;
    }
    byte = load<u8>(source++);
    length += byte;
  }
  lengthEnd = source;
  return length;
}

/**
 * Decodes the block from `source` to `sourceEnd` into `target`; matches may reach back to `oldest`: the target itself
 * or, where blocks depend on each other, up to 64 KiB before it. Returns the end of what was written, at most
 * `targetEnd`, or 0 for a malformed block. Writes nothing past `targetEnd`.
 */
export function decode_block(
  source: usize,
  sourceEnd: usize,
  target: usize,
  targetEnd: usize,
  oldest: usize,
): usize {
  const lastShort = sourceEnd - min(SHORT_READS, sourceEnd - source);
  const lastTarget = targetEnd - min(SHORT_WRITES, targetEnd - target);
  while (source < sourceEnd) {
    // Far from both ends a fixed number of bytes is copied; what is too much is overwritten by what follows.
    while (source < lastShort && target < lastTarget) {
      const token = <usize>load<u8>(source);
      const literals = token >> 4;
      const offset = <usize>load<u16>(source + literals, 1);
      let length = (token & 15) + SMALLEST_MATCH;
      if (literals == 15 || offset == 0) break;
      const more = length == 19 ? <usize>load<u8>(source + literals, 3) : 0;
      if (more == 255) break;
      length += more;
      v128.store(target, v128.load(source, 1));
      const start = target + literals;
      const from = start - offset;
      if (from < oldest) return 0;
      if (length < 19 && offset >= 16) {
        v128.store(start, v128.load(from));
        store<u16>(start, load<u16>(from, 16), 16);
        source += literals + 3;
      } else {
        if (targetEnd - start < 19 + 254 + 16) break;
        copyFar(start, from, length);
        source += literals + 3 + (length >= 19 ? 1 : 0);
      }
      target = start + length;
    }

    const token = <usize>load<u8>(source++);
    let literals = token >> 4;
    if (literals == 15) {
      literals = longLength(source, sourceEnd);
      source = lengthEnd;
      if (source == 0) return 0;
    }
    if (literals > sourceEnd - source || literals > targetEnd - target) return 0;
    copyLiterals(target, source, literals, targetEnd, sourceEnd);
    source += literals;
    target += literals;
    if (source == sourceEnd) return target;

    if (source + 2 > sourceEnd) return 0;
    const offset = <usize>load<u16>(source);
    source += 2;
    let length = token & 15;
    if (length == 15) {
      length = longLength(source, sourceEnd);
      source = lengthEnd;
      if (source == 0) return 0;
    }
    length += SMALLEST_MATCH;
    if (offset == 0 || offset > target - oldest || length > targetEnd - target) return 0;
    copyMatch(target, target - offset, length, targetEnd);
    target += length;
  }
  // A block ends with literals, if only none of them; an empty one has not even a token.
  return 0;
}

// @ts-ignore: decorator
@inline
function copyLiterals(target: usize, from: usize, length: usize, targetEnd: usize, fromEnd: usize): void {
  if (fromEnd - from < length + 16 || targetEnd - target < length + 16) {
    memory.copy(target, from, length);
    return;
  }
  for (let i: usize = 0; i < length; i += 16) v128.store(target + i, v128.load(from + i));
}

/** What a match gives may overlap what it is made of: an offset of 1 repeats a byte. */
// @ts-ignore: decorator
@inline
function copyMatch(target: usize, from: usize, length: usize, targetEnd: usize): void {
  if (targetEnd - target >= length + 16) {
    copyFar(target, from, length);
    return;
  }
  const end = target + length;
  for (; target < end; target++, from++) store<u8>(target, load<u8>(from));
}

/** Likewise, and up to fifteen bytes more. */
// @ts-ignore: decorator
@inline
function copyFar(target: usize, from: usize, length: usize): void {
  const end = target + length;
  const offset = target - from;
  if (offset >= 16) {
    for (; target < end; target += 16, from += 16) v128.store(target, v128.load(from));
    return;
  }
  const period = i8x16.swizzle(v128.load(from), v128.load(PERIODS + (offset << 4)));
  // As many whole periods as sixteen bytes hold.
  const step = <usize>load<u8>(STEPS + offset);
  for (; target < end; target += step) v128.store(target, period);
}
