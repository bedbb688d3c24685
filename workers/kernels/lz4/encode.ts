/** Positions are hashed from four bytes; the table has the last position of each hash, counted from the block's start. */
const TABLE_BITS: u32 = 12;

/** Bytes of scratch that `encode_block` needs. */
const TABLE_BYTES: usize = 4 << TABLE_BITS;

const SMALLEST_MATCH: usize = 4;
const FARTHEST: usize = 65_535;
/** The format's rules for the end of a block: five literals, and no match begins in the last twelve bytes. */
const LAST_LITERALS: usize = 5;
const LAST_MATCH: usize = 12;
/** After 2^6 misses the search takes two bytes at a time, then three: data that do not repeat pass quickly. */
const SKIP_TRIGGER: usize = 6;

// @ts-ignore: decorator
@inline
function hash(sequence: u32): u32 {
  return (sequence * 2654435761) >> (32 - TABLE_BITS);
}

/**
 * Encodes `source` to `sourceEnd` as one block at `target`, which has room for bytes + bytes / 255 + 16; `table` is
 * 16 KiB of scratch. Returns the end of the block.
 */
export function encode_block(source: usize, sourceEnd: usize, target: usize, table: usize): usize {
  const start = source;
  let anchor = source;
  if (sourceEnd - source > LAST_MATCH) {
    memory.fill(table, 0, TABLE_BYTES);
    const matchStartLimit = sourceEnd - LAST_MATCH;
    const matchEnd = sourceEnd - LAST_LITERALS;
    let position = source + 1;
    let misses: usize = 1 << SKIP_TRIGGER;
    while (position < matchStartLimit) {
      const sequence = load<u32>(position);
      const entry = table + (<usize>hash(sequence) << 2);
      let candidate = start + <usize>load<u32>(entry);
      store<u32>(entry, <u32>(position - start));
      if (position - candidate > FARTHEST || load<u32>(candidate) != sequence) {
        position += misses++ >> SKIP_TRIGGER;
        continue;
      }
      misses = 1 << SKIP_TRIGGER;
      while (position > anchor && candidate > start && load<u8>(position - 1) == load<u8>(candidate - 1)) {
        position--;
        candidate--;
      }
      const offset = position - candidate;
      let end = position + SMALLEST_MATCH;
      candidate += SMALLEST_MATCH;
      while (end + 8 <= matchEnd && load<u64>(end) == load<u64>(candidate)) {
        end += 8;
        candidate += 8;
      }
      while (end < matchEnd && load<u8>(end) == load<u8>(candidate)) {
        end++;
        candidate++;
      }
      target = writeSequence(target, anchor, position - anchor, offset, end - position - SMALLEST_MATCH);
      anchor = end;
      position = end;
      // What was skipped is still worth finding: one position inside the match.
      if (position < matchStartLimit)
        store<u32>(table + (<usize>hash(load<u32>(position - 2)) << 2), <u32>(position - 2 - start));
    }
  }
  const literals = sourceEnd - anchor;
  const token = target++;
  store<u8>(token, <u8>(min<usize>(literals, 15) << 4));
  if (literals >= 15) target = writeLength(target, literals - 15);
  memory.copy(target, anchor, literals);
  return target + literals;
}

function writeSequence(target: usize, anchor: usize, literals: usize, offset: usize, length: usize): usize {
  store<u8>(target++, <u8>((min<usize>(literals, 15) << 4) | min<usize>(length, 15)));
  if (literals >= 15) target = writeLength(target, literals - 15);
  memory.copy(target, anchor, literals);
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
