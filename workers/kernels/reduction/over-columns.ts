// dim 0 in float32: both passes over some rows, tile after tile, row-major or column by column. The stored values are
// float32, or halves (T is u16), which a tile holds as float32 and which are rounded before they are added up.
import { gatherHalfColumns, gatherHalfRows, scatterHalfColumns, scatterHalfRows } from '../float16/column-tiles';
import { roundColumn } from '../float16/round';
import {
  addStored, addStoredLogs, isSpoilt, largestDifference, logProbabilitiesOf, probabilitiesOf, spoil,
} from '../float32/column-apply';
import { foldColumns } from '../float32/column-fold';
import {
  ARRAY, TILE_BYTES, TILE_COLUMNS, TILE_ROWS, gatherColumns, gatherRows, scatterColumns, scatterRows,
} from '../float32/column-tiles';
import { smallestNormalNumber } from '../float32/results';
import { inverse, scratch } from '../float32/setup';
import { BOTH, LOG_SOFTMAX, SOFTMAX } from '../ops';
import { arrayBytes } from './arrays';

// Of the scratch: tiles of logits (and log-probabilities in their place) and of probabilities, and a spare vector.
const SECOND: usize = TILE_BYTES;
const SPARE: usize = 2 * TILE_BYTES;

/** 2^-14 */
const SMALLEST_NORMAL_HALF: f32 = 0.00006103515625;

// Where a tile of a layout begins. In rows, element (row, column) lies at row * stride + column * size; in columns, at
// column * stride + row * size.
// @ts-ignore: decorator
@inline
function tileAt<T>(inColumns: bool, base: usize, stride: usize, row: usize, column: usize): usize {
  return inColumns ? base + column * stride + row * sizeof<T>() : base + row * stride + column * sizeof<T>();
}
// @ts-ignore: decorator
@inline
function gather<T>(
  inColumns: bool, base: usize, stride: usize, row: usize, rows: usize, column: usize, columns: usize, tile: usize,
): void {
  const from = tileAt<T>(inColumns, base, stride, row, column);
  if (sizeof<T>() == 2) {
    if (inColumns) gatherHalfColumns(from, stride, rows, columns, tile);
    else gatherHalfRows(from, stride, rows, columns, tile);
  } else if (inColumns) gatherColumns(from, stride, rows, columns, tile);
  else gatherRows(from, stride, rows, columns, tile);
}
// @ts-ignore: decorator
@inline
function scatter<T>(
  inColumns: bool, tile: usize, row: usize, rows: usize, column: usize, columns: usize, base: usize, stride: usize,
): void {
  const to = tileAt<T>(inColumns, base, stride, row, column);
  if (sizeof<T>() == 2) {
    if (inColumns) scatterHalfColumns(tile, rows, columns, to, stride);
    else scatterHalfRows(tile, rows, columns, to, stride);
  } else if (inColumns) scatterColumns(tile, rows, columns, to, stride);
  else scatterRows(tile, rows, columns, to, stride);
}

export function foldTiles<T>(
  inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, state: usize,
): void {
  // Memory is shared: writing to a scratch that nobody gave would disturb others.
  if (scratch == 0) unreachable();
  const bytes = arrayBytes(columns);
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const height = min(TILE_ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, columns - column);
      gather<T>(inColumns, source, stride, row, height, column, width, scratch);
      for (let i: usize = 0, tile = scratch; i < width; i += 4, tile += ARRAY)
        foldColumns(tile, height, state + ((column + i) << 3), bytes, inverse, scratch + SPARE);
    }
  }
}

export function applyTiles<T>(
  op: i32, inColumns: bool, source: usize, sourceStride: usize, target: usize, targetStride: usize, logTarget: usize,
  logStride: usize, rows: usize, columns: usize, parameters: usize, sums: usize,
): f64 {
  if (scratch == 0) unreachable();
  const bytes = arrayBytes(columns), logs = op == BOTH ? logTarget : target, logsStride = op == BOTH ? logStride : targetStride;
  const normal = sizeof<T>() == 2 ? f32x4.splat(SMALLEST_NORMAL_HALF) : smallestNormalNumber();
  let difference: f32 = 0;
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const height = min(TILE_ROWS, rows - row), length = height << 4;
    for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, columns - column);
      gather<T>(inColumns, source, sourceStride, row, height, column, width, scratch);
      for (let i: usize = 0, first = scratch; i < width; i += 4, first += ARRAY) {
        const second = first + SECOND, at = parameters + ((column + i) << 3), sum = sums + ((column + i) << 3),
          spoilt = isSpoilt(at, bytes);
        if (op != LOG_SOFTMAX) {
          probabilitiesOf(first, second, length, at, bytes, inverse);
          if (sizeof<T>() == 2) roundColumn(second, height << 2);
          if (spoilt) spoil(second, length, at, bytes);
          addStored(second, length, sum);
        }
        if (op != SOFTMAX) {
          logProbabilitiesOf(first, first, length, at, bytes, inverse);
          if (sizeof<T>() == 2) roundColumn(first, height << 2);
          if (spoilt) spoil(first, length, at, bytes);
          if (op == LOG_SOFTMAX) addStoredLogs(first, length, sum, bytes);
          // NaN is larger than nothing: it does not count.
          else difference = max(difference, largestDifference(second, first, length, width - i, normal));
        }
      }
      if (op != LOG_SOFTMAX) scatter<T>(inColumns, scratch + SECOND, row, height, column, width, target, targetStride);
      if (op != SOFTMAX) scatter<T>(inColumns, scratch, row, height, column, width, logs, logsStride);
    }
  }
  return <f64>difference;
}

/** The sums of stored results, as `applyTiles` adds them up. */
export function addTiles<T>(
  ofLogs: bool, inColumns: bool, source: usize, stride: usize, rows: usize, columns: usize, sums: usize,
): void {
  if (scratch == 0) unreachable();
  const bytes = arrayBytes(columns);
  for (let row: usize = 0; row < rows; row += TILE_ROWS) {
    const height = min(TILE_ROWS, rows - row);
    for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, columns - column);
      gather<T>(inColumns, source, stride, row, height, column, width, scratch);
      for (let i: usize = 0, tile = scratch; i < width; i += 4, tile += ARRAY) {
        const sum = sums + ((column + i) << 3);
        if (ofLogs) addStoredLogs(tile, height << 4, sum, bytes);
        else addStored(tile, height << 4, sum);
      }
    }
  }
}
