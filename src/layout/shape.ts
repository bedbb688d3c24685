import { LogitmillError } from '../errors.ts';
import { OPS } from '../ops/ops.ts';
import type { OpName } from '../options/types.ts';
import type { Logits } from './logits.ts';

/**
 * One row of logits seen from the dimension that sums to one: `outer` x `length` x `inner` values, of which the
 * `length` at a stride of `inner` belong together. A wide table and a plain list are 1 x classes x 1.
 */
export interface Reduction {
  outer: number;
  /** Null for variable-length lists. */
  length: number | null;
  inner: number;
  /** Set when the dimension is the file's rows: then a row is 1 x 1 x all its values. */
  overRows: boolean;
}

/** What to do with variable-length lists that are all of one length: their type does not say it, and metadata are all that a plan sees. */
export const TO_FIXED_SIZE =
  'fixed-size lists, if all rows have one length N (cast to pa.list_(TYPE, N) in pyarrow, list.to_array(N) in Polars)';

/**
 * The dimension that --dim names: 0 is the rows, 1 and further the dimensions inside a row, negative from the end. To an
 * op without sums all are the same: it goes row by row, whichever is named.
 * @throws LogitmillError DIM_OUT_OF_RANGE
 */
export function reductionOf(
  logits: Logits,
  { dim, op }: { dim: number; op?: OpName | undefined },
  file: string,
): Reduction {
  const dimensions = 1 + (logits.shape?.length ?? 1);
  const index = dim < 0 ? dim + dimensions : dim;
  if (index < 0 || index >= dimensions) {
    throw new LogitmillError(
      'DIM_OUT_OF_RANGE',
      `--dim ${dim} is out of range: the logits have ${dimensions} dimensions, so it goes from ${-dimensions} to ${dimensions - 1}`,
      { file },
    );
  }
  if (op && OPS[op].sums === 'nothing') return overLast(logits);
  if (index === 0 && !logits.shape) {
    throw new LogitmillError(
      'UNSUPPORTED_OPTION',
      '--dim 0 needs rows of one length, and these are variable-length lists',
      { file, hint: TO_FIXED_SIZE },
    );
  }
  if (!logits.shape) return { outer: 1, length: null, inner: 1, overRows: false };
  if (index === 0) return { outer: 1, length: 1, inner: product(logits.shape), overRows: true };
  return {
    outer: product(logits.shape.slice(0, index - 1)),
    length: logits.shape[index - 1],
    inner: product(logits.shape.slice(index)),
    overRows: false,
  };
}

function overLast({ shape }: Logits): Reduction {
  if (!shape) return { outer: 1, length: null, inner: 1, overRows: false };
  return { outer: product(shape.slice(0, -1)), length: shape.at(-1) ?? 1, inner: 1, overRows: false };
}

const product = (sizes: readonly number[]): number => sizes.reduce((left, right) => left * right, 1);

/** Values in one row; null for variable-length lists. */
export function valuesPerRow(logits: Logits): number | null {
  return logits.shape?.reduce((left, right) => left * right, 1) ?? null;
}

/** Sizes of the lists in lists that hold a row: the shape's, or of one list where an extension type stores it flat. */
export function storedListSizes(shape: readonly number[], levels: number): readonly number[] {
  return levels === shape.length ? shape : [shape.reduce((left, right) => left * right, 1)];
}

/** Sums in one row. */
export function slicesPerRow(reduction: Reduction): number {
  return reduction.overRows ? 0 : reduction.outer * reduction.inner;
}

/** Values in a block of rows, as far as its rows allow: so many that merging blocks costs next to nothing. */
const BLOCK_VALUES = 2 ** 24;
const MOST_BLOCK_ROWS = 4096;
const LEAST_BLOCK_ROWS = 16;

/** Rows of a block of dim 0: it depends on the width alone, so that results depend on nothing else. */
export function blockRows(width: number): number {
  const fitting = 2 ** Math.floor(Math.log2(BLOCK_VALUES / Math.max(1, width)));
  return Math.min(MOST_BLOCK_ROWS, Math.max(LEAST_BLOCK_ROWS, fitting));
}
