/** Positions are hashed from four bytes; the table has the last position of each hash, counted from the block's start. */
const TABLE_BITS: u32 = 13;

/** Bytes of scratch that `encode_block` needs. */
const TABLE_BYTES: usize = 2 << TABLE_BITS;

const SMALLEST_MATCH: usize = 4;
/** The format's rules for the end of a block: five literals, and no match begins in the last twelve bytes. */
const LAST_LITERALS: usize = 5;
const LAST_MATCH: usize = 12;
/** After 2^6 misses the search takes two steps at a time, then three: data that do not repeat pass quickly. */
const SKIP_TRIGGER: usize = 6;

// @ts-ignore: decorator
@inline
function entryOf(table: usize, sequence: u32): usize {
  return table + (<usize>((sequence * 2654435761) >> (32 - TABLE_BITS)) << 1);
}

/**
 * Encodes `source` to `sourceEnd`, at most 64 KiB, as one block at `target`, which has room for
 * bytes + bytes / 255 + 32; `table` is 16 KiB of scratch, and sixteen bytes behind the source can be read. Matches are
 * looked for at every `step` bytes, 1 or 4: numbers of four bytes repeat as numbers, and such as hardly do pass quickly.
 * Returns the end of the block.
 */
export function encode_block(
  source: usize,
  sourceEnd: usize,
  target: usize,
  table: usize,
  step: usize,
): usize {
  const start = source;
  // A match of four bytes takes three, and as long to decode as any other.
  const worthwhile: usize = step == 1 ? SMALLEST_MATCH : SMALLEST_MATCH + 2;
  let anchor = source;
  if (sourceEnd - source > LAST_MATCH) {
    memory.fill(table, 0, TABLE_BYTES);
    const matchStartLimit = sourceEnd - LAST_MATCH;
    const matchEnd = sourceEnd - LAST_LITERALS;
    let position = source + step;
    let misses: usize = 1 << SKIP_TRIGGER;
    while (position < matchStartLimit) {
      const sequence = load<u32>(position);
      const entry = entryOf(table, sequence);
      let candidate = start + <usize>load<u16>(entry);
      store<u16>(entry, <u16>(position - start));
      if (load<u32>(candidate) != sequence) {
        position += step * (misses++ >> SKIP_TRIGGER);
        continue;
      }
      let from = position;
      while (from > anchor && candidate > start && load<u8>(from - 1) == load<u8>(candidate - 1)) {
        from--;
        candidate--;
      }
      const end = matching(position + SMALLEST_MATCH, candidate + position - from + SMALLEST_MATCH, matchEnd);
      if (end - from < worthwhile) {
        position += step * (misses++ >> SKIP_TRIGGER);
        continue;
      }
      misses = 1 << SKIP_TRIGGER;
      target = writeSequence(target, anchor, from - anchor, from - candidate, end - from - SMALLEST_MATCH);
      anchor = end;
      // What was skipped is still worth finding: one position inside the match.
      const inside = start + ((end - 2 - start) & ~(step - 1));
      if (inside < matchStartLimit) store<u16>(entryOf(table, load<u32>(inside)), <u16>(inside - start));
      position = start + ((end - start + step - 1) & ~(step - 1));
    }
  }
  const literals = sourceEnd - anchor;
  store<u8>(target++, <u8>(min<usize>(literals, 15) << 4));
  if (literals >= 15) target = writeLength(target, literals - 15);
  memory.copy(target, anchor, literals);
  return target + literals;
}

/** Where two runs of bytes stop being the same, or `limit` of the first. */
// @ts-ignore: decorator
@inline
function matching(end: usize, candidate: usize, limit: usize): usize {
  while (end + 8 <= limit) {
    const difference = load<u64>(end) ^ load<u64>(candidate);
    if (difference != 0) return end + <usize>(ctz(difference) >> 3);
    end += 8;
    candidate += 8;
  }
  while (end < limit && load<u8>(end) == load<u8>(candidate)) {
    end++;
    candidate++;
  }
  return end;
}

// @ts-ignore: decorator
@inline
function writeSequence(target: usize, anchor: usize, literals: usize, offset: usize, length: usize): usize {
  store<u8>(target++, <u8>((min<usize>(literals, 15) << 4) | min<usize>(length, 15)));
  if (literals >= 15) target = writeLength(target, literals - 15);
  for (let i: usize = 0; i < literals; i += 16) v128.store(target + i, v128.load(anchor + i));
  target += literals;
  store<u16>(target, <u16>offset);
  target += 2;
  return length >= 15 ? writeLength(target, length - 15) : target;
}

function writeLength(target: usize, rest: usize): usize {
  for (; rest >= 255; rest -= 255) store<u8>(target++, 255);
  store<u8>(target++, <u8>rest);
  return target;
}
