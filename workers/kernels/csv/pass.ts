// Columns that pass through: one field at a time into its column's buffers.
import { BAD, NOT_PROVEN, NULL, first, isNull, isNullSpelling, last, number, read_boolean, read_integer, read_number, trim } from './field';
import {
  FIELD_ESCAPED,
  FLOAT64,
  HAS_QUOTES,
  MEASURE,
  NULL_COUNT,
  PASS_ENDS,
  PASS_SLOTS,
  PASS_STARTS,
  QUOTE,
  QUOTED_EMPTY_IS_NULL,
  SLOT_DATA,
  SLOT_FIELDS,
  SLOT_NULLS,
  SLOT_ROW,
  SLOT_TEXT_BYTES,
  SLOT_TYPE,
  SLOT_VALIDITY,
  TEXT,
  TYPE_BOOLEAN,
  TYPE_FLOAT64,
  TYPE_INT64,
  TYPE_PLAIN_INT64,
  TYPE_SKIP,
  TYPE_UTF8,
} from './layout';
import { leaveUnproven } from './unproven';

@inline
function clearBit(bitmap: usize, index: u32): void {
  const byte = bitmap + (<usize>index >> 3);
  store<u8>(byte, load<u8>(byte) & ~(<u8>1 << <u8>(index & 7)));
}

@inline
function setBit(bitmap: usize, index: u32): void {
  const byte = bitmap + (<usize>index >> 3);
  store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(index & 7)));
}

let textStart: usize = 0;
let textLength: u32 = 0;
let escaped: bool = false;
let textIsNull: bool = false;

/** Where the text of a field lies, in a file that may have quotes; false when its quotes are not in order. */
function quotedText(work: usize, start: usize, end: usize): bool {
  const quote = load<u32>(work, QUOTE);
  let quotes: u32 = 0;
  for (let p = start; p < end; p++) quotes += u32(load<u8>(p) == quote);
  escaped = false;
  if (quotes == 0) {
    textStart = start;
    textLength = <u32>(end - start);
    textIsNull = start == end || (load<u32>(work, NULL_COUNT) != 0 && isNullSpelling(work, start, end));
    return true;
  }
  // Blanks around the quotes are padding; those within are the text's.
  while (load<u8>(start) == 32 || load<u8>(start) == 9) start++;
  while (load<u8>(end - 1) == 32 || load<u8>(end - 1) == 9) end--;
  if (end - start < 2 || load<u8>(start) != quote || load<u8>(end - 1) != quote) return false;
  start++;
  end--;
  escaped = quotes > 2;
  let doubled: u32 = 0;
  if (escaped) {
    for (let p = start; p < end; p++) {
      if (load<u8>(p) != quote) continue;
      if (p + 1 == end || load<u8>(p + 1) != quote) return false;
      p++;
      doubled++;
    }
  }
  textStart = start;
  textLength = <u32>(end - start) - doubled;
  textIsNull =
    start == end
      ? load<u32>(work, QUOTED_EMPTY_IS_NULL) != 0
      : !escaped && load<u32>(work, NULL_COUNT) != 0 && isNullSpelling(work, start, end);
  return true;
}

function passText(work: usize, slot: usize, row: u32, start: usize, end: usize): bool {
  if (load<u32>(work, HAS_QUOTES)) {
    if (!quotedText(work, start, end)) return false;
  } else {
    escaped = false;
    textStart = start;
    textLength = <u32>(end - start);
    textIsNull = start == end || (load<u32>(work, NULL_COUNT) != 0 && isNullSpelling(work, start, end));
  }
  if (textIsNull) textLength = 0;
  const total = load<u32>(slot, SLOT_TEXT_BYTES) + textLength;
  store<u32>(slot, total, SLOT_TEXT_BYTES);
  if (load<u32>(work, MEASURE)) return true;
  store<u32>(<usize>load<u32>(slot, SLOT_DATA) + ((<usize>row + 1) << 2), total);
  store<u32>(
    <usize>load<u32>(slot, SLOT_FIELDS) + (<usize>row << 2),
    <u32>(textStart - load<u32>(work, TEXT)) | (escaped ? FIELD_ESCAPED : 0),
  );
  if (textIsNull) {
    clearBit(load<u32>(slot, SLOT_VALIDITY), row);
    store<u32>(slot, load<u32>(slot, SLOT_NULLS) + 1, SLOT_NULLS);
  }
  return true;
}

function passValue(work: usize, slot: usize, type: u32, row: u32, start: usize, end: usize): bool {
  const data = <usize>load<u32>(slot, SLOT_DATA);
  let status: u32;
  if (type == TYPE_FLOAT64) status = read_number(work, start, end, FLOAT64);
  else if (type == TYPE_BOOLEAN) status = read_boolean(work, start, end);
  else status = read_integer(work, start, end, type == TYPE_PLAIN_INT64);
  if (status == BAD) return false;
  if (status == NOT_PROVEN) leaveUnproven(work, start, end, data + (<usize>row << 3), FLOAT64);
  else if (status == NULL) {
    clearBit(load<u32>(slot, SLOT_VALIDITY), row);
    store<u32>(slot, load<u32>(slot, SLOT_NULLS) + 1, SLOT_NULLS);
    if (type != TYPE_BOOLEAN) store<u64>(data + (<usize>row << 3), 0);
  } else if (type != TYPE_BOOLEAN) store<u64>(data + (<usize>row << 3), number);
  else if (number != 0) setBit(data, row);
  return true;
}

/** Takes the n fields of the pass lists; false when one does not fit its column. */
export function passFields(work: usize, n: usize): bool {
  const measure = load<u32>(work, MEASURE) != 0;
  for (let i: usize = 0; i < n << 2; i += 4) {
    const start = <usize>load<u32>(work + i, PASS_STARTS) + 17;
    const end = <usize>load<u32>(work + i, PASS_ENDS) + 16;
    const slot = <usize>load<u32>(work + i, PASS_SLOTS);
    const type = load<u32>(slot, SLOT_TYPE);
    const row = load<u32>(slot, SLOT_ROW);
    store<u32>(slot, row + 1, SLOT_ROW);
    if (type == TYPE_SKIP) {
      if (!quotedText(work, start, end)) return false;
    } else if (type == TYPE_UTF8) {
      if (!passText(work, slot, row, start, end)) return false;
    } else if (!measure && !passValue(work, slot, type, row, start, end)) return false;
  }
  return true;
}

/**
 * Writes the texts of a column one after the other at `target`, doubled quotes as one; up to 15 bytes after them are
 * overwritten.
 */
export function copy_text(work: usize, slot: usize, rows: u32, target: usize): void {
  const quote = load<u32>(work, QUOTE);
  const text = <usize>load<u32>(work, TEXT);
  let offsets = <usize>load<u32>(slot, SLOT_DATA);
  let fields = <usize>load<u32>(slot, SLOT_FIELDS);
  let at = load<u32>(offsets);
  for (let row: u32 = 0; row < rows; row++) {
    const next = load<u32>(offsets, 4);
    const field = load<u32>(fields);
    let from = text + <usize>(field & ~FIELD_ESCAPED);
    if (field & FIELD_ESCAPED) {
      for (let to = target + at; to < target + next; to++) {
        const c = load<u8>(from);
        store<u8>(to, c);
        from += 1 + <usize>(c == quote);
      }
    } else {
      for (let to = target + at; to < target + next; to += 16) {
        v128.store(to, v128.load(from));
        from += 16;
      }
    }
    at = next;
    offsets += 4;
    fields += 4;
  }
}
