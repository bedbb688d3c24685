import { LogitmillError } from './errors.ts';
import { type Input, openInput } from './input/open.ts';
import { chooseKernelBuild } from './kernel-build.ts';
import { KERNEL_NAMES } from './kernels.ts';
import type { RunOptions } from './options/types.ts';
import { writeEnds, writePatches } from './output/arrow-file.ts';
import { openPartial, type Partial } from './output/partial.ts';
import { type Plan, planTransform } from './plan/plan.ts';
import { INLINE_BYTES, openPool, runTasks } from './pool.ts';
import type { JobReport } from './report/job-report.ts';
import { JobTally } from './report/tally.ts';
import type { Task } from './tasks.ts';

export interface Job {
  input: string;
  output: string;
  options: RunOptions;
  /** Called now and then with what is done so far. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  /** Of the input that has to be read. */
  bytesDone: number;
  bytesTotal: number;
  rowsDone: number;
}

/**
 * The walk: metadata in, a plan, tasks that read, compute, check and write, the ends, and the publication.
 * @throws LogitmillError; then no output is there, or the old one
 */
export async function runJob(job: Job, report: JobReport): Promise<void> {
  const input = openInput(job.input, job.options);
  try {
    const plan = planTransform(input, job.options);
    report.planned(input, plan);
    const partial = openPartial(job.output, plan.outputBytes, job.options.overwrite);
    try {
      const tally = await mapTasks(job, input, plan, partial, report);
      writePatches(partial.fd, plan, tally.nullsByBatch);
      report.done(tally);
      if (tally.invalidRows > 0 && job.options.onInvalid === 'fail') throw invalidRows(tally, job.input);
      partial.publish();
    } catch (error) {
      partial.discard();
      throw error;
    }
  } finally {
    input.close();
  }
}

async function mapTasks(
  job: Job,
  input: Input,
  plan: Plan,
  partial: Partial,
  report: JobReport,
): Promise<JobTally> {
  const build = chooseKernelBuild(job.options.kernel);
  const pool = await openPool({
    threads: job.options.threads,
    memory: job.options.memory,
    modules: [plan.logits.dtype, 'convert'],
    build,
    inline: job.options.threads === 1 || plan.inputBytes <= INLINE_BYTES,
  });
  report.started(
    pool.threads,
    `${KERNEL_NAMES[plan.logits.dtype]}-${build === 'relaxed' ? 'relaxed-simd' : 'simd'}`,
  );
  try {
    writeEnds(partial.fd, input.fd, plan);
    const tally = new JobTally();
    for await (const result of runTasks(pool, tasksOf(plan, input, partial, pool.threads))) {
      tally.add(result);
      job.onProgress?.({ bytesDone: tally.inputBytes, bytesTotal: plan.inputBytes, rowsDone: tally.rows });
    }
    return tally;
  } finally {
    await pool.close();
  }
}

function* tasksOf(plan: Plan, input: Input, partial: Partial, threads: number): Generator<Task> {
  let id = 0;
  for (const { pieces, copies, headers } of plan.tasks(threads)) {
    const literals = headers.map((batch) => ({ to: plan.block(batch).offset, bytes: plan.header(batch, 0) }));
    yield {
      kind: 'transform',
      id: id++,
      input: input.fd,
      output: partial.fd,
      spec: plan.spec,
      pieces,
      copies,
      literals,
    };
  }
}

function invalidRows(tally: JobTally, file: string): LogitmillError {
  const first = tally.firstInvalid[0];
  const sum = first.reason === 'sum' ? `sum ${first.sum}` : first.reason;
  const rows = tally.invalidRows === 1 ? '1 row is' : `${tally.invalidRows} rows are`;
  return new LogitmillError(
    'INVALID_ROWS',
    `${rows} invalid, the first is row ${first.row} (${sum}); nothing was published`,
    {
      file,
      hint: '--on-invalid null or --on-invalid keep, which publish without computing again',
    },
  );
}
