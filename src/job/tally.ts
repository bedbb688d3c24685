import type { ColumnSums } from '../dim0/column-sums.ts';
import type { BatchBlock } from '../layout/output-plan.ts';
import { type InvalidRow, type LookedAt, MOST_INVALID_ROWS, type TransformResult } from '../tasks/results.ts';

/** What `JobTally` says of tasks that check no rows. */
export type SavedTally = Pick<JobTally, 'rows' | 'maxAbsDifference' | 'inputBytes'> & {
  blocks: BatchBlock[];
};

/** The results of all tasks of one input, merged; the order in which they come does not matter. */
export class JobTally {
  rows = 0;
  nullRows = 0;
  invalidRows = 0;
  firstInvalid: InvalidRow[] = [];
  maxDeviation = 0;
  worstRow = -1;
  maxAbsDifference = 0;
  inputBytes = 0;
  mismatches = 0;
  /** Null where no rows were looked at. */
  looked: LookedAt | null = null;
  /** Of float64 that were judged as float32: one is none. */
  isWider = false;
  /** With dim 0: what takes the place of rows. */
  columns: ColumnSums | null = null;
  /** Batches whose place a task chose. */
  readonly blocks = new Map<number, BatchBlock>();
  /** Null and invalid rows of each batch that has any and whose header does not say so yet. */
  readonly #nulls = new Map<number, number>();
  readonly #invalid = new Map<number, number>();

  add(result: TransformResult): void {
    this.rows += result.rows;
    for (const block of result.blocks ?? []) this.blocks.set(block.batch, block);
    this.nullRows += result.nullRows;
    this.invalidRows += result.invalidRows;
    this.inputBytes += result.inputBytes;
    this.mismatches += result.mismatches;
    this.isWider ||= result.isWider === true;
    this.maxAbsDifference = Math.max(this.maxAbsDifference, result.maxAbsDifference);
    this.addWorst(result);
    this.addLooked(result.looked);
    this.firstInvalid = [...this.firstInvalid, ...result.firstInvalid]
      .sort((a, b) => a.row - b.row)
      .slice(0, MOST_INVALID_ROWS);
    const add = (rows: Map<number, number>, batch: number, more: number): void => {
      if (more > 0) rows.set(batch, (rows.get(batch) ?? 0) + more);
    };
    const { nullsByBatch } = result;
    for (let at = 0; at < nullsByBatch.length; at += 3) {
      add(this.#nulls, nullsByBatch[at], nullsByBatch[at + 1]);
      add(this.#invalid, nullsByBatch[at], nullsByBatch[at + 2]);
    }
  }

  /** All that was added, in a form that JSON knows. */
  save(): SavedTally {
    const { rows, maxAbsDifference, inputBytes, blocks } = this;
    return { rows, maxAbsDifference, inputBytes, blocks: [...blocks.values()] };
  }

  /** Takes up what an earlier run had added. */
  restore({ blocks, ...counts }: SavedTally): void {
    Object.assign(this, counts);
    for (const block of blocks) this.blocks.set(block.batch, block);
  }

  /**
   * Rows of each batch that a reader is to see as null. A batch with invalid rows is there with 0 too: an earlier run,
   * which was told otherwise, may have left another number in its header.
   */
  nullsByBatch(invalidAreNull: boolean): ReadonlyMap<number, number> {
    if (this.#invalid.size === 0) return this.#nulls;
    const rows = new Map(this.#nulls);
    for (const [batch, invalid] of this.#invalid)
      rows.set(batch, (rows.get(batch) ?? 0) + (invalidAreNull ? invalid : 0));
    return rows;
  }

  /** Batches with null rows and with invalid ones. */
  batchesWithBoth(): Set<number> {
    return new Set([...this.#invalid.keys()].filter((batch) => this.#nulls.has(batch)));
  }

  private addLooked(looked: LookedAt | undefined): void {
    if (!looked) return;
    const before = this.looked ?? looked;
    const isSame = before.whole === 0 || looked.whole === 0 || before.whole === looked.whole;
    const alike = before.alike && looked.alike && before.row === looked.row && isSame;
    const probabilities = before.probabilities && looked.probabilities;
    const rows = looked.rows + (this.looked?.rows ?? 0);
    this.looked = { rows, probabilities, alike, row: before.row, whole: before.whole || looked.whole };
  }

  /** Of two rows equally far off, the first one in the file. */
  private addWorst({ maxDeviation, worstRow }: TransformResult): void {
    if (worstRow < 0 || maxDeviation < this.maxDeviation) return;
    if (maxDeviation === this.maxDeviation && this.worstRow >= 0 && worstRow > this.worstRow) return;
    this.maxDeviation = maxDeviation;
    this.worstRow = worstRow;
  }
}

/** Invalid rows, or columns. */
export function invalidCount({ columns, invalidRows }: JobTally): number {
  return columns ? columns.invalidColumns : invalidRows;
}
