import type { KernelBuild } from '../kernels.ts';
import type { Ledger } from '../ledger.ts';
import type { RunOptions } from '../options/types.ts';
import type { OutputFile } from '../output/publish/index.ts';
import type { Pass, Plan } from '../plan/plan.ts';
import { defaultTolerance } from '../plan/tolerance.ts';
import { JobTally, type SavedTally } from '../report/tally.ts';
import type { ChunkEnd, TransformResult } from '../tasks.ts';
import { ColumnStates } from './column-states.ts';
import { checkColumns } from './column-sums.ts';

/** The name of the journal's checkpoint. */
const CHECKPOINT = 'columns';

/** What a checkpoint says beside the states and sums. */
interface SavedColumns {
  pass: Pass['kind'];
  next: number;
  /** Of the last task of a CSV file. */
  chunkEnd: ChunkEnd | null;
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
  /** All tasks of the pass before this one are merged. */
  private next = 0;
  private chunkEnd: ChunkEnd | null = null;
  /** What is folded of the block that goes on in the next task; empty where there is none. */
  private open: Uint8Array = new Uint8Array(0);
  /** Columns without any element so far; null before the first row. */
  private unseen: number[] | null = null;
  private parameters: SharedArrayBuffer | null = null;

  constructor(plan: Plan, output: OutputFile, options: RunOptions, build: KernelBuild) {
    this.plan = plan;
    this.output = output;
    this.tolerance = options.tolerance;
    this.states = new ColumnStates(plan.reduction.inner, options.temperature, build);
    const saved = output.saved.checkpoints.get(CHECKPOINT);
    if (!saved?.blob) return;
    const { pass, next, chunkEnd, unseen, tally } = saved.value as SavedColumns;
    this.pass = pass;
    this.next = next;
    this.chunkEnd = chunkEnd;
    this.unseen = unseen;
    this.tally.restore(tally);
    this.open = this.states.restore(saved.blob);
    if (chunkEnd) plan.restore(next - 1, { chunkEnd }, pass);
  }

  *passes(): Generator<Pass> {
    if (this.pass === 'fold') {
      yield { kind: 'fold', parameters: null, open: this.shareOpen('states') };
      this.states.addStates(this.open);
      this.pass = 'write';
      this.next = 0;
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
    const { blocks, unseen, open } = result.columns;
    if (open) this.open = bytesOf(open);
    this.chunkEnd = result.chunkEnd ?? null;
    if (this.pass === 'fold') {
      this.states.addStates(bytesOf(blocks));
      const before = this.unseen && new Set(this.unseen);
      this.unseen = before ? unseen.filter((column) => before.has(column)) : unseen;
    } else this.states.addSums(bytesOf(blocks));
  }

  private save(): { value: SavedColumns; blob: Uint8Array } {
    const { pass, next, chunkEnd, unseen, tally } = this;
    return {
      value: { pass, next, chunkEnd, unseen, tally: tally.save() },
      blob: this.states.save(this.open),
    };
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
