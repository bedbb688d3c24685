import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LogitmillError } from '../../src/errors.ts';
import { buildMiniJob } from './build-mini.ts';
import { fastFolder } from './fast-folder.ts';
import { completes, type KillableJob, killAtRandom, type Outcome, runJob, stateOf } from './kill.ts';
import { doPiece, expectedOutput, type MiniOptions, type Mode, runMiniJob } from './mini-job.ts';

const OLD = Buffer.from('the old output');
const LONG = process.env.LOGITMILL_LONG === '1';

let root: string;
let program: string;
let count = 0;

beforeAll(async () => {
  root = mkdtempSync(join(fastFolder(), 'logitmill-kill-'));
  writeFileSync(
    join(root, 'input'),
    Uint8Array.from({ length: 60 * 256 }, (_, at) => (at * at) >> 3),
  );
  program = await buildMiniJob();
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(dirname(program), { recursive: true, force: true });
});

function newJob(changes: Partial<MiniOptions> & { mode: Mode; threads?: number }, old: boolean): KillableJob {
  const folder = join(root, `job-${count++}`);
  mkdirSync(folder);
  const options = {
    input: join(root, 'input'),
    output: join(folder, 'out'),
    tasks: 12,
    taskBytes: 256,
    overwrite: old,
    saveAfterMs: 0,
    ...changes,
  };
  if (old) writeFileSync(options.output, OLD);
  return {
    args: [program, JSON.stringify(options)],
    output: options.output,
    expected: expectedOutput(options),
    old: old ? OLD : null,
    saysResumed: (stdout) => stdout.includes('"resumed":true'),
  };
}

/** Starting a program for each rerun as well would double the time that this takes. */
async function inThisProcess(job: Pick<KillableJob, 'args'>): Promise<Outcome> {
  try {
    const report = await runMiniJob(JSON.parse(job.args[1]!), doPiece);
    return { code: 0, signal: null, stdout: JSON.stringify(report), stderr: '' };
  } catch (error) {
    if (!(error instanceof LogitmillError)) throw error;
    return { code: error.exitCode, signal: null, stdout: error.line, stderr: '' };
  }
}

/** As many at a time as there are cores: most of the time goes into starting programs. */
async function inPairs(trials: (() => Promise<void>)[]): Promise<void> {
  const next = trials.values();
  const lane = async (): Promise<void> => {
    for (const trial of next) await trial();
  };
  await Promise.all([lane(), lane()]);
}

async function countCalls(
  job: KillableJob,
  variable: 'LOGITMILL_FAULT' | 'LOGITMILL_CRASH',
): Promise<string[]> {
  const folder = dirname(job.output);
  const log = `${folder}.log`;
  const shadow = `${folder}.shadow`;
  mkdirSync(shadow);
  const spec = JSON.stringify({ folder, call: '*', nth: 0, seed: 1, shadow, log, errno: 'KILL' });
  expect(await runJob(job, { faults: { [variable]: spec } })).toMatchObject({ code: 0 });
  return readFileSync(log, 'utf8').trim().split('\n');
}

describe.each(['plain', 'sized', 'columns'] as const)('%s', (mode) => {
  test('killed at each file system call', async () => {
    const calls = await countCalls(newJob({ mode }, false), 'LOGITMILL_FAULT');
    expect(calls.length).toBeGreaterThan(50);
    const step = LONG ? 1 : mode === 'plain' ? 2 : 4;
    const trials: (() => Promise<void>)[] = [];
    for (let nth = 1; nth <= calls.length; nth += step)
      trials.push(async () => {
        const job = newJob({ mode }, nth % 2 === 0);
        const folder = dirname(job.output);
        const errno = calls[nth - 1]!.startsWith('write') ? 'TORN' : 'KILL';
        const spec = JSON.stringify({ folder, call: '*', nth, errno });
        const { signal, stdout, stderr } = await runJob(job, { faults: { LOGITMILL_FAULT: spec } });
        // The number of calls varies a little with the timing of background saves.
        if (nth < calls.length - 10) expect(signal, `call ${nth}: ${stdout}${stderr}`).toBe('SIGKILL');
        await completes(job, inThisProcess).catch((error) => {
          throw new Error(`killed at call ${nth}, ${calls[nth - 1]}: ${error.message}`);
        });
      });
    await inPairs(trials);
  });

  test('a machine that dies at any call, and loses what was not synced', async () => {
    const calls = await countCalls(newJob({ mode }, true), 'LOGITMILL_CRASH');
    const trials: (() => Promise<void>)[] = [];
    for (let nth = 1; nth <= calls.length; nth += LONG ? 1 : 2)
      for (let seed = nth; seed < nth + (LONG ? 20 : 1); seed++)
        trials.push(async () => {
          const job = newJob({ mode }, true);
          const folder = dirname(job.output);
          const shadow = `${folder}.shadow`;
          mkdirSync(shadow);
          const spec = JSON.stringify({ folder, nth, seed, shadow });
          await runJob(job, { faults: { LOGITMILL_CRASH: spec } });
          const before = readdirSync(folder).join(' ');
          await completes(job, inThisProcess).catch((error) => {
            throw new Error(
              `died at call ${nth}, ${calls[nth - 1]}, seed ${seed}; left ${before}: ${error.message}`,
            );
          });
          rmSync(shadow, { recursive: true });
        });
    await inPairs(trials);
  });
});

test.each(['plain', 'sized', 'columns'] as const)(
  '%s: killed at random moments, threads and all',
  async (mode) => {
    const report = await killAtRandom(
      () => newJob({ mode, threads: 2, tasks: 60, taskMs: 4, saveAfterMs: 20 }, false),
      { trials: LONG ? 100 : 5, longestMs: 500, random: Math.random },
    );
    expect(report.completed).toBe(report.completed);
    if (LONG) expect(report.resumed).toBeGreaterThan(10);
  },
);

test('a fault in a worker thread reaches the coordinator as what it is', async () => {
  const job = newJob({ mode: 'plain', threads: 2 }, true);
  const spec = { folder: dirname(job.output), call: 'write', nth: 5, errno: 'ENOSPC', sticky: true };
  const { code, stdout } = await runJob(job, { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } });
  expect(code).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject({ code: 'NO_SPACE' });
  expect(stateOf(job)).toBe('before');
  await completes(job);
});

test('SIGTERM: stops, keeps what was done, goes on', async () => {
  const job = newJob({ mode: 'plain', threads: 2, tasks: 60, taskMs: 20 }, false);
  const running = runJob(job, { killAfterMs: 60_000 });
  await running;
  expect(stateOf(job)).toBe('whole');
});
