// Statistics in every form. `size` is the bytes of a logit; halves become float32 in the scratch, a tile at a time.
import { FEW, gather, rowsOfTile } from '../float32/few-classes';
import { scratch } from '../float32/setup';
import { widen } from '../float16/widen';
import { lengthAt, runOf } from '../ragged';
import { addExtremes64, addSums64, beginSlice64, endSlice64 } from './float64';
import { statisticsOfColumns32 } from './columns-float32';
import { addExtremes32, addSums32, beginSlice32, beginSums32, endSlice32 } from './row-float32';
import { STATISTICS } from './statistics';

// Of the scratch: a block of exponentials, then tiles of 16 KiB: logits of halves, and columns of few classes.
const WIDE: usize = 1024;
const TILE: usize = 16384;
const COLUMNS: usize = WIDE + TILE;
/** Logits of a tile of halves: whole blocks. */
const WIDENED: usize = 4096;

// @ts-ignore: decorator
@inline
function area(at: usize): usize {
  // Memory is shared: writing to a scratch that nobody gave would disturb others.
  if (scratch == 0) unreachable();
  return scratch + at;
}

let isFirstSum: bool = false;

export function beginSlice(size: i32): void {
  isFirstSum = true;
  if (size == 8) beginSlice64();
  else beginSlice32();
}

export function addExtremes(size: i32, source: usize, count: usize): void {
  if (size == 8) addExtremes64(source, 8, count);
  else if (size == 4) addExtremes32(source, count);
  else
    for (let i: usize = 0; i < count; i += WIDENED) {
      const length = min(WIDENED, count - i);
      widen(source + (i << 1), area(WIDE), length);
      addExtremes32(area(WIDE), length);
    }
}

export function addSums(size: i32, source: usize, count: usize): void {
  if (size == 8) return addSums64(source, 8, count);
  if (isFirstSum) beginSums32(area(0));
  isFirstSum = false;
  if (size == 4) return addSums32(source, count, area(0));
  for (let i: usize = 0; i < count; i += WIDENED) {
    const length = min(WIDENED, count - i);
    widen(source + (i << 1), area(WIDE), length);
    addSums32(area(WIDE), length, area(0));
  }
}

export function endSlice(size: i32, out: usize): void {
  if (size == 8) endSlice64(out);
  else endSlice32(out);
}

export function statisticsOfRows(size: i32, source: usize, rows: usize, classes: usize, out: usize): void {
  if (size != 8 && classes <= FEW) return fewClasses(size, source, rows, classes, out);
  for (let row: usize = 0; row < rows; row++, source += classes * size, out += STATISTICS) {
    beginSlice(size);
    addExtremes(size, source, classes);
    addSums(size, source, classes);
    endSlice(size, out);
  }
}

/** A tile of rows at a time becomes columns. */
function fewClasses(size: i32, source: usize, rows: usize, classes: usize, out: usize): void {
  if (classes == 0) return statisticsOfColumns32(source, 0, rows, 0, out, area(0));
  const most = rowsOfTile(classes), stride = most << 2;
  for (let row: usize = 0; row < rows; row += most) {
    const height = min(rows - row, most);
    let from = source + row * classes * size;
    if (size == 2) {
      widen(from, area(WIDE), height * classes);
      from = area(WIDE);
    }
    gather(from, height, classes, area(COLUMNS), stride);
    statisticsOfColumns32(area(COLUMNS), stride, height, classes, out + row * STATISTICS, area(0));
  }
}

export function statisticsOfColumns(size: i32, source: usize, stride: usize, rows: usize, classes: usize, out: usize): void {
  if (size == 4) return statisticsOfColumns32(source, stride, rows, classes, out, area(0));
  if (size == 2) return halfColumns(source, stride, rows, classes, out);
  for (let row: usize = 0; row < rows; row++, source += 8, out += STATISTICS) {
    beginSlice64();
    addExtremes64(source, stride, classes);
    addSums64(source, stride, classes);
    endSlice64(out);
  }
}

/** Four rows at a time where classes are many; a slice of more than a tile's is taken as a row, in pieces. */
function halfColumns(source: usize, stride: usize, rows: usize, classes: usize, out: usize): void {
  const tile = area(WIDE), most: usize = TILE >> 4;
  if (classes <= most) {
    const height = max<usize>(4, (TILE / (max<usize>(classes, 1) << 2)) & ~3), width = height << 2;
    for (let row: usize = 0; row < rows; row += height) {
      const count = min(rows - row, height);
      for (let i: usize = 0; i < classes; i++) widen(source + i * stride + (row << 1), tile + i * width, count);
      statisticsOfColumns32(tile, width, count, classes, out + row * STATISTICS, area(0));
    }
    return;
  }
  for (let row: usize = 0; row < rows; row++, source += 2, out += STATISTICS) {
    beginSlice32();
    for (let i: usize = 0; i < classes; i += WIDENED) addExtremes32(tile, gatherHalves(source + i * stride, stride, min(WIDENED, classes - i), tile));
    beginSums32(area(0));
    for (let i: usize = 0; i < classes; i += WIDENED)
      addSums32(tile, gatherHalves(source + i * stride, stride, min(WIDENED, classes - i), tile), area(0));
    endSlice32(out);
  }
}

function gatherHalves(source: usize, stride: usize, count: usize, tile: usize): usize {
  for (let i: usize = 0; i < count; i++, source += stride) widen(source, tile + (i << 2), 1);
  return count;
}

export function statisticsOfRagged(size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, out: usize): void {
  for (let row: usize = 0; row < rows; ) {
    const run = runOf(offsets, offsetBytes, row, rows), classes = lengthAt(offsets, offsetBytes, row);
    statisticsOfRows(size, source, run, classes, out);
    source += run * classes * size;
    out += run * STATISTICS;
    row += run;
  }
}
