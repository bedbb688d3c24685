import { CAST_TYPES } from '../../src/kernels/convert.ts';
import type { ResultKind } from '../../src/results/result.ts';
import type { TransformSpec } from '../../src/tasks/spec.ts';
import type { WorkerContext } from '../context.ts';
import { eachDerived, finishStatistics, idsOf, isDerived, jobOf, type SliceOuts } from './derive.ts';
import type { SliceJob } from './slice-kernel.ts';

/**
 * The columns of one slice that the slab does not hold, in pieces. It is looked through two or three times: scanned for
 * the largest, then summed, then summed without these; and what is picked from results is picked as they are made.
 */
export class SliceInPieces {
  private readonly spec: TransformSpec;
  private readonly outs: SliceOuts;
  private readonly context: WorkerContext;
  private readonly job: Omit<SliceJob, 'length'> | null;
  private readonly ids: Int32Array;
  private lastLogit = Number.NaN;

  constructor(spec: TransformSpec, outs: SliceOuts, context: WorkerContext) {
    this.spec = spec;
    this.outs = outs;
    this.context = context;
    const job = isDerived(spec) ? jobOf(spec, outs, context) : null;
    this.job = job;
    const { ids, length } = idsOf(spec, outs.sliceColumns);
    this.ids = new Int32Array(context.bytes.buffer, ids, length);
    if (!job) return;
    eachDerived(spec, outs.sliceColumns, (kernel, _, column) => {
      if (kernel.from === 'logits') kernel.begin({ ...job, length: column.length ?? 1 });
    });
    if (outs.statistics > 0) job.kernels.statistics_begin(job.size);
  }

  /** Whether it is to be looked through by `sum`. */
  get needsSums(): boolean {
    return this.outs.statistics > 0;
  }

  scan(source: number, count: number): void {
    const { spec, outs, job } = this;
    if (!job) return;
    eachDerived(spec, outs.sliceColumns, (kernel) => {
      if (kernel.from === 'logits') kernel.piece({ ...job, length: 1 }, source, count);
    });
    if (outs.statistics > 0) job.kernels.statistics_extremes(job.size, source, count);
  }

  endScan(): void {
    const { spec, outs, job } = this;
    if (!job) return;
    eachDerived(spec, outs.sliceColumns, (kernel, out) => {
      if (kernel.from === 'logits') kernel.end({ ...job, length: 1 }, out);
    });
    eachDerived(spec, outs.sliceColumns, ({ from }, out) => {
      if (from === 'probs' || from === 'log_probs') this.clear(out);
    });
  }

  /** NaN where there are fewer numbers than are wanted, and no class is picked. */
  private clear(out: number): void {
    const { view } = this.context;
    const { dtype } = this.spec;
    for (const [index, id] of this.ids.entries()) {
      if (id >= 0) continue;
      if (dtype === 'float64') view.setFloat64(out + index * 8, Number.NaN, true);
      else if (dtype === 'float32') view.setFloat32(out + index * 4, Number.NaN, true);
      else view.setUint16(out + index * 2, 0x7e00, true);
    }
  }

  /** Not called for a slice without softmax. */
  sum(source: number, count: number, first: number): void {
    const { outs, job, context } = this;
    if (!job || outs.statistics === 0) return;
    const last = (this.ids.at(-1) ?? -1) - first;
    if (last >= 0 && last < count) {
      const type = CAST_TYPES[this.spec.dtype];
      context.convert.cast(source + last * job.size, type, job.work, CAST_TYPES.float64, 1);
      this.lastLogit = context.view.getFloat64(job.work, true);
    }
    job.kernels.statistics_sums(job.size, source, count);
  }

  /** Statistics are known; true: the slice is to be looked through by `rest`. */
  endSums(): boolean {
    const { spec, outs, job, context } = this;
    if (!job || outs.statistics === 0) return false;
    job.kernels.statistics_end(job.size, outs.statistics);
    finishStatistics(spec, outs, 0, 1, context);
    if (this.ids.length === 0) return false;
    job.kernels.topk_rest_begin(outs.statistics, this.lastLogit, this.ids.at(-1) ?? -1);
    return true;
  }

  rest(source: number, count: number): void {
    const { job } = this;
    if (job) job.kernels.topk_rest_piece(job.size, source, count);
  }

  endRest(): void {
    const { spec, outs, job, context } = this;
    if (!job) return;
    eachDerived(spec, outs.sliceColumns, ({ from }, out) => {
      if (from !== 'rest') return;
      job.kernels.topk_rest_end(outs.statistics, out);
      if ((this.ids.at(-1) ?? -1) < 0) context.view.setFloat64(out, Number.NaN, true);
    });
  }

  /** What is picked of a piece of a result. */
  pick(result: ResultKind, address: number, count: number, first: number): void {
    const { spec, outs, job, context } = this;
    if (!job) return;
    const { size } = job;
    eachDerived(spec, outs.sliceColumns, ({ from }, out) => {
      if (from !== result) return;
      for (const [index, id] of this.ids.entries()) {
        const at = address + (id - first) * size;
        if (id >= first && id < first + count) context.bytes.copyWithin(out + index * size, at, at + size);
      }
    });
  }
}
