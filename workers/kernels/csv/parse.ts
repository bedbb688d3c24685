// The walk over the rows of a piece of text, tile by tile: index, shape, whose field, values.
import { indexTile, newlines } from './delimiters';
import {
  ALL_LOGITS,
  COLUMN,
  COLUMNS,
  CURSOR,
  DONE,
  END,
  ENDS,
  INDEX,
  INDEX_STARTS,
  INSIDE,
  MALFORMED,
  MEASURE,
  PREVIOUS,
  RESOLVE,
  ROWS_DONE,
  ROW_LIMIT,
  SEGMENT_LEFT,
  STARTS,
  TILE,
  UNPROVEN,
} from './layout';
import { logitFields } from './numbers';
import { passFields } from './pass';
import { carriageReturns, checkRows, distribute, dropBlankLines, fields, newlinesAmong, passedFields, rows } from './rows';
import * as lists from './rows';

/**
 * Parses rows from CURSOR until ROW_LIMIT rows are done or the text is at its END.
 * @returns DONE, RESOLVE (resolve the unproven numbers and call again) or MALFORMED
 */
export function parse_rows(work: usize): u32 {
  const columns = load<u32>(work, COLUMNS);
  const end = <usize>load<u32>(work, END);
  const index = work + INDEX;
  let cursor = <usize>load<u32>(work, CURSOR);
  while (cursor < end && load<u32>(work, ROWS_DONE) < load<u32>(work, ROW_LIMIT)) {
    const tileEnd = min(cursor + TILE, end);
    store<u32>(index - 4, load<u32>(work, PREVIOUS) - 16);
    let n = indexTile(work, cursor, tileEnd, index);
    cursor = tileEnd;
    if (n != 0) {
      const previous = load<u32>(index + ((n - 1) << 2)) + 16;
      let starts = index - 4, straight = true;
      if (!checkRows(work, index, n, newlines)) {
        if (columns == 1) return MALFORMED;
        n = dropBlankLines(work, n);
        if (!checkRows(work, index, n, newlinesAmong(index, n))) return MALFORMED;
        starts = work + INDEX_STARTS;
        straight = false;
      }
      store<u32>(work, previous, PREVIOUS);
      const found = rows;
      if (fields < n) {
        // The limit of rows: the tile ends with the last of them.
        n = fields;
        const last = load<u32>(index + ((n - 1) << 2)) + 16;
        cursor = last + 1;
        store<u32>(work, last, PREVIOUS);
        store<u32>(work, 0, INSIDE);
      }
      if (!takeFields(work, starts, index, n, straight)) return MALFORMED;
      store<u32>(work, load<u32>(work, ROWS_DONE) + found, ROWS_DONE);
      const column = (load<u32>(work, COLUMN) + <u32>n) % columns;
      store<u32>(work, column, COLUMN);
      if (load<u32>(work, ALL_LOGITS)) store<u32>(work, columns - column, SEGMENT_LEFT);
    }
    store<u32>(work, cursor, CURSOR);
    if (load<u32>(work, UNPROVEN)) return RESOLVE;
  }
  return DONE;
}

@inline
function takeFields(work: usize, starts: usize, ends: usize, n: usize, straight: bool): bool {
  const measure = load<u32>(work, MEASURE) != 0;
  if (straight && !carriageReturns && load<u32>(work, ALL_LOGITS)) {
    return measure || logitFields(work, starts, ends, n);
  }
  distribute(work, starts, ends, n);
  if (passedFields && !passFields(work, passedFields)) return false;
  return measure || logitFields(work, work + STARTS, work + ENDS, lists.logitFields);
}
