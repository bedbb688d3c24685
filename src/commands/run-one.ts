import fs from 'node:fs';
import { runJob } from '../job/run-job.ts';
import { staleBecause } from '../job/stale-output.ts';
import type { Job, Progress } from '../job/types.ts';
import type { RunOptions } from '../options/types.ts';
import type { Workers } from '../pool/pool.ts';
import { startReport } from '../report/job-report.ts';
import type { Summary } from '../report/summary.ts';
import type { Trace } from '../report/trace.ts';
import type { CommandContext } from './context.ts';

export interface OneResult {
  summary: Summary;
  /** For a person to read, unless nothing is to be said. */
  notes: readonly string[];
  /** Whether a later run can go on from what this one did. */
  isKept: boolean;
  /** What went wrong, if something did. */
  error?: unknown;
}

/** What the jobs of one call share. */
interface Surroundings {
  onProgress: (progress: Progress) => void;
  trace?: Trace | undefined;
  workers?: Workers;
}

/** One job with its report; it does not throw. */
export async function runOne(
  files: Pick<Job, 'input' | 'output'>,
  options: RunOptions,
  { report: wishes, signal }: CommandContext,
  { onProgress, trace, workers }: Surroundings,
): Promise<OneResult> {
  const job = { ...files, options, onProgress, signal };
  const report = startReport(job, (work) => trace?.add(work));
  const notes: string[] = [];
  let failure: { error?: unknown } = {};
  try {
    signal.throwIfAborted();
    const exists = options.skipExisting && isWritten(files.output);
    const stale = exists ? await staleBecause(files, options, signal) : null;
    if (exists && stale === null) report.skipped();
    else {
      if (stale !== null) notes.push(`${files.output} is done again: ${stale}`);
      await runJob(
        { ...job, options: { ...options, overwrite: options.overwrite || stale !== null } },
        report,
        workers,
      );
    }
  } catch (error) {
    report.failed(error);
    failure = { error };
  }
  return {
    summary: report.finish(),
    notes: wishes.quiet ? [] : [...notes, ...report.notes],
    isKept: report.isKept,
    ...failure,
  };
}

/** An empty file, a folder or a pipe is no output of ours: the job says what is wrong with it. */
function isWritten(output: string): boolean {
  try {
    const stats = fs.statSync(output);
    return stats.isFile() && stats.size > 0;
  } catch {
    return false;
  }
}
