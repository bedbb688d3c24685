import { type BatchBlock, type InvalidRow, MOST_INVALID_ROWS, type TransformResult } from '../tasks.ts';

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
  /** Batches whose place a task chose. */
  readonly blocks = new Map<number, BatchBlock>();
  /** Null and invalid rows of each batch that has any. */
  readonly byBatch = new Map<number, { nulls: number; invalid: number }>();

  add(result: TransformResult): void {
    this.rows += result.rows;
    if (result.block) this.blocks.set(result.block.batch, result.block);
    this.nullRows += result.nullRows;
    this.invalidRows += result.invalidRows;
    this.inputBytes += result.inputBytes;
    this.mismatches += result.mismatches;
    this.maxAbsDifference = Math.max(this.maxAbsDifference, result.maxAbsDifference);
    this.addWorst(result);
    this.firstInvalid = [...this.firstInvalid, ...result.firstInvalid]
      .sort((a, b) => a.row - b.row)
      .slice(0, MOST_INVALID_ROWS);
    for (const [batch, nulls, invalid] of result.nullsByBatch) {
      const known = this.byBatch.get(batch) ?? { nulls: 0, invalid: 0 };
      this.byBatch.set(batch, { nulls: known.nulls + nulls, invalid: known.invalid + invalid });
    }
  }

  /** Rows of each batch that a reader is to see as null. */
  nullsByBatch(invalidAreNull: boolean): Map<number, number> {
    const counts = [...this.byBatch].map(
      ([batch, { nulls, invalid }]) => [batch, nulls + (invalidAreNull ? invalid : 0)] as const,
    );
    return new Map(counts.filter(([, rows]) => rows > 0));
  }

  /** Of two rows equally far off, the first one in the file. */
  private addWorst({ maxDeviation, worstRow }: TransformResult): void {
    if (worstRow < 0 || maxDeviation < this.maxDeviation) return;
    if (maxDeviation === this.maxDeviation && this.worstRow >= 0 && worstRow > this.worstRow) return;
    this.maxDeviation = maxDeviation;
    this.worstRow = worstRow;
  }
}
