// Between the delimiters and the values: does the text have the shape of a table, and which field is whose.
import {
  COLUMN,
  COLUMNS,
  ENDS,
  HAS_QUOTES,
  INDEX,
  INDEX_STARTS,
  KIND_LOGITS,
  KIND_PASS,
  PASS_ENDS,
  PASS_SLOTS,
  PASS_STARTS,
  RETURNS,
  ROWS_DONE,
  ROW_LIMIT,
  SEGMENT,
  SEGMENTS,
  SEGMENTS_END,
  SEGMENT_BYTES,
  SEGMENT_COLUMNS,
  SEGMENT_KIND,
  SEGMENT_LEFT,
  SEGMENT_SLOT,
  STARTS,
} from './layout';

/** What the last call of `checkRows` found. */
export let rows: u32 = 0;
/** Fields of those rows, and of the row after them as far as the tile has it. */
export let fields: usize = 0;
/** Whether a row ends with a carriage return. */
export let carriageReturns: bool = false;

/**
 * Whether every newline among the n delimiters at `ends` ends a row and every row ends with one, `newlines` being
 * their number. Stops at the parser's limit of rows.
 */
export function checkRows(work: usize, ends: usize, n: usize, newlines: u32): bool {
  const columns = <usize>load<u32>(work, COLUMNS);
  const limit = load<u32>(work, ROW_LIMIT) - load<u32>(work, ROWS_DONE);
  let found: u32 = 0, returns: u32 = 0;
  let last = ends + ((columns - 1 - load<u32>(work, COLUMN)) << 2);
  const stop = ends + (n << 2);
  fields = n;
  while (last < stop) {
    const newline = <usize>load<u32>(last) + 16;
    if (load<u8>(newline) != 10) return false;
    returns |= u32(load<u8>(newline - 1) == 13);
    found++;
    if (found == limit) {
      fields = ((last - ends) >> 2) + 1;
      break;
    }
    last += columns << 2;
  }
  rows = found;
  carriageReturns = returns != 0;
  return found == (fields == n ? newlines : newlinesAmong(ends, fields));
}

/** The newlines among n delimiters. */
export function newlinesAmong(ends: usize, n: usize): u32 {
  let count: u32 = 0;
  for (let i: usize = 0; i < n; i++) count += u32(load<u8>(<usize>load<u32>(ends + (i << 2)), 16) == 10);
  return count;
}

/**
 * Takes blank lines out of the index: what is left stands in ENDS' place (INDEX) again, and where each field starts
 * in INDEX_STARTS.
 * @returns the number of delimiters left
 */
export function dropBlankLines(work: usize, n: usize): usize {
  const ends = work + INDEX, starts = work + INDEX_STARTS;
  let kept: usize = 0;
  let previous = <usize>load<u32>(ends - 4);
  let atRowStart = load<u32>(work, COLUMN) == 0;
  const twice = load<u32>(work, RETURNS) == 2;
  for (let i: usize = 0; i < n; i++) {
    const end = <usize>load<u32>(ends + (i << 2));
    const isNewline = load<u8>(end, 16) == 10;
    const length = end - previous - 1;
    const blank = atRowStart && isNewline && (length == 0 || (length == 1 && load<u8>(end, 15) == 13) || (twice && length == 2 && load<u16>(end, 14) == 0x0d0d));
    if (!blank) {
      store<u32>(starts + (kept << 2), previous);
      store<u32>(ends + (kept << 2), end);
      kept++;
    }
    atRowStart = isNewline;
    previous = end;
  }
  return kept;
}

/** What the last call of `distribute` put into the lists. */
export let logitFields: usize = 0;
export let passedFields: usize = 0;

/** The fields' starts and ends go to the lists of the logits or of the columns that pass through; carriage returns before a newline are left out. */
export function distribute(work: usize, starts: usize, ends: usize, n: usize): void {
  const firstSegment = <usize>load<u32>(work, SEGMENTS), lastSegment = <usize>load<u32>(work, SEGMENTS_END);
  const quoted = load<u32>(work, HAS_QUOTES) != 0;
  let segment = <usize>load<u32>(work, SEGMENT), left = <usize>load<u32>(work, SEGMENT_LEFT);
  let logits: usize = 0, passed: usize = 0, i: usize = 0;
  while (i < n) {
    const m = min(left, n - i);
    const kind = load<u32>(segment, SEGMENT_KIND);
    let listed: usize = 0;
    if (kind == KIND_LOGITS) {
      const from = i << 2, to = work + (logits << 2);
      // Up to three entries too many are copied; the next ones overwrite them.
      for (let k: usize = 0; k < m << 2; k += 16) {
        v128.store(to + k, v128.load(starts + from + k), STARTS);
        v128.store(to + k, v128.load(ends + from + k), ENDS);
      }
      logits += m;
      listed = work + ENDS + ((logits - 1) << 2);
    } else if (kind == KIND_PASS || quoted) {
      const slot = load<u32>(segment, SEGMENT_SLOT);
      for (let k: usize = 0; k < m; k++) {
        const to = work + ((passed + k) << 2);
        store<u32>(to, load<u32>(starts + ((i + k) << 2)), PASS_STARTS);
        store<u32>(to, load<u32>(ends + ((i + k) << 2)), PASS_ENDS);
        store<u32>(to, slot, PASS_SLOTS);
      }
      passed += m;
      listed = work + PASS_ENDS + ((passed - 1) << 2);
    }
    i += m;
    left -= m;
    if (left == 0) {
      segment += SEGMENT_BYTES;
      if (segment == lastSegment) {
        segment = firstSegment;
        if (listed) {
          const start = <usize>load<u32>(starts + ((i - 1) << 2));
          let end = <usize>load<u32>(listed);
          for (let returns = load<u32>(work, RETURNS); returns && load<u8>(end, 15) == 13 && end - start > 1; returns--) end--;
          store<u32>(listed, end);
        }
      }
      left = load<u32>(segment, SEGMENT_COLUMNS);
    }
  }
  store<u32>(work, segment, SEGMENT);
  store<u32>(work, left, SEGMENT_LEFT);
  logitFields = logits;
  passedFields = passed;
}
