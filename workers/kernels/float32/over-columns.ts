// dim 0: both passes over some rows, tile after tile, row-major or column by column.
import {
  addStored, addStoredLogs, differenceOf, isSpoilt, logProbabilitiesOf, probabilitiesOf, spoil,
} from './column-apply';
import { foldColumns } from './column-fold';
import {
  ARRAY, TILE_BYTES, TILE_COLUMNS, TILE_ROWS, gatherColumns, gatherRows, scatterColumns, scatterRows,
} from './column-tiles';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { arrayBytes } from '../reduction/arrays';

// Of the scratch: tiles of logits (and log-probabilities in their place) and of probabilities, and a spare vector.
const SECOND: usize = TILE_BYTES;
const SPARE: usize = 2 * TILE_BYTES;

// Where a tile of a layout begins. In rows, element (row, column) lies at row * stride + column * 4; in columns, at
// column * stride + row * 4.
// @ts-ignore: decorator
@inline
function tileAt(inColumns: bool, base: usize, stride: usize, row: usize, column: usize): usize {
  return inColumns ? base + column * stride + (row << 2) : base + row * stride + (column << 2);
}
// @ts-ignore: decorator
@inline
function gather(
  inColumns: bool, base: usize, stride: usize, row: usize, rows: usize, column: usize, columns: usize, tile: usize,
): void {
  const from = tileAt(inColumns, base, stride, row, column);
  if (inColumns) gatherColumns(from, stride, rows, columns, tile);
  else gatherRows(from, stride, rows, columns, tile);
}
// @ts-ignore: decorator
@inline
function scatter(
  inColumns: bool, tile: usize, row: usize, rows: usize, column: usize, columns: usize, base: usize, stride: usize,
): void {
  const to = tileAt(inColumns, base, stride, row, column);
  if (inColumns) scatterColumns(tile, rows, columns, to, stride);
  else scatterRows(tile, rows, columns, to, stride);
}

export function foldTiles(
  inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, state: usize, inverse: f64, scratch: usize,
): void {
  const bytes = arrayBytes(columns);
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const height = min(TILE_ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, columns - column);
      gather(inColumns, source, stride, row, height, column, width, scratch);
      for (let i: usize = 0, tile = scratch; i < width; i += 4, tile += ARRAY)
        foldColumns(tile, height, state + ((column + i) << 3), bytes, inverse, scratch + SPARE);
    }
  }
}

export function applyTiles(
  op: i32, inColumns: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, rows: usize, columns: usize, parameters: usize, sums: usize, inverse: f64, scratch: usize,
): f64 {
  const bytes = arrayBytes(columns), logs = op == BOTH ? logTarget : target, logsStride = op == BOTH ? logStride : targetStride;
  let difference: f32 = 0;
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const height = min(TILE_ROWS, rows - row), length = height << 4;
    for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, columns - column);
      gather(inColumns, source, sourceStride, row, height, column, width, scratch);
      for (let i: usize = 0, first = scratch; i < width; i += 4, first += ARRAY) {
        const second = first + SECOND, at = parameters + ((column + i) << 3), sum = sums + ((column + i) << 3),
          spoilt = isSpoilt(at, bytes);
        if (op != LOG_SOFTMAX) {
          probabilitiesOf(first, second, length, at, bytes, inverse);
          if (spoilt) spoil(second, length, at, bytes);
          addStored(second, length, sum);
        }
        if (op != SOFTMAX) {
          logProbabilitiesOf(first, first, length, at, bytes, inverse);
          if (spoilt) spoil(first, length, at, bytes);
          if (op == LOG_SOFTMAX) addStoredLogs(first, length, sum, bytes);
          // NaN is larger than nothing: it does not count.
          else difference = max(difference, differenceOf(second, first, length, width - i));
        }
      }
      if (op != LOG_SOFTMAX) scatter(inColumns, scratch + SECOND, row, height, column, width, target, targetStride);
      if (op != SOFTMAX) scatter(inColumns, scratch, row, height, column, width, logs, logsStride);
    }
  }
  return <f64>difference;
}

/** The sums of stored results, as `applyTiles` adds them up. */
export function addTiles(
  ofLogs: bool, inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, sums: usize, scratch: usize,
): void {
  const bytes = arrayBytes(columns);
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const height = min(TILE_ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, columns - column);
      gather(inColumns, source, stride, row, height, column, width, scratch);
      for (let i: usize = 0, tile = scratch; i < width; i += 4, tile += ARRAY) {
        const sum = sums + ((column + i) << 3);
        if (ofLogs) addStoredLogs(tile, height << 4, sum, bytes);
        else addStored(tile, height << 4, sum);
      }
    }
  }
}
