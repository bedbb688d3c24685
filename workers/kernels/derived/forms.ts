// Where the next slice of a form lies: rows, columns and ragged rows differ in nothing else.
import { lengthAt } from '../ragged';

let source: usize = 0;
let step: usize = 0;
let offsets: usize = 0;
let offsetBytes: i32 = 0;
let size: usize = 0;
let row: usize = 0;

/** Of the slice at hand. */
export let first: usize = 0;
export let stride: usize = 0;
export let classes: usize = 0;

export function overRows(bytes: i32, from: usize, width: usize): void {
  size = bytes;
  first = from;
  source = from;
  stride = size;
  classes = width;
  step = width * size;
  offsetBytes = 0;
}

export function overColumns(bytes: i32, from: usize, apart: usize, width: usize): void {
  size = bytes;
  first = from;
  source = from;
  stride = apart;
  classes = width;
  step = size;
  offsetBytes = 0;
}

export function overRagged(bytes: i32, from: usize, list: usize, listBytes: i32): void {
  size = bytes;
  first = from;
  stride = size;
  offsets = list;
  offsetBytes = listBytes;
  row = 0;
  classes = lengthAt(offsets, offsetBytes, 0);
}

/** To the next slice, which there has to be. */
export function next(): void {
  if (offsetBytes == 0) {
    first += step;
    return;
  }
  first += classes * size;
  row++;
  classes = lengthAt(offsets, offsetBytes, row);
}
