import { type InvalidRow, MOST_INVALID_ROWS, type TransformResult } from '../tasks.ts';

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
  /** Null rows of each batch that has any. */
  readonly nullsByBatch = new Map<number, number>();

  add(result: TransformResult): void {
    this.rows += result.rows;
    this.nullRows += result.nullRows;
    this.invalidRows += result.invalidRows;
    this.inputBytes += result.inputBytes;
    this.mismatches += result.mismatches;
    this.maxAbsDifference = Math.max(this.maxAbsDifference, result.maxAbsDifference);
    this.addWorst(result);
    this.firstInvalid = [...this.firstInvalid, ...result.firstInvalid]
      .sort((a, b) => a.row - b.row)
      .slice(0, MOST_INVALID_ROWS);
    for (const [batch, rows] of result.nullsByBatch) {
      this.nullsByBatch.set(batch, (this.nullsByBatch.get(batch) ?? 0) + rows);
    }
  }

  /** Of two rows equally far off, the first one in the file. */
  private addWorst({ maxDeviation, worstRow }: TransformResult): void {
    if (worstRow < 0 || maxDeviation < this.maxDeviation) return;
    if (maxDeviation === this.maxDeviation && this.worstRow >= 0 && worstRow > this.worstRow) return;
    this.maxDeviation = maxDeviation;
    this.worstRow = worstRow;
  }
}
