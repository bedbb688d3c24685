import { LogitmillError } from '../errors.ts';
import { type Input, openInput } from '../input/open.ts';
import { inTurns } from '../io/steps.ts';
import { chooseKernelBuild } from '../kernels/compile.ts';
import { type KernelBuild, kernelName } from '../kernels/names.ts';
import { collectIfWide } from '../memory/garbage.ts';
import type { RunOptions } from '../options/types.ts';
import type { Output } from '../output/output.ts';
import { acquireLock, checkOutputPath, type OutputTarget, openPartial } from '../output/publish/index.ts';
import { endFailedStream, StandardOutput } from '../output/standard-output.ts';
import type { Plan } from '../plan/plan.ts';
import { planTransform } from '../plan/plan-transform.ts';
import { INLINE_BYTES, Workers } from '../pool/pool.ts';
import { runTasks } from '../pool/run-tasks.ts';
import { ColumnLedger } from './column-ledger.ts';
import { canGoOn, refuseInvalid } from './end.ts';
import { type Ledger, RowLedger } from './ledger.ts';
import { planIdentity } from './plan-identity.ts';
import { invalidCount, type JobTally } from './tally.ts';
import type { Job, JobListener, Written } from './types.ts';
import { refuseNulls, refuseWarned, warningsOf } from './warnings.ts';

/**
 * The walk: open the input, plan the output, map the tasks over the workers, finish the file, publish it.
 * @throws LogitmillError; then the output is as it was before, and what a later run can go on from lies beside it
 */
export async function runJob(job: Job, listener: JobListener): Promise<void>;
/**
 * @param workers of several jobs, to be closed by the caller; this job's own when left out
 * @internal
 */
export async function runJob(job: Job, listener: JobListener, workers?: Workers): Promise<void>;
export async function runJob(job: Job, listener: JobListener, workers?: Workers): Promise<void> {
  if (workers) return await walk(job, listener, workers);
  const own = new Workers(job.options);
  try {
    // They end while the file is finished.
    await walk(job, listener, own, () => void own.close());
  } catch (error) {
    await own.close();
    if (job.output === '-') await endFailedStream(error);
    throw error;
  } finally {
    await own.close();
  }
}

async function walk(job: Job, listener: JobListener, workers: Workers, onMapped?: () => void): Promise<void> {
  const { options } = job;
  const toPipe = job.output === '-';
  const target = toPipe ? null : checkOutputPath(job.output, [job.input], options);
  // Before threads start: it may set a flag of V8's, and the code that was compiled for them is good under one set of flags.
  const kernel = chooseKernelBuild(options.kernel);
  const opening = (): Promise<Input> =>
    openInput(job.input, options, job.signal, (kind, size) =>
      workers.expect({
        bytes: size / (options.shard?.count ?? 1),
        chained: toPipe || options.compression !== 'none' || !(kind === 'arrow' || kind === 'stream'),
      }),
    );
  const input = job.opened ?? (await opening());
  try {
    if (input.kind === 'text') collectIfWide(input.description.columns.length);
    const plan = await inTurns(planTransform(input, { ...options, toPipe, build: kernel }), job.signal);
    listener.planned(input, plan, kernelName(plan.logits.dtype, kernel));
    const output: Output = target
      ? openFile(target, input, plan, options, kernel)
      : new StandardOutput(input.identity);
    listener.opened(output);
    try {
      const tally = await mapTasks(job, input, plan, kernel, output, listener, workers);
      onMapped?.();
      const written = finish(job, input, plan, output, tally);
      listener.done(tally, written);
      if (invalidCount(tally) > 0 && options.onInvalid === 'fail')
        throw await refuseInvalid(tally, input, output);
      const nulls = await refuseNulls(job, input, tally, output);
      if (nulls) throw nulls;
      const warnings = warningsOf(job, input, plan, tally);
      listener.warned(warnings);
      if (options.strict && warnings.length > 0) throw refuseWarned(warnings, input);
      await output.publish({ signal: job.signal });
    } catch (error) {
      if (canGoOn(error)) listener.kept(await output.keepForResume());
      else await output.discard();
      throw error;
    }
  } finally {
    input.close();
  }
}

function openFile(
  target: OutputTarget,
  input: Input,
  plan: Plan,
  options: RunOptions,
  kernel: KernelBuild,
): Output {
  const lock = acquireLock(target);
  return openOrRelease(lock, () =>
    openPartial(target, lock, {
      estimatedBytes: plan.estimatedBytes,
      plan: planIdentity(plan, options, kernel),
      inputs: input.identity === null ? [] : [input.identity],
      resumable: input.identity !== null,
      fresh: options.fresh,
    }),
  );
}

/** Reads, computes, checks and writes all rows, but those that an interrupted run has done. */
async function mapTasks(
  job: Job,
  input: Input,
  plan: Plan,
  build: KernelBuild,
  output: Output,
  listener: JobListener,
  workers: Workers,
): Promise<JobTally> {
  const toPipe = output.inOrder;
  const ledger: Ledger = plan.spec.overRows
    ? new ColumnLedger(plan, output, job.options, build)
    : new RowLedger(plan, output);
  const { tally } = ledger;
  const progress = (): void =>
    job.onProgress?.({ bytesDone: tally.inputBytes, bytesTotal: plan.inputBytes, rowsDone: tally.rows });
  const isSmall = job.options.threads === 1 || (plan.inputBytes ?? Number.POSITIVE_INFINITY) <= INLINE_BYTES;
  const { modules, setApart, leastSlab, chained } = plan;
  collectIfWide(plan.logits.columns.length);
  // A thread that waits for a slow reader hears no signal. One worker does a small job before a second one is there.
  const size = { inline: isSmall && !toPipe, ...(isSmall ? { threads: 1 } : {}) };
  const pool = await workers.poolFor({ modules, setApart, leastSlab, build, chained, ...size });
  listener.started(pool.threads);
  const files = {
    ...{ input: input.fd, output: output.fd, toPipe, scratch: output.folder },
    ...(ledger.ends ? { ends: ledger.ends } : {}),
  };
  await output.begin(plan, input.fd, job.signal);
  const names = { input: input.path, output: job.output, explain: plan.explain };
  try {
    for (const pass of ledger.passes()) {
      const tasks = plan.tasks(files, (task) => ledger.isDone(task), pass);
      for await (const { work, ...result } of runTasks(pool, tasks, names, job.signal)) {
        listener.worked(work);
        ledger.take(result);
        progress();
        await output.room();
      }
    }
    ledger.finish();
  } catch (error) {
    // Tasks may still be at work: they have to end before the files are closed.
    const mayRun = job.signal?.aborted || (error instanceof LogitmillError && error.code === 'WORKER_DIED');
    if (mayRun) await workers.close();
    throw error;
  }
  return tally;
}

/** What no task writes: the output's ends, and the headers of batches that turned out to have null rows. */
function finish({ options }: Job, input: Input, plan: Plan, output: Output, tally: JobTally): Written {
  const blocks = plan.blocks(tally.blocks);
  const bytes = output.finish(plan, input.fd, blocks, {
    invalidAreNull: options.onInvalid !== 'keep',
    tolerance: plan.spec.tolerance,
    byBatch: tally.nullsByBatch(options.onInvalid === 'null'),
    withBoth: tally.batchesWithBoth(),
    columns: tally.columns?.isInvalid ?? null,
  });
  return { rows: tally.rows, batches: blocks.length, bytes };
}

function openOrRelease<T>(lock: { release(): void }, open: () => T): T {
  try {
    return open();
  } catch (error) {
    lock.release();
    throw error;
  }
}
