import { PIECE_UNIT } from '../../src/kernels/long-row.ts';
import type { SoftmaxKernels } from '../../src/kernels/softmax.ts';
import type { Op } from '../../src/ops/op.ts';
import type { KernelMemory } from '../kernels/harness.ts';
import type { Elements } from '../kernels/rows.ts';

export interface Computed {
  /** By result, row and class. */
  values: number[][][];
  sums: number[];
  /** The sums' bits, where they are NaN. */
  reasons: (number | null)[];
}

type Run = (
  memory: KernelMemory,
  kernels: SoftmaxKernels,
  elements: Elements,
  op: Op,
  rows: readonly number[][],
) => Computed;

/** The ways in which kernels meet rows: all of one length, but for `ragged`. */
export const FORMS: Readonly<Record<'rows' | 'columns' | 'ragged' | 'pieces', Run>> = {
  rows: (memory, kernels, elements, op, rows) => {
    const places = placed(memory, elements, rows);
    const { source, targets, sums } = places;
    kernels.compute_rows(op.code, source, targets[0]!, targets[1]!, rows.length, rows[0]!.length, sums);
    return places.read(targets, op);
  },
  columns: (memory, kernels, elements, op, rows) => {
    const classes = rows[0]!.length;
    // Transposed, so that each class is a row of what is placed.
    const columns = Array.from({ length: classes }, (_, index) => rows.map((row) => row[index]!));
    const places = placed(memory, elements, columns, rows.length);
    const { source, targets, sums } = places;
    const stride = rows.length * elements.size;
    kernels.compute_columns(
      ...([op.code, source, stride, targets[0]!, stride, targets[1]!, stride] as const),
      ...([rows.length, classes, sums] as const),
    );
    const { values, ...rest } = places.read(targets, op);
    return { ...rest, values: values.map((result) => rows.map((_, row) => result.map((one) => one[row]!))) };
  },
  ragged: (memory, kernels, elements, op, rows) => {
    const places = placed(memory, elements, rows);
    const { source, targets, sums } = places;
    const offsets = memory.take((rows.length + 1) * 4);
    [0, ...rows.map(({ length }) => length)].reduce((end, length, index) => {
      memory.view.setInt32(offsets + index * 4, end + length, true);
      return end + length;
    }, 0);
    kernels.compute_ragged(op.code, source, targets[0]!, targets[1]!, offsets, 4, rows.length, sums);
    return places.read(targets, op);
  },
  pieces: (memory, kernels, elements, op, rows) => {
    const places = placed(memory, elements, rows);
    const { source, targets, sums, work } = places;
    const { size } = elements;
    rows.forEach((row, index) => {
      const at = rows.slice(0, index).reduce((sum, { length }) => sum + length, 0) * size;
      const eachPiece = (step: (at: number, count: number) => void): void => {
        for (let first = 0; first < row.length; first += PIECE_UNIT)
          step(at + first * size, Math.min(PIECE_UNIT, row.length - first));
      };
      memory.bytes(work + at, row.length * size).set(memory.bytes(source + at, row.length * size));
      kernels.row_begin(op.code, row.length);
      eachPiece((from, count) => kernels.row_extremes(source + from, count));
      if (kernels.row_has_results()) {
        eachPiece((from, count) => kernels.row_exponentials(work + from, count));
        if (kernels.row_needs_others()) eachPiece((from, count) => kernels.row_others(source + from, count));
      }
      eachPiece((from, count) =>
        kernels.row_results(source + from, targets[0]! + from, targets[1]! + from, count),
      );
      kernels.row_end(sums + index * 8);
    });
    return places.read(targets, op);
  },
};

/** Rows one after the other in memory, with room for two results of each, and for `count` sums. */
function placed(
  memory: KernelMemory,
  elements: Elements,
  rows: readonly number[][],
  count = rows.length,
): {
  source: number;
  work: number;
  targets: number[];
  sums: number;
  read(targets: readonly number[], op: Op): Computed;
} {
  memory.release();
  const all = rows.flat();
  const { size } = elements;
  const [source, work, ...targets] = [0, 1, 2, 3].map(() => memory.take(all.length * size + 64)) as [
    number,
    number,
    ...number[],
  ];
  const sums = memory.take(count * 8);
  all.forEach((value, index) => {
    elements.set(memory, source + index * size, value);
  });
  const read = (targetsOf: readonly number[], op: Op): Computed => {
    const values = op.results.map((_, result) => {
      let at = targetsOf[result]!;
      return rows.map((row) =>
        row.map(() => {
          const value = elements.get(memory, at);
          at += size;
          return value;
        }),
      );
    });
    const found = [...memory.doubles(sums, count)];
    const reasons = found.map((sum, row) =>
      Number.isNaN(sum) ? Number(memory.words(sums, count)[row]! & 0xffn) : null,
    );
    return { values, sums: found, reasons };
  };
  return { source, work, targets, sums, read };
}
