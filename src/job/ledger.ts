import type { WorkLog } from '../output/output.ts';
import { ONLY_PASS, type Pass, type Plan } from '../plan/plan.ts';
import type { TransformResult } from '../tasks/results.ts';
import { JobTally } from './tally.ts';

/** What is done of a job: it takes results, has them saved, and knows what an interrupted run had done. */
export interface Ledger {
  readonly tally: JobTally;
  /** Where tasks of an interrupted run ended (the last of them at least), if they chose their places. */
  readonly ends?: ReadonlyMap<number, number>;
  /** The walks over the input that are left. The next one is asked for when all tasks of the one before are done. */
  passes(): Iterable<Pass>;
  isDone(task: number): boolean;
  take(result: TransformResult): void;
  /** Once all passes are over. */
  finish(): void;
}

/** Results of rows: each stands for itself, and they may come in any order. */
export class RowLedger implements Ledger {
  readonly tally = new JobTally();
  readonly ends = new Map<number, number>();
  private readonly output: WorkLog;

  constructor(plan: Plan, output: WorkLog) {
    this.output = output;
    for (const [task, saved] of output.saved.results) {
      const result = saved as TransformResult;
      this.tally.add(result);
      plan.restore(task, result);
      if (result.outputEnd !== undefined) this.ends.set(task, result.outputEnd);
    }
  }

  passes(): Iterable<Pass> {
    return [ONLY_PASS];
  }

  isDone(task: number): boolean {
    return this.output.isDone(task);
  }

  take(result: TransformResult): void {
    this.tally.add(result);
    this.output.record(result.id, result, result.outputBytes);
  }

  finish(): void {}
}
