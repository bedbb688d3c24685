// @module-tag long
import { readdirSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_CODES, LogitmillError } from '../../src/errors.ts';
import { ERRNOS, type FaultSpec, installFaults, NO_SPACE } from './inject.mjs';
import { stateOf } from './kill.ts';
import type { Mode } from './mini-job.ts';
import { type MiniKillable, MODES, makeWorld, runInside } from './mini-setup.ts';

// Every file system call of a small job fails in turn. After each: the output is absent, or the old one, or whole;
// the error is one of ours and names the trouble; the same command, run again, completes with the right bytes.

const world = makeWorld();
let survived = 0;
/** One after the other, over all calls of all jobs. */
let next = 0;
afterAll(() => {
  world.remove();
  if (process.env.LOGITMILL_LONG === '1') console.log(`faults injected and survived: ${survived}`);
});

async function run(
  job: MiniKillable,
  spec: Omit<FaultSpec, 'folder'>,
): Promise<{ error: unknown; calls: string[] }> {
  const faults = installFaults({ ...spec, folder: job.folder });
  const { error } = await runInside(job);
  faults.uninstall();
  return { error, calls: faults.calls };
}

async function tryFault(
  mode: Mode,
  old: boolean,
  nth: number,
  errno: number,
  sticky: boolean,
): Promise<void> {
  const job = world.newJob({ mode }, old);
  const { error, calls } = await run(job, { call: '*', nth, errno, sticky });
  const what = `errno ${errno}${sticky ? ' from' : ' at'} call ${nth}, ${calls[nth - 1]}`;
  const state = stateOf(job);
  if (error === null) expect(state, `${what}: success without output`).toBe('whole');
  else expectOurError(error, errno, what);

  job.options = { ...job.options, overwrite: true };
  expect((await runInside(job)).error, `${what}: rerun`).toBe(null);
  expect(stateOf(job), `${what}: bytes of the rerun`).toBe('whole');
  expect(readdirSync(job.folder), `${what}: left behind`).toEqual(['out']);
  rmSync(job.folder, { recursive: true });
  survived++;
}

function expectOurError(error: unknown, errno: number, what: string): void {
  expect(error, `${what}: ${(error as Error).stack}`).toBeInstanceOf(LogitmillError);
  const { code, exitCode, file } = error as LogitmillError;
  expect(exitCode, what).toBe(5);
  expect(EXIT_CODES[code]).toBe(5);
  expect(file, what).toMatch(/out$/);
  if (code !== 'OUTPUT_UNWRITABLE') expect(code, what).toBe(NO_SPACE.has(errno) ? 'NO_SPACE' : 'OUTPUT_IO');
}

describe.each(MODES)('%s', (mode) => {
  test.each([
    { old: false, sticky: false },
    { old: true, sticky: false },
    { old: true, sticky: true },
  ])('every call fails (old output: $old; for good: $sticky)', async ({ old, sticky }) => {
    const { error, calls } = await run(world.newJob({ mode }, old), { call: '*', nth: 0, errno: 'EIO' });
    expect(error).toBe(null);
    // What is meant to be tried is there to be tried.
    for (const name of [
      'open',
      'ftruncate',
      'write',
      'writev',
      'fdatasync',
      'fsync',
      'rename',
      'close',
      'unlink',
      'link',
    ])
      if (!(mode === 'sized' && ['ftruncate', 'writev'].includes(name)) && (old || name !== 'rename'))
        expect(
          calls.some((call) => call.startsWith(`${name} `)),
          name,
        ).toBe(true);
    expect(calls.some((call) => call.endsWith('.journal'))).toBe(true);
    const all = process.env.LOGITMILL_LONG === '1';
    for (let nth = 1; nth <= calls.length + 2; nth++)
      for (const errno of all ? ERRNOS : [ERRNOS[next++ % ERRNOS.length]!])
        await tryFault(mode, old, nth, errno, sticky);
  });
});

test.each(['write', 'writev'])('a short %s is carried on with', async (call) => {
  for (let nth = 1; nth <= 60; nth++) {
    const job = world.newJob({ mode: 'plain' }, false);
    const { error } = await run(job, { call, nth, errno: 'SHORT', sticky: nth % 2 === 0 });
    expect(error).toBe(null);
    expect(stateOf(job)).toBe('whole');
  }
});
