import type { OpName, RunOptions } from '../options/types.ts';

/** Columns that hold one result, and of which op; undefined where the signs of the values are to say it. */
export interface StoredColumns {
  columns: Pick<RunOptions, 'column' | 'columns'>;
  op: Exclude<OpName, 'both' | 'none'> | undefined;
}

/** A column's name as `--columns` takes it: nothing in it is a glob. */
export const columnPattern = (name: string): string => name.replaceAll(/[*?]/g, '\\$&');
