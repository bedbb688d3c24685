/**
 * Blocks of LZ4, after https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md: a block is a row of sequences,
 * each a token, literals, and a match (an offset back and a length), the last without a match. Nothing in a block
 * is believed: every length and offset is checked before a byte is read or written.
 */
const SMALLEST_MATCH: usize = 4;

/** Where `longLength` stopped; 0 when the block ended before the length did. */
let lengthEnd: usize = 0;

/** Lengths of 15 go on in further bytes, up to the first that is not 255. */
// @ts-ignore: decorator
@inline
function longLength(source: usize, end: usize, start: usize): usize {
  let length = start;
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
  while (source < sourceEnd) {
    const token = <usize>load<u8>(source++);
    let literals = token >> 4;
    if (literals == 15) {
      literals = longLength(source, sourceEnd, 15);
      source = lengthEnd;
      if (source == 0) return 0;
    }
    if (literals > sourceEnd - source || literals > targetEnd - target) return 0;
    if (literals <= 16 && source + 16 <= sourceEnd && target + 16 <= targetEnd) {
      v128.store(target, v128.load(source));
    } else memory.copy(target, source, literals);
    source += literals;
    target += literals;
    if (source == sourceEnd) return target;

    if (source + 2 > sourceEnd) return 0;
    const offset = <usize>load<u16>(source);
    source += 2;
    let length = token & 15;
    if (length == 15) {
      length = longLength(source, sourceEnd, 15);
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

/** What a match gives may overlap what it is made of: an offset of 1 repeats a byte. */
function copyMatch(target: usize, from: usize, length: usize, targetEnd: usize): void {
  const end = target + length;
  const distance = target - from;
  if (distance >= 16 && end + 16 <= targetEnd) {
    for (; target < end; target += 16, from += 16) v128.store(target, v128.load(from));
    return;
  }
  if (distance >= 8 && end + 8 <= targetEnd) {
    for (; target < end; target += 8, from += 8) store<u64>(target, load<u64>(from));
    return;
  }
  if (distance == 1) {
    memory.fill(target, load<u8>(from), length);
    return;
  }
  for (; target < end; target++, from++) store<u8>(target, load<u8>(from));
}
