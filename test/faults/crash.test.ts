// @module-tag long
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { installCrash } from './crash.mjs';
import { completes, stateOf } from './kill.ts';
import { forgetLocks, type MiniKillable, MODES, makeWorld, runInside } from './mini-setup.ts';

// The process, or the whole machine, dies before each file system call of a small job. After it, the output is
// absent, or the old one, or whole; the same command completes with the right bytes and leaves nothing behind.
// All of them, and the real program's: npm run test:powercut. The last result: bench/results/powercut.md.

const LONG = process.env.LOGITMILL_LONG === '1';
/** Of the choices what is lost; of each, all calls are tried. */
const SEEDS = Number(process.env.LOGITMILL_SEEDS ?? (LONG ? 100 : 4));
/** A job that ends before anything is worth a journal. */
const NEVER = 1e9;
const world = makeWorld();
let survived = 0;
afterAll(() => {
  world.remove();
  if (LONG) console.log(`power cuts and deaths survived: ${survived}`);
});

/** Dies before call `nth`; returns the calls. */
async function dieAt(job: MiniKillable, nth: number, seed: number, keepsAll: boolean): Promise<string[]> {
  const shadow = `${job.folder}.shadow`;
  mkdirSync(shadow, { recursive: true });
  const crash = installCrash({ folder: job.folder, nth, seed, shadow, keepsAll, inside: true });
  const { code, stdout } = await runInside(job);
  crash.uninstall();
  forgetLocks();
  if (crash.calls.length < nth) expect(code, stdout).toBe(0);
  return crash.calls;
}

async function survives(job: MiniKillable, story: string): Promise<boolean> {
  const left = readdirSync(job.folder).join(' ');
  const { resumed } = await completes(job, () => runInside(job)).catch((error) => {
    throw new Error(`${story}; left ${left}: ${error.message}`);
  });
  rmSync(job.folder, { recursive: true });
  rmSync(`${job.folder}.shadow`, { recursive: true });
  survived++;
  return resumed;
}

test.each(MODES)('%s: a process that dies at any call, and again in the rerun', async (mode) => {
  let resumed = 0;
  for (const saveAfterMs of [0, NEVER])
    for (const old of [false, true])
      for (let nth = 1; ; nth++) {
        const job = world.newJob({ mode, saveAfterMs }, old);
        const calls = await dieAt(job, nth, 1, true);
        if (calls.length < nth) break;
        const again = stateOf(job) === 'before' ? await dieAt(job, 1 + ((nth * 7) % 30), 1, true) : [];
        if (await survives(job, `died at ${calls.at(-1)}, then at ${again.at(-1)}`)) resumed++;
      }
  expect(resumed).toBeGreaterThan(20);
});

test.each(MODES)('%s: a machine that dies at any call, and loses what was not synced', async (mode) => {
  let resumed = 0;
  for (let seed = 1; seed <= SEEDS; seed++)
    for (let nth = 1; ; nth++) {
      const job = world.newJob({ mode, saveAfterMs: seed % 2 === 0 ? NEVER : 0 }, seed % 3 === 0);
      const calls = await dieAt(job, nth, seed * 1000 + nth, false);
      if (calls.length < nth) break;
      if (await survives(job, `seed ${seed}, died at call ${nth}, ${calls.at(-1)}`)) resumed++;
    }
  expect(resumed).toBeGreaterThan(20);
});

/** Runs the job to its end, whatever that is, and then cuts the power. */
async function dieAfter(job: MiniKillable, seed: number): Promise<number | null> {
  const shadow = `${job.folder}.shadow`;
  mkdirSync(shadow, { recursive: true });
  const crash = installCrash({ folder: job.folder, nth: 0, seed, shadow, inside: true });
  const { code } = await runInside(job);
  crash.die();
  crash.uninstall();
  forgetLocks();
  return code;
}

test('what was reported as published survives the machine', async () => {
  for (let seed = 1; seed <= (LONG ? 400 : 40); seed++) {
    const mode = MODES[seed % 3]!;
    const job = world.newJob({ mode, saveAfterMs: seed % 2 === 0 ? NEVER : 0 }, seed % 4 < 2);
    expect(await dieAfter(job, seed)).toBe(0);
    expect(stateOf(job)).toBe('whole');
    await survives(job, `seed ${seed}, died at the end`);
  }
});

test('what was kept because of invalid rows survives the machine, and is not computed again', async () => {
  for (let seed = 1; seed <= (LONG ? 400 : 40); seed++) {
    const mode = MODES[seed % 3]!;
    const job = world.newJob({ mode, saveAfterMs: NEVER, invalid: 'fail' }, seed % 4 < 2);
    expect(await dieAfter(job, seed)).toBe(4);
    expect(stateOf(job)).toBe('before');
    job.options = { ...job.options, invalid: 'keep' };
    const { stdout } = await runInside(job);
    expect(JSON.parse(stdout)).toMatchObject({ resumed: true, computed: 0, afreshBecause: null });
    expect(stateOf(job)).toBe('whole');
  }
});
