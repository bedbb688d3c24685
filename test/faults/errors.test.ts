import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES, LogitmillError } from '../../src/errors.ts';
import { fastFolder } from './fast-folder.ts';
import { type FaultSpec, installFaults } from './inject.mjs';
import { doPiece, expectedOutput, type MiniOptions, type Mode, runMiniJob } from './mini-job.ts';

// Every file system call of a small job fails in turn. After each: the output is absent, or the old one, or whole;
// the error is one of ours and names the trouble; the same command, run again, completes with the right bytes.

const ERRNOS = ['EIO', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM'];
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const OLD = Buffer.from('the old output');

let root: string;
let input: string;
let count = 0;

beforeAll(() => {
  root = mkdtempSync(join(fastFolder(), 'logitmill-faults-'));
  input = join(root, 'input');
  writeFileSync(
    input,
    Uint8Array.from({ length: 12 * 256 }, (_, at) => (at * at) >> 3),
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function newJob(mode: Mode, old: boolean): { folder: string; options: MiniOptions } {
  const folder = join(root, `job-${count++}`);
  mkdirSync(folder);
  const output = join(folder, 'out');
  if (old) writeFileSync(output, OLD);
  return {
    folder,
    options: { input, output, mode, tasks: 12, taskBytes: 256, overwrite: old, saveAfterMs: 0 },
  };
}

async function run(options: MiniOptions, spec?: FaultSpec): Promise<{ error: unknown; calls: string[] }> {
  const faults = spec === undefined ? undefined : installFaults(spec);
  try {
    // A breath between tasks, so that saving in the background gets its turns.
    await runMiniJob(options, async (piece) => {
      await new Promise(setImmediate);
      return doPiece(piece);
    });
    return { error: null, calls: faults?.calls ?? [] };
  } catch (error) {
    return { error, calls: faults?.calls ?? [] };
  } finally {
    faults?.uninstall();
  }
}

const contentOf = (path: string): Buffer | null => {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
};

async function tryFault(
  mode: Mode,
  old: boolean,
  nth: number,
  errno: string,
  sticky: boolean,
): Promise<string> {
  const { folder, options } = newJob(mode, old);
  const expected = expectedOutput(options);
  const { error, calls } = await run(options, { folder, call: '*', nth, errno, sticky });
  const what = `${errno}${sticky ? ' from' : ' at'} call ${nth}, ${calls[nth - 1]}`;
  const after = contentOf(options.output);
  const isWhole = after?.equals(expected) ?? false;
  const isBefore = old ? (after?.equals(OLD) ?? false) : after === null;
  expect(isWhole || isBefore, `${what}: output is neither as before nor whole`).toBe(true);
  if (error === null) expect(isWhole, `${what}: success without output`).toBe(true);
  else expectOurError(error, errno, what);

  const again = await run({ ...options, overwrite: true });
  expect(again.error, `${what}: rerun`).toBe(null);
  expect(contentOf(options.output)?.equals(expected), `${what}: bytes of the rerun`).toBe(true);
  expect(readdirSync(folder), `${what}: left behind`).toEqual(['out']);
  rmSync(folder, { recursive: true });
  return what;
}

function expectOurError(error: unknown, errno: string, what: string): void {
  expect(error, `${what}: ${(error as Error).stack}`).toBeInstanceOf(LogitmillError);
  const { code, exitCode, file } = error as LogitmillError;
  expect(exitCode, what).toBe(5);
  expect(EXIT_CODES[code]).toBe(5);
  expect(file, what).toMatch(/out$/);
  if (code !== 'OUTPUT_UNWRITABLE') expect(code, what).toBe(NO_SPACE.has(errno) ? 'NO_SPACE' : 'OUTPUT_IO');
}

describe.each(['plain', 'sized', 'columns'] as const)('%s', (mode) => {
  test.each([
    { old: false, sticky: false },
    { old: true, sticky: false },
    { old: true, sticky: true },
  ])('every call fails once (old output: $old; for good: $sticky)', async ({ old, sticky }) => {
    const { folder, options } = newJob(mode, old);
    const { error, calls } = await run(options, { folder, call: '*', nth: 0, errno: 'EIO' });
    expect(error).toBe(null);
    // What is meant to be tried is there to be tried.
    for (const name of [
      'open',
      'ftruncate',
      'write',
      'fdatasync',
      'fsync',
      'rename',
      'close',
      'unlink',
      'link',
    ])
      if (name !== 'ftruncate' || mode !== 'sized')
        expect(
          calls.some((call) => call.startsWith(`${name} `)),
          name,
        ).toBe(true);
    expect(calls.some((call) => call.endsWith('.journal'))).toBe(true);
    const all = process.env.LOGITMILL_LONG === '1';
    for (let nth = 1; nth <= calls.length + 2; nth++)
      for (const errno of all ? ERRNOS : [ERRNOS[nth % ERRNOS.length]!])
        await tryFault(mode, old, nth, errno, sticky);
  });
});

test('a short write is carried on with', async () => {
  for (let nth = 1; nth <= 60; nth++) {
    const { folder, options } = newJob('plain', false);
    const { error } = await run(options, {
      folder,
      call: 'write',
      nth,
      errno: 'SHORT',
      sticky: nth % 2 === 0,
    });
    expect(error).toBe(null);
    expect(contentOf(options.output)?.equals(expectedOutput(options))).toBe(true);
  }
});
