import type { KernelBuild } from '../kernels.ts';
import type { Ledger } from '../ledger.ts';
import type { RunOptions } from '../options/types.ts';
import type { OutputFile } from '../output/publish/index.ts';
import type { Pass, Plan } from '../plan/plan.ts';
import { defaultTolerance } from '../plan/tolerance.ts';
import { JobTally, type SavedTally } from '../report/tally.ts';
import type { TransformResult } from '../tasks.ts';
import { ColumnStates } from './column-states.ts';
import { checkColumns } from './column-sums.ts';

/** The name of the journal's checkpoint. */
const CHECKPOINT = 'columns';

/** What a checkpoint says beside the states and sums. */
interface SavedColumns {
  pass: Pass['kind'];
  firstTask: number;
  unseen: number[] | null;
  tally: SavedTally;
}

/**
 * Results of columns (dim 0), which have to be merged in the order of the file: what comes early waits. After the first
 * pass, a second one is given what that found out of the columns.
 */
export class ColumnLedger implements Ledger {
  readonly tally = new JobTally();
  private readonly plan: Plan;
  private readonly output: OutputFile;
  private readonly tolerance: number | undefined;
  private readonly states: ColumnStates;
  private readonly waiting = new Map<number, TransformResult>();
  private pass: Pass['kind'] = 'fold';
  /** Of the second pass. */
  private firstTask = 0;
  /** All tasks before it are merged. */
  private next: number;
  /** Columns without any element so far; null before the first row. */
  private unseen: number[] | null = null;
  private parameters: SharedArrayBuffer | null = null;

  constructor(plan: Plan, output: OutputFile, options: RunOptions, build: KernelBuild) {
    this.plan = plan;
    this.output = output;
    this.tolerance = options.tolerance;
    this.states = new ColumnStates(plan.reduction.inner, options.temperature, build);
    const saved = output.saved.checkpoints.get(CHECKPOINT);
    this.next = saved ? output.saved.below : 0;
    if (!saved?.blob) return;
    const { pass, firstTask, unseen, tally } = saved.value as SavedColumns;
    this.pass = pass;
    this.firstTask = firstTask;
    this.unseen = unseen;
    this.tally.restore(tally);
    this.states.restore(saved.blob);
  }

  *passes(): Generator<Pass> {
    if (this.pass === 'fold') {
      yield { kind: 'fold' };
      this.pass = 'write';
      this.firstTask = this.next;
    }
    this.parameters = this.states.finish();
    yield { kind: 'write', firstTask: this.firstTask, parameters: this.parameters };
  }

  isDone(task: number): boolean {
    return task < this.next;
  }

  take(result: TransformResult): void {
    this.waiting.set(result.id, result);
    for (let due = this.waiting.get(this.next); due; due = this.waiting.get(this.next)) {
      this.waiting.delete(this.next);
      this.merge(due);
      this.next++;
      this.output.checkpoint(CHECKPOINT, () => this.save(), due.outputBytes);
    }
  }

  finish(): void {
    const { rows } = this.tally;
    if (!this.parameters) return;
    this.tally.columns = checkColumns(this.states.columnSums(), this.parameters, new Set(this.unseen), {
      rows,
      tolerance: this.tolerance ?? defaultTolerance(this.plan.logits.dtype, rows),
      nameOf: (column) => this.plan.columnName(column),
    });
  }

  private merge(result: TransformResult): void {
    this.tally.add(result);
    if (!result.columns) return;
    const { blocks, unseen } = result.columns;
    if (this.pass === 'fold') {
      this.states.addStates(blocks);
      const before = this.unseen && new Set(this.unseen);
      this.unseen = before ? unseen.filter((column) => before.has(column)) : unseen;
    } else this.states.addSums(blocks);
  }

  private save(): { value: SavedColumns; blob: Uint8Array; below: number } {
    const { pass, firstTask, unseen, tally } = this;
    return {
      value: { pass, firstTask, unseen, tally: tally.save() },
      blob: this.states.save(),
      below: this.next,
    };
  }
}
