import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { LogitmillError } from '../../../src/errors.ts';
import { acquireLock, checkOutputPath, type OutputLock } from '../../../src/output/publish/index.ts';
import { livenessOf, ownIdentity } from '../../../src/output/publish/process.ts';
import { fastFolder } from '../../faults/fast-folder.ts';

const root = fs.mkdtempSync(join(fastFolder(), 'logitmill-lock-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  fs.mkdirSync(folder);
});
const targetOf = () => checkOutputPath(join(folder, 'out'), [], { overwrite: true });

function failure(action: () => unknown): LogitmillError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(LogitmillError);
    return error as LogitmillError;
  }
  throw new Error('expected an error');
}

const DEAD_PID = 2 ** 22 + 1; // above the largest pid_max of Linux
function lockText(changes: Record<string, unknown>): string {
  const since = '2026-01-02T03:04:05.678Z';
  return `${JSON.stringify({ logitmill: 'lock', ...ownIdentity(), thread: 0, since, id: 'x', ...changes })}\n`;
}

describe('who holds it', () => {
  const self = ownIdentity();
  test.each([
    ['this process', {}, 'alive'],
    ['a pid that is gone', { pid: DEAD_PID }, 'dead'],
    ['a pid that was used again', { start: '1' }, 'dead'],
    ['a pid in use, start not known', { start: '' }, 'alive'],
    ['another user’s process', { pid: 1, start: '' }, 'alive'],
    ['before this machine was started', { boot: 'other' }, 'dead'],
    ['another machine', { boot: 'other', host: 'elsewhere' }, 'unknown'],
    ['another machine, boot not known', { boot: '', host: 'elsewhere' }, 'unknown'],
    ['same machine, boot not known', { boot: '', pid: DEAD_PID }, 'dead'],
    ['another container', { namespace: 'pid:[1]' }, 'unknown'],
    ['another container by name', { namespace: 'pid:[1]', host: 'elsewhere' }, 'unknown'],
  ] as const)('%s', (_name, changes, expected) => {
    expect(livenessOf({ ...self, ...changes })).toBe(expected);
  });

  test('a killed process that nobody waits for is dead', async () => {
    // The child of a shell that has been replaced by `sleep`, which does not wait for it.
    const shell = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(await new Promise((resolve) => shell.stdout.once('data', resolve)));
    const { start } = readStart(pid);
    await vi.waitFor(() => expect(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), 20_000);
    expect(livenessOf({ ...self, pid, start })).toBe('dead');
    shell.kill();
  });

  function readStart(pid: number): { start: string } {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return { start: text.slice(text.lastIndexOf(')') + 2).split(' ')[19]! };
  }
});

describe('messages', () => {
  test('a living holder is named, with what to do', () => {
    const target = targetOf();
    const lock = acquireLock(target);
    const error = failure(() => acquireLock(target));
    expect(error.code).toBe('LOCKED');
    expect(error.exitCode).toBe(6);
    expect(error.line).toMatch(
      new RegExp(
        `/out: another run is writing this output: process ${process.pid} on ${hostname()} since 20`,
      ),
    );
    expect(error.hint).toBe(`wait for it, or stop it: kill ${process.pid}`);
    expect(lock.isHeld()).toBe(true);
    expect(lock.release()).toBe(true);
    expect(fs.readdirSync(folder)).toEqual([]);
    expect(acquireLock(target).release()).toBe(true);
  });

  test('another machine: says so, when it last wrote, and how to clear it', () => {
    const target = targetOf();
    fs.writeFileSync(target.lock, lockText({ boot: 'b', host: 'node-7', pid: 99 }));
    fs.writeFileSync(target.partial, '');
    const error = failure(() => acquireLock(target));
    expect(error.message).toMatch(
      /on another machine than this one \(.+\): process 99 on node-7 since 2026-01-02T03:04:05.678Z, last written 20/,
    );
    expect(error.hint).toBe(`if no run is writing it any more: logitmill unlock ${target.name}`);
    expect(fs.readdirSync(folder).sort()).toEqual(['.out.lock', '.out.partial']);
  });

  test('another container', () => {
    const target = targetOf();
    fs.writeFileSync(target.lock, lockText({ namespace: 'pid:[1]', host: 'c0ffee' }));
    expect(failure(() => acquireLock(target)).message).toContain('in another container of this machine');
  });

  test.each(['something else\n', '{}\n'])('a file that is no lock of ours stays: %j', (text) => {
    const target = targetOf();
    fs.writeFileSync(target.lock, text);
    const error = failure(() => acquireLock(target));
    expect(error.code).toBe('LOCKED');
    expect(error.message).toContain('does not say which run holds it');
    expect(error.hint).toContain(`logitmill unlock ${target.name}`);
    expect(fs.readFileSync(target.lock, 'utf8')).toBe(text);
  });
});

test.each(['', '{"pid":', '\0\0\0'])('a lock torn by a loss of power is taken over: %j', (text) => {
  const target = targetOf();
  fs.writeFileSync(target.lock, text);
  const lock = acquireLock(target);
  expect(lock.isHeld()).toBe(true);
  lock.release();
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a lock of the dead is taken over, with whatever a takeover left behind', () => {
  for (const [lock, takeover, draft] of [
    [true, false, false],
    [true, true, false],
    [true, true, true],
    [false, false, true],
    [true, false, true],
  ]) {
    const target = targetOf();
    if (lock) fs.writeFileSync(target.lock, lockText({ start: '1' }));
    if (takeover) fs.writeFileSync(`${target.lock}.takeover`, lockText({ start: '2' }));
    if (draft) fs.writeFileSync(`${target.lock}.new`, 'half a lo');
    const mine = acquireLock(target);
    expect(mine.isHeld()).toBe(true);
    expect(fs.readdirSync(folder)).toEqual(['.out.lock']);
    mine.release();
    expect(fs.readdirSync(folder)).toEqual([]);
  }
});

test('works where there are no hard links', () => {
  const link = fs.linkSync;
  fs.linkSync = () => {
    throw Object.assign(new Error('EPERM: no links here, link'), { code: 'EPERM' });
  };
  try {
    const target = targetOf();
    fs.writeFileSync(target.lock, lockText({ start: '1' }));
    const lock = acquireLock(target);
    expect(failure(() => acquireLock(target)).code).toBe('LOCKED');
    expect(fs.readdirSync(folder)).toEqual(['.out.lock']);
    lock.release();
  } finally {
    fs.linkSync = link;
  }
});

describe('two at once', () => {
  const NAMES = ['writeFileSync', 'linkSync', 'openSync', 'unlinkSync', 'renameSync'] as const;
  class Crash extends Error {}

  /** Calls `before(n)` ahead of the n-th file system call of `action` on files of this test. */
  function interrupted<T>(action: () => T, before: (call: number) => void): T {
    const original = { ...fs };
    let call = 0;
    let inside = false;
    for (const name of NAMES) {
      const real = original[name] as (...args: unknown[]) => unknown;
      (fs as Record<string, unknown>)[name] = (...args: unknown[]) => {
        if (!inside && String(args[0]).startsWith(folder)) {
          inside = true;
          try {
            before(++call);
          } finally {
            inside = false;
          }
        }
        return real(...args);
      };
    }
    try {
      return action();
    } finally {
      for (const name of NAMES) (fs as Record<string, unknown>)[name] = original[name];
    }
  }

  const tryAcquire = (): OutputLock | null => {
    try {
      return acquireLock(targetOf());
    } catch (error) {
      if (error instanceof Crash) return null;
      expect(error).toBeInstanceOf(LogitmillError);
      expect((error as LogitmillError).code).toBe('LOCKED');
      return null;
    }
  };

  /** Dies at its n-th call: that one and all later ones, also those that would clear up, never happen. */
  const crashAt = (dies: number): OutputLock | null =>
    interrupted(tryAcquire, (call) => {
      if (call >= dies) throw new Crash();
    });

  const STATES: Record<string, Record<string, string>> = {
    'no lock': {},
    'a dead lock': { '.lock': lockText({ start: '1' }) },
    'a dead lock and a dead takeover': {
      '.lock': lockText({ start: '1' }),
      '.lock.takeover': lockText({ start: '2' }),
    },
    'a draft': { '.lock.new': 'half' },
    'a dead lock and a draft': { '.lock': lockText({ start: '1' }), '.lock.new': lockText({ start: '3' }) },
  };
  const LAST = 40;

  describe.each(Object.keys(STATES))('%s', (state) => {
    const prepare = (): void => {
      folder = join(root, String(count++));
      fs.mkdirSync(folder);
      for (const [suffix, text] of Object.entries(STATES[state]!))
        fs.writeFileSync(`${folder}/.out${suffix}`, text);
    };

    test('the second comes at any moment of the first', () => {
      for (let at = 1; at <= LAST; at++) {
        prepare();
        let second: OutputLock | null = null;
        const first = interrupted(tryAcquire, (call) => {
          if (call === at) second = tryAcquire();
        });
        const holders = [first, second as OutputLock | null].filter((lock) => lock?.isHeld());
        expect(holders.length, `at call ${at}`).toBe(1);
        expect([first, second].filter((lock) => lock !== null).length, `at call ${at}`).toBe(1);
        holders[0]!.release();
        expect(fs.readdirSync(folder), `at call ${at}`).toEqual([]);
      }
    });

    test('the second comes, works, and goes, at any moment of the first', () => {
      for (let at = 1; at <= LAST; at++) {
        prepare();
        const first = interrupted(tryAcquire, (call) => {
          if (call === at) tryAcquire()?.release();
        });
        expect(first?.isHeld() ?? true, `at call ${at}`).toBe(true);
        first?.release();
        expect(fs.readdirSync(folder), `at call ${at}`).toEqual([]);
      }
    });

    test('the second dies at any moment, at any moment of the first', () => {
      for (let at = 1; at <= LAST; at++)
        for (let dies = 1; dies <= LAST; dies++) {
          prepare();
          const first = interrupted(tryAcquire, (call) => {
            if (call === at) {
              const dead = interruptedBy(dies);
              // Dead in the end even if it got the lock: only the file stays.
              if (dead !== null) bury();
            }
          });
          const what = `at call ${at}, died at ${dies}`;
          if (first === null) expect(tryAcquire()?.isHeld(), what).toBe(true);
          else expect(first.isHeld(), what).toBe(true);
        }
    });

    const interruptedBy = (dies: number): OutputLock | null => {
      const outer = { ...fs };
      const lock = crashAt(dies);
      for (const name of NAMES) (fs as Record<string, unknown>)[name] = outer[name];
      return lock;
    };
    const bury = (): void =>
      (globalThis as unknown as Record<symbol, Set<string>>)[Symbol.for('logitmill.locks')]!.clear();
  });
});
