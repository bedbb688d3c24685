import { INVALID_REASONS } from '../kernels/softmax.ts';
import { type InvalidRow, MOST_INVALID_ROWS } from '../tasks/results.ts';
import { columnArrayBytes, REASON_ARRAY } from './arrays.ts';

/** The sums of all columns of a job with dim 0, compared with 1. */
export interface ColumnSums {
  columns: number;
  /** Columns of nulls alone. */
  nullColumns: number;
  invalidColumns: number;
  /** Which ones: set. */
  isInvalid: Uint8Array;
  firstInvalid: InvalidRow[];
  maxDeviation: number;
  /** -1: no column has a finite sum. */
  worstColumn: number;
  tolerance: number;
  /** All of them, or the worst. */
  listed: ColumnSum[];
}

export interface ColumnSum {
  /** Index of the column. */
  row: number;
  column?: string;
  /** NaN when the column has no finite sum. */
  sum: number;
}

/** Of INVALID_REASONS. */
const REASON_NAN = 1;
const REASON_RANGE = 4;

/** All columns are listed up to here … */
const MOST_LISTED = 4096;
/** … and of more, so many. */
const WORST_LISTED = 100;

/**
 * @param parameters say why a column is invalid; without them, its sum does
 * @param unseen columns without any element; with `rows` 0 that is all of them, and then they are valid
 */
export function checkColumns(
  sums: Float64Array,
  parameters: SharedArrayBuffer | null,
  unseen: ReadonlySet<number>,
  options: {
    rows: number;
    tolerance: number;
    nameOf: (column: number) => string | null;
    /** Columns with a stored value that no result can be. */
    outside?: ReadonlySet<number>;
  },
): ColumnSums {
  const { rows, tolerance, nameOf, outside } = options;
  const width = sums.length;
  const reasons = parameters && new BigInt64Array(parameters, REASON_ARRAY * columnArrayBytes(width), width);
  const nullColumns = rows === 0 ? 0 : unseen.size;
  const named = (row: number): { row: number; column?: string } => {
    const column = nameOf(row);
    return column === null ? { row } : { row, column };
  };
  const result: ColumnSums = {
    columns: width,
    nullColumns,
    invalidColumns: 0,
    isInvalid: new Uint8Array(width),
    firstInvalid: [],
    maxDeviation: 0,
    worstColumn: -1,
    tolerance,
    listed: [],
  };
  const shown = new Float64Array(width);
  for (let column = 0; column < width; column++) {
    const isEmpty = rows === 0 || unseen.has(column);
    const found = reasons?.[column] ?? (Number.isNaN(sums[column]) ? REASON_NAN : 0);
    const reason = isEmpty ? 0 : Number(found) || (outside?.has(column) ? REASON_RANGE : 0);
    const sum = reason !== 0 || (isEmpty && rows > 0) ? Number.NaN : sums[column];
    shown[column] = sum;
    if (isEmpty) continue;
    const deviation = Math.abs(sum - 1);
    if (Number.isFinite(sum) && (result.worstColumn < 0 || deviation > result.maxDeviation)) {
      result.maxDeviation = deviation;
      result.worstColumn = column;
    }
    if (deviation <= tolerance) continue;
    result.invalidColumns++;
    result.isInvalid[column] = 1;
    if (result.firstInvalid.length < MOST_INVALID_ROWS) {
      const why = reason === 0 ? 'sum' : INVALID_REASONS[reason as keyof typeof INVALID_REASONS];
      result.firstInvalid.push({ ...named(column), sum, reason: why });
    }
  }
  const columns = width <= MOST_LISTED ? shown.keys() : worst(shown, unseen);
  result.listed = Array.from(columns, (column) => ({ ...named(column), sum: shown[column] }));
  return result;
}

/** Those without a finite sum first; of two equally far off, the first. There may be millions of columns. */
function worst(sums: Float64Array, unseen: ReadonlySet<number>): number[] {
  const badness = (column: number): number =>
    Number.isFinite(sums[column]) ? Math.abs(sums[column] - 1) : Number.POSITIVE_INFINITY;
  const found: number[] = [];
  for (let column = 0; column < sums.length; column++) {
    if (unseen.has(column)) continue;
    const bad = badness(column);
    if (found.length === WORST_LISTED && bad <= badness(found[WORST_LISTED - 1])) continue;
    let place = found.length;
    while (place > 0 && badness(found[place - 1]) < bad) place--;
    found.splice(place, 0, column);
    found.length = Math.min(found.length, WORST_LISTED);
  }
  return found;
}
