// @module-tag long
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { type BinaryJob, BinaryJobs } from './binary-jobs.ts';
import { ERRNOS, NO_SPACE } from './inject.mjs';
import { completes, runJob, stateOf } from './kill.ts';

// The files without a name that a run makes for itself: in TMPDIR what comes on a pipe or out of .gz, beside the output
// what a slab cannot hold of a compressed batch. Every call on them fails in turn, each with another errno; after that
// holds what holds of the output's own files. With LOGITMILL_LONG=1 each call fails with every errno.

const LONG = process.env.LOGITMILL_LONG === '1';
const jobs = new BinaryJobs();
let faults = 0;

interface Scratch {
  args: string[];
  /** Whether a call, as the log has it, is on a scratch file. */
  isScratch: RegExp;
  /** A folder for them that is not the output's. */
  apart: boolean;
}
const kinds: Record<string, () => Promise<Scratch>> = {
  'Arrow in .gz': async () => {
    const path = await jobs.arrow(3000, 20, 'list');
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    return {
      args: [`${path}.gz`, '--force-input', '--column', 'probs', '--keep', 'none'],
      isScratch: /./,
      apart: true,
    };
  },
  'compressed batches larger than the slab': async () => {
    const path = await jobs.arrow(40_000, 20, 'list');
    const little = [
      '--force-input',
      '--keep',
      'none',
      '--threads',
      '1',
      '--memory',
      '2MiB',
      '--compression',
      'lz4',
    ];
    return {
      args: [await jobs.packed(path), ...little],
      isScratch: /^open .*\/job-\d+$| \(deleted\)$/,
      apart: false,
    };
  },
};
afterAll(() => {
  jobs.remove();
  console.log(`faults in scratch files: ${faults} injected, ${faults} survived`);
});

/** The job, and the folder whose calls count. */
async function prepared({ args, apart }: Scratch): Promise<{ job: BinaryJob; folder: string }> {
  const job = await jobs.job(args);
  if (!apart) return { job, folder: job.folder };
  const folder = `${job.folder}.tmp`;
  mkdirSync(folder);
  job.env = { ...job.env, TMPDIR: folder };
  return { job, folder };
}

test.each(Object.keys(kinds))('%s', { timeout: 600_000 }, async (kind) => {
  const scratch = await kinds[kind]!();
  const counting = await prepared(scratch);
  const log = `${counting.job.folder}.log`;
  const spec = { folder: counting.folder, call: '*', nth: 0, errno: 'EIO', log };
  expect(await runJob(counting.job, { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } })).toMatchObject({
    code: 0,
  });
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  const places = calls.flatMap((call, index) => (scratch.isScratch.test(call) ? [index + 1] : []));
  const namesOf = places.map((nth) => calls[nth - 1]!.split(' ')[0]);
  for (const name of ['open', 'write']) expect(namesOf).toContain(name);
  // Of a long row of like calls, some.
  const step = LONG ? 1 : Math.ceil(places.length / 5);
  for (let at = 0; at < places.length; at += step) {
    const nth = places[at]!;
    for (const errno of LONG ? ERRNOS : [ERRNOS[(at * 7 + 27) % ERRNOS.length]!]) {
      await fails(scratch, nth, errno, calls[nth - 1]!);
      faults++;
    }
  }
});

async function fails(scratch: Scratch, nth: number, errno: number, call: string): Promise<void> {
  const { job, folder } = await prepared(scratch);
  const sticky = nth % 2 === 0;
  const spec = JSON.stringify({ folder, call: '*', nth, errno, sticky });
  const { code, stdout, stderr } = await runJob(job, { faults: { LOGITMILL_FAULT: spec } });
  const what = `errno ${errno}${sticky ? ' from' : ' at'} call ${nth}, ${call}: ${stderr}`;
  const after = stateOf(job);
  // What was kept of the input, and cannot be read again, is the input's.
  const isInput = scratch.apart && /^(read|fstat) /.test(call);
  expect(isInput ? [0, 3, 5] : [0, 5], what).toContain(code);
  if (code === 0) expect(after, what).toBe('whole');
  else if (code === 3) expect(JSON.parse(stdout).error.code, what).toBe('INPUT_UNREADABLE');
  else {
    const expected = NO_SPACE.has(errno) ? /^NO_SPACE$/ : /^OUTPUT_(IO|UNWRITABLE)$/;
    expect(JSON.parse(stdout).error.code, what).toMatch(expected);
    expect(after, what).toBe('before');
    expect(stderr, what).not.toContain('    at ');
  }
  if (scratch.apart) expect(readdirSync(folder), what).toEqual([]);
  await completes(job).catch((error) => {
    throw new Error(`${what}: ${error.message}`);
  });
  rmSync(job.folder, { recursive: true });
}
