// derived.wasm: see DerivedKernels in src/kernels/derived.ts. `size` is the bytes of a logit.
import { addArgmax, beginArgmax, endArgmax } from './derived/argmax';
import { argmaxOfColumns } from './derived/argmax-columns';
import { lengthAt } from './ragged';

export function argmax_rows(size: i32, source: usize, rows: usize, classes: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, source += classes * size, out += 4) {
    beginArgmax();
    argmax_piece(size, source, classes);
    argmax_end(out);
  }
}

export function argmax_ragged(size: i32, source: usize, offsets: usize, offsetBytes: i32, rows: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++, out += 4) {
    const classes = lengthAt(offsets, offsetBytes, row);
    argmax_rows(size, source, 1, classes, out);
    source += classes * size;
  }
}

export function argmax_columns(size: i32, source: usize, stride: usize, rows: usize, classes: usize, out: usize): void {
  if (size == 2) argmaxOfColumns<u16>(source, stride, rows, classes, out);
  else if (size == 4) argmaxOfColumns<f32>(source, stride, rows, classes, out);
  else argmaxOfColumns<f64>(source, stride, rows, classes, out);
}

export function argmax_begin(): void {
  beginArgmax();
}

export function argmax_piece(size: i32, source: usize, count: usize): void {
  if (size == 2) addArgmax<u16>(source, count);
  else if (size == 4) addArgmax<f32>(source, count);
  else addArgmax<f64>(source, count);
}

export function argmax_end(out: usize): void {
  store<i32>(out, endArgmax());
}
