// @module-tag long
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BinaryJob, BinaryJobs } from './binary-jobs.ts';
import { ERRNOS, NO_SPACE } from './inject.mjs';
import { completes, runJob, stateOf } from './kill.ts';

// The real program, as built, under the same faults as the miniature job. A few of the many cases, at random, with a
// printed seed; all of them with LOGITMILL_LONG=1.

const LONG = process.env.LOGITMILL_LONG === '1';
const SEED = Number(process.env.LOGITMILL_SEED ?? Date.now() % 1_000_000);
const DIGITS = resolve('data/digits');
const jobs = new BinaryJobs();
let inputs: { csv: string; arrow: string };
beforeAll(async () => {
  console.log(`faults in the real program: LOGITMILL_SEED=${SEED}`);
  inputs = { csv: jobs.csv(70_000, 20), arrow: await jobs.arrow(100_000, 20) };
});
afterAll(() => jobs.remove());

let state = SEED;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 2 ** 32;
};
/** All of 1..count, or `few` of them. */
const some = (count: number, few: number): number[] => {
  const all = Array.from({ length: count }, (_, at) => at + 1);
  return LONG ? all : all.filter(() => random() < few / count);
};

/** Done before anything is worth a journal. */
const SMALL: [string, () => string[]][] = [
  ['a small Arrow file', () => [`${DIGITS}.arrow`]],
  ['a small CSV file', () => [`${DIGITS}.csv`, '--columns', 'logit_0..logit_9']],
];
/** Several tasks, and a journal. */
const LARGE: [string, (threads?: string) => string[]][] = [
  [
    'Arrow',
    (threads = '2') => [
      inputs.arrow,
      '--force-input',
      '--columns',
      '*logit_*',
      '--keep',
      'none',
      '--threads',
      threads,
      '--memory',
      '16MiB',
    ],
  ],
  ['CSV', (threads = '2') => [inputs.csv, '--threads', threads, '--memory', '16MiB']],
];

async function callsOf(job: BinaryJob, variable: 'LOGITMILL_FAULT' | 'LOGITMILL_CRASH'): Promise<string[]> {
  const log = `${job.folder}.log`;
  const shadow = `${job.folder}.shadow`;
  mkdirSync(shadow);
  const spec = JSON.stringify({ folder: job.folder, call: '*', nth: 0, errno: 'EIO', seed: 1, shadow, log });
  expect(await runJob(job, { faults: { [variable]: spec } })).toMatchObject({ code: 0 });
  return readFileSync(log, 'utf8').trim().split('\n');
}

test.each([...SMALL, ...LARGE])('%s: file system calls fail', async (name, makeArgs) => {
  const args = makeArgs();
  const calls = await callsOf(await jobs.job(args), 'LOGITMILL_FAULT');
  // Without --overwrite a link makes it the output, so that nothing is replaced that appeared meanwhile.
  for (const what of ['open', 'write', 'fsync', 'link', 'unlink'])
    expect(
      calls.filter((call) => call.startsWith(`${what} `)),
      what,
    ).not.toEqual([]);
  expect(calls.some((call) => /^write .*\.journal$/.test(call))).toBe(!name.startsWith('a small'));
  for (const nth of some(calls.length, 8)) {
    const errno = ERRNOS[Math.floor(random() * ERRNOS.length)]!;
    const sticky = nth % 2 === 0;
    const job = await jobs.job(args, nth % 3 === 0 ? { old: 'the old output' } : {});
    const spec = JSON.stringify({ folder: job.folder, call: '*', nth, errno, sticky });
    const { code, stdout, stderr } = await runJob(job, { faults: { LOGITMILL_FAULT: spec } });
    const what = `errno ${errno}${sticky ? ' from' : ' at'} call ${nth}, ${calls[nth - 1]}: ${stderr}`;
    const after = stateOf(job);
    expect([0, 5], what).toContain(code);
    if (code === 0) expect(after, what).toBe('whole');
    else {
      const expected = NO_SPACE.has(errno) ? /^(NO_SPACE|OUTPUT_UNWRITABLE)$/ : /^OUTPUT_(IO|UNWRITABLE)$/;
      expect(JSON.parse(stdout).error.code, what).toMatch(expected);
      expect(stderr, what).not.toContain('    at ');
    }
    await completes(job).catch((error) => {
      throw new Error(`${what}: ${error.message}`);
    });
    rmSync(job.folder, { recursive: true });
  }
});

test.each([
  ...SMALL,
  ...LARGE,
])('%s: the machine dies, and loses what was not synced', async (_name, makeArgs) => {
  const args = makeArgs('1');
  const calls = await callsOf(await jobs.job(args), 'LOGITMILL_CRASH');
  for (const nth of some(calls.length, 5)) {
    const job = await jobs.job(args, nth % 2 === 0 ? { old: 'the old output' } : {});
    const shadow = `${job.folder}.shadow`;
    mkdirSync(shadow);
    const spec = JSON.stringify({ folder: job.folder, nth, seed: SEED + nth, shadow });
    await runJob(job, { faults: { LOGITMILL_CRASH: spec } });
    await completes(job).catch((error) => {
      throw new Error(`died at call ${nth}, ${calls[nth - 1]}: ${error.message}`);
    });
    rmSync(job.folder, { recursive: true });
    rmSync(shadow, { recursive: true });
  }
});
