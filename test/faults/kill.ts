import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A command that makes one output file, and what is known of it. For the miniature job and for the real binary. */
export interface KillableJob {
  /** argv after `node` */
  args: readonly string[];
  env?: Record<string, string>;
  /** In a folder of its own, in which nothing else is. */
  output: string;
  /** Bytes of an uninterrupted run. */
  expected: Uint8Array;
  /** What stood there before the first run, to be replaced; null: nothing. */
  old: Uint8Array | null;
  /** Whether a finished run says that it went on from an earlier one. */
  saysResumed(stdout: string): boolean;
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const PRELOAD = `--import ${fileURLToPath(new URL('./preload.mjs', import.meta.url))}`;

/** An environment in which even the shortest job has a journal. */
export const FAST_CLOCK = { NODE_OPTIONS: PRELOAD, LOGITMILL_CLOCK: '1000' };

/** Runs the job, kills it after `killAfterMs` if it still runs, under the fault or crash that `faults` describes. */
export function runJob(
  job: Pick<KillableJob, 'args' | 'env'>,
  options: { killAfterMs?: number; faults?: { LOGITMILL_FAULT?: string; LOGITMILL_CRASH?: string } } = {},
): Promise<Outcome> {
  const preload = options.faults === undefined ? {} : { NODE_OPTIONS: PRELOAD, ...options.faults };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, job.args, { env: { ...process.env, ...job.env, ...preload } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const { killAfterMs } = options;
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** Throws when the output is neither as it was before nor whole; says which. */
export function stateOf(job: KillableJob): 'before' | 'whole' {
  if (!existsSync(job.output)) {
    if (job.old === null) return 'before';
    throw new Error('the old output is gone');
  }
  const bytes = readFileSync(job.output);
  if (bytes.equals(job.expected)) return 'whole';
  if (job.old !== null && bytes.equals(job.old)) return 'before';
  throw new Error(`the output has ${bytes.length} bytes, and they are neither the old nor the right ones`);
}

/** After any number of kills: the same command completes, with the right bytes, and leaves nothing else behind. */
export async function completes(
  job: KillableJob,
  run: (job: KillableJob) => Promise<Outcome> = runJob,
): Promise<{ resumed: boolean }> {
  const isPublished = stateOf(job) === 'whole';
  const { code, signal, stdout, stderr } = await run(job);
  // Killed after the rename: the command refuses to write the output a second time, unless it may overwrite.
  const isRight = code === 0 || (isPublished && code === 5 && job.old === null);
  if (!isRight) throw new Error(`the rerun ended with ${code ?? signal}: ${stdout}${stderr}`);
  if (stateOf(job) !== 'whole') throw new Error('the rerun did not publish');
  const left = readdirSync(dirname(job.output)).filter((name) => name !== basename(job.output));
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  return { resumed: code === 0 && job.saysResumed(stdout) };
}

export interface KillReport {
  /** How often a run was started to be killed, and how often it still ran then. */
  tried: number;
  killed: number;
  /** Outputs that were whole in the end: all of them, or this throws. */
  completed: number;
  /** Final runs that went on from killed ones. */
  resumed: number;
}

/**
 * Each trial kills the same job one to three times, at moments that `random` picks between 0 and `longestMs`, and
 * then lets it complete.
 *
 * @throws when an output is broken, or a rerun fails, or anything is left behind
 */
export async function killAtRandom(
  prepare: (trial: number) => KillableJob,
  options: { trials: number; longestMs: number; random: () => number },
): Promise<KillReport> {
  const report: KillReport = { tried: 0, killed: 0, completed: 0, resumed: 0 };
  for (let trial = 0; trial < options.trials; trial++) {
    const job = prepare(trial);
    const times = 1 + Math.floor(options.random() * 3);
    for (let time = 0; time < times && stateOf(job) === 'before'; time++) {
      const outcome = await runJob(job, { killAfterMs: options.random() * options.longestMs });
      report.tried++;
      if (outcome.signal === 'SIGKILL') report.killed++;
      else if (outcome.code !== 0)
        throw new Error(`trial ${trial}: ended with ${outcome.code}: ${outcome.stdout}${outcome.stderr}`);
    }
    const { resumed } = await completes(job);
    report.completed++;
    if (resumed) report.resumed++;
  }
  return report;
}
