import type { LogitKernel } from './slice-kernel.ts';

export const argmax: LogitKernel = {
  from: 'logits',
  rows: ({ kernels, size }, source, slices, classes, out) =>
    kernels.argmax_rows(size, source, slices, classes, out),
  columns: ({ kernels, size }, source, stride, slices, classes, out) =>
    kernels.argmax_columns(size, source, stride, slices, classes, out),
  ragged: ({ kernels, size }, source, offsets, offsetBytes, rows, out) =>
    kernels.argmax_ragged(size, source, offsets, offsetBytes, rows, out),
  begin: ({ kernels }) => kernels.argmax_begin(),
  piece: ({ kernels, size }, source, count) => kernels.argmax_piece(size, source, count),
  end: ({ kernels }, out) => kernels.argmax_end(out),
};
