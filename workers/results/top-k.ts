import type { LogitKernel } from './slice-kernel.ts';

/** Its values are those of `length` classes a slice. */
export const topkIds: LogitKernel = {
  from: 'logits',
  rows: ({ kernels, size, length, work }, source, slices, classes, out) =>
    kernels.topk_rows(size, source, slices, classes, length, work, out),
  columns: ({ kernels, size, length, work }, source, stride, slices, classes, out) =>
    kernels.topk_columns(size, source, stride, slices, classes, length, work, out),
  ragged: ({ kernels, size, length, work }, source, offsets, offsetBytes, rows, out) =>
    kernels.topk_ragged(size, source, offsets, offsetBytes, rows, length, work, out),
  begin: ({ kernels, length, work }) => kernels.topk_begin(length, work),
  piece: ({ kernels, size }, source, count) => kernels.topk_piece(size, source, count),
  end: ({ kernels }, out) => kernels.topk_end(out),
};
