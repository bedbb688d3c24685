import { LogitmillError } from '../errors.ts';
import { invalidCount } from '../job/tally.ts';
import type { Job, JobListener } from '../job/types.ts';
import { STAGES, type WorkTimes } from '../tasks/stages.ts';
import { VERSION } from '../version.ts';
import { errorFields } from './error-text.ts';
import { peakMemory } from './peak-memory.ts';
import { type Summary, validationSummary } from './summary.ts';

/** Collects what the summary says as the job goes along; a failed job has its summary too. */
export interface JobReport extends JobListener {
  readonly summary: Summary;
  /** What a person should know beside it. */
  readonly notes: readonly string[];
  readonly isKept: boolean;
  /** @internal */
  failed(error: unknown): void;
  /** The output stands already, and is left as it is. @internal */
  skipped(): void;
  finish(): Summary;
}

/** @param onWork is called with where the time of every task went */
export function startReport({ input, output, options }: Job, onWork?: (work: WorkTimes) => void): JobReport {
  const start = performance.now();
  let tolerance = 0;
  let isKept = false;
  const summary: Summary = {
    schema_version: 1,
    status: 'failed',
    version: VERSION,
    op: options.op,
    dim: options.dim,
    dtype: options.dtype ?? null,
    temperature: options.temperature,
    ...(options.shard ? { shard: options.shard } : {}),
    inputs: [{ path: input, format: 'arrow', bytes: 0, rows: 0, batches: 0 }],
    output: null,
    columns: null,
    classes: null,
    validation: null,
    warnings: [],
    kernel: null,
    threads: options.threads,
    resumed: false,
    stage_seconds: {},
    seconds: 0,
    input_bytes_per_second: 0,
    peak_rss_bytes: 0,
  };
  const notes: string[] = [];
  const milliseconds = STAGES.map(() => 0);
  return {
    summary,
    notes,
    planned(description, plan, kernel) {
      summary.kernel = kernel;
      const { format } = description;
      const bytes = description.size ?? 0;
      const [rows, batches] =
        description.kind === 'text' ? [0, 0] : [description.rows, description.batches.count];
      summary.inputs = [{ path: input, format, bytes, rows, batches }];
      summary.output = {
        path: output,
        format: output === '-' ? 'stream' : options.format,
        bytes: plan.outputBytes ?? 0,
        rows,
        batches,
      };
      summary.dtype = plan.logits.dtype;
      summary.columns = plan.taken;
      summary.classes = plan.reduction.length;
      tolerance = plan.spec.tolerance;
    },
    opened({ resumed, afreshBecause }) {
      summary.resumed = resumed;
      if (afreshBecause !== null) notes.push(`starting afresh: ${afreshBecause}`);
      else if (resumed) notes.push('going on from an interrupted run');
    },
    started(threads) {
      summary.threads = threads;
    },
    worked(work) {
      for (const [index, spent] of work.stages.entries()) milliseconds[index] += spent;
      onWork?.(work);
    },
    get isKept() {
      return isKept;
    },
    kept(kept) {
      isKept = kept;
      if (kept) notes.push('what is done is kept: the same command goes on from there');
    },
    done(tally, written) {
      for (const file of [summary.inputs[0], summary.output]) {
        if (file) Object.assign(file, { rows: written.rows, batches: written.batches });
      }
      if (summary.output) summary.output.bytes = written.bytes;
      if (summary.inputs[0]?.bytes === 0) summary.inputs[0].bytes = tally.inputBytes;
      summary.validation = validationSummary(tally, tolerance);
      if (options.op === 'both') summary.consistency = { max_abs_difference: tally.maxAbsDifference };
      if (tally.columns) summary.classes = tally.rows;
      summary.status = invalidCount(tally) > 0 && options.onInvalid === 'fail' ? 'invalid' : 'ok';
    },
    warned(warnings) {
      summary.warnings = [...warnings];
      for (const { message } of warnings) notes.push(`warning: ${message}`);
    },
    failed(error) {
      const interrupted = error instanceof LogitmillError && error.code === 'INTERRUPTED';
      if (summary.status !== 'invalid') summary.status = interrupted ? 'interrupted' : 'failed';
      summary.error = errorFields(error);
    },
    skipped() {
      summary.status = 'skipped';
    },
    finish() {
      summary.stage_seconds = stageSeconds(milliseconds);
      summary.seconds = (performance.now() - start) / 1000;
      summary.input_bytes_per_second = Math.round((summary.inputs[0]?.bytes ?? 0) / summary.seconds);
      summary.peak_rss_bytes = peakMemory();
      return summary;
    },
  };
}

/** Of all threads together, in the order of the walk; stages without time are left out. */
function stageSeconds(milliseconds: readonly number[]): Summary['stage_seconds'] {
  const seconds = STAGES.map(
    (stage, index) => [stage, Math.round(milliseconds[index] * 1000) / 1e6] as const,
  );
  return Object.fromEntries(seconds.filter(([, spent]) => spent > 0));
}
