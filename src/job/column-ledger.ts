import { bytesOf, ColumnStates, stillUnseen } from '../dim0/column-states.ts';
import { checkColumns } from '../dim0/column-sums.ts';
import { InOrder } from '../dim0/in-order.ts';
import type { KernelBuild } from '../kernels/names.ts';
import { OPS } from '../ops/ops.ts';
import type { RunOptions } from '../options/types.ts';
import type { WorkLog } from '../output/output.ts';
import type { Pass, Plan } from '../plan/plan.ts';
import type { ChunkEnd, TransformResult } from '../tasks/results.ts';
import type { Ledger } from './ledger.ts';
import { JobTally, type SavedTally } from './tally.ts';

/** The name of the journal's checkpoint. */
const CHECKPOINT = 'columns';

/** What a checkpoint says beside the states and sums. */
interface SavedColumns {
  pass: Pass['kind'];
  next: number;
  /** Of the last task of a CSV file. */
  chunkEnd: ChunkEnd | null;
  /** Where it ended, if it chose its place. */
  end: number | null;
  unseen: number[] | null;
  tally: SavedTally;
}

/**
 * Results of columns (dim 0), which have to be merged in the order of the file: what comes early waits. After the first
 * pass, a second one is given what that found out of the columns.
 */
export class ColumnLedger implements Ledger {
  readonly tally = new JobTally();
  readonly ends = new Map<number, number>();
  private readonly plan: Plan;
  private readonly output: WorkLog;
  private readonly tolerance: number | undefined;
  private readonly states: ColumnStates;
  private pass: Pass['kind'] = 'fold';
  private results = new InOrder<TransformResult>();
  private chunkEnd: ChunkEnd | null = null;
  private end: number | null = null;
  /** What is folded of the block that goes on in the next task; empty where there is none. */
  private open: Uint8Array = new Uint8Array(0);
  /** Columns without any element so far; null before the first row. */
  private unseen: number[] | null = null;
  private parameters: SharedArrayBuffer | null = null;

  constructor(plan: Plan, output: WorkLog, options: RunOptions, build: KernelBuild) {
    this.plan = plan;
    this.output = output;
    this.tolerance = options.tolerance;
    this.states = new ColumnStates(plan.reduction.inner, options.temperature, build);
    const saved = output.saved.checkpoints.get(CHECKPOINT);
    if (!saved?.blob) return;
    const { pass, next, chunkEnd, end, unseen, tally } = saved.value as SavedColumns;
    this.pass = pass;
    this.results = new InOrder(next);
    this.chunkEnd = chunkEnd;
    this.end = end;
    this.unseen = unseen;
    if (end !== null) this.ends.set(next - 1, end);
    this.tally.restore(tally);
    this.open = this.states.restore(saved.blob);
    if (chunkEnd) plan.restore(next - 1, { chunkEnd }, pass);
  }

  *passes(): Generator<Pass> {
    if (this.pass === 'fold') {
      yield { kind: 'fold', parameters: null, open: this.shareOpen('states') };
      this.states.addStates(this.open);
      this.pass = 'write';
      this.results = new InOrder();
      this.chunkEnd = null;
      this.open = new Uint8Array(0);
    }
    this.parameters = this.states.finish();
    yield { kind: 'write', parameters: this.parameters, open: this.shareOpen('sums') };
    this.states.addSums(this.open);
  }

  /** What workers go on folding into. */
  private shareOpen(arrays: 'states' | 'sums'): SharedArrayBuffer {
    const bytes = this.open.length > 0 ? this.open : this.states.empty(arrays);
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    return shared;
  }

  isDone(task: number): boolean {
    return task < this.results.next;
  }

  take(result: TransformResult): void {
    this.results.take(result, (due) => {
      this.merge(due);
      this.output.checkpoint(CHECKPOINT, () => this.save(), due.outputBytes);
    });
  }

  finish(): void {
    const { rows } = this.tally;
    if (!this.parameters) return;
    this.tally.columns = checkColumns(this.states.columnSums(), this.parameters, new Set(this.unseen), {
      rows,
      tolerance: this.tolerance ?? OPS[this.plan.spec.op].tolerance(this.plan.logits.dtype, rows),
      nameOf: (column) => this.plan.columnName(column),
    });
  }

  private merge(result: TransformResult): void {
    this.tally.add(result);
    this.end = result.outputEnd ?? null;
    if (!result.columns) return;
    const { blocks, unseen, open } = result.columns;
    if (open) this.open = bytesOf(open);
    this.chunkEnd = result.chunkEnd ?? null;
    if (this.pass === 'fold') {
      this.states.addStates(bytesOf(blocks));
      this.unseen = stillUnseen(this.unseen, unseen);
    } else this.states.addSums(bytesOf(blocks));
  }

  private save(): { value: SavedColumns; blob: Uint8Array } {
    const { pass, chunkEnd, end, unseen, tally } = this;
    return {
      value: { pass, next: this.results.next, chunkEnd, end, unseen, tally: tally.save() },
      blob: this.states.save(this.open),
    };
  }
}
