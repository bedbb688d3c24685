import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { installCrash } from './crash.mjs';
import { completes, stateOf } from './kill.ts';
import { forgetLocks, type MiniKillable, MODES, makeWorld, runInside } from './mini-setup.ts';

// The process, or the whole machine, dies before each file system call of a small job. After it, the output is
// absent, or the old one, or whole; the same command completes with the right bytes and leaves nothing behind.

const LONG = process.env.LOGITMILL_LONG === '1';
const world = makeWorld();
afterAll(() => world.remove());

/** Dies before call `nth`; returns the calls. */
async function dieAt(job: MiniKillable, nth: number, seed: number, keepsAll: boolean): Promise<string[]> {
  const shadow = `${job.folder}.shadow`;
  mkdirSync(shadow, { recursive: true });
  const crash = installCrash({ folder: job.folder, nth, seed, shadow, keepsAll, inside: true });
  const { code } = await runInside(job);
  crash.uninstall();
  forgetLocks();
  if (crash.calls.length < nth) expect(code).toBe(0);
  return crash.calls;
}

async function survives(job: MiniKillable, story: string): Promise<boolean> {
  const left = readdirSync(job.folder).join(' ');
  const { resumed } = await completes(job, () => runInside(job)).catch((error) => {
    throw new Error(`${story}; left ${left}: ${error.message}`);
  });
  rmSync(job.folder, { recursive: true });
  rmSync(`${job.folder}.shadow`, { recursive: true });
  return resumed;
}

test.each(MODES)('%s: a process that dies at any call, and again in the rerun', async (mode) => {
  let resumed = 0;
  for (const old of [false, true])
    for (let nth = 1; ; nth++) {
      const job = world.newJob({ mode }, old);
      const calls = await dieAt(job, nth, 1, true);
      if (calls.length < nth) break;
      const again =
        stateOf(job) === 'before' ? await dieAt(job, 1 + ((nth * 7) % calls.length), 1, true) : [];
      if (await survives(job, `died at ${calls.at(-1)}, then at ${again.at(-1)}`)) resumed++;
    }
  expect(resumed).toBeGreaterThan(20);
});

test.each(MODES)('%s: a machine that dies at any call, and loses what was not synced', async (mode) => {
  let resumed = 0;
  for (let seed = 1; seed <= (LONG ? 100 : 4); seed++)
    for (let nth = 1; ; nth++) {
      const job = world.newJob({ mode }, seed % 2 === 0);
      const calls = await dieAt(job, nth, seed * 1000 + nth, false);
      if (calls.length < nth) break;
      if (await survives(job, `seed ${seed}, died at call ${nth}, ${calls.at(-1)}`)) resumed++;
    }
  expect(resumed).toBeGreaterThan(20);
});
