import fs from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LogitmillError } from '../../../src/errors.ts';
import {
  acquireLock,
  checkOutputPath,
  inputIdentity,
  type OpenOptions,
  openPartial,
} from '../../../src/output/publish/index.ts';
import { sideNames } from '../../../src/output/publish/target.ts';
import { makeWorld } from '../../faults/mini-setup.ts';

const world = makeWorld();
afterAll(() => world.remove());

function start(changes: Partial<OpenOptions> & { old?: string; oldMode?: number; overwrite?: boolean } = {}) {
  const { output, folder } = world.newJob({ mode: 'plain' }, false);
  const input = `${folder}.input`;
  fs.writeFileSync(input, 'the input');
  if (changes.old !== undefined) fs.writeFileSync(output, changes.old);
  if (changes.oldMode !== undefined) fs.chmodSync(output, changes.oldMode);
  const target = checkOutputPath(output, [input], {
    overwrite: changes.overwrite ?? changes.old !== undefined,
  });
  const lock = acquireLock(target);
  const fd = fs.openSync(input, 'r');
  const file = openPartial(target, lock, {
    plan: { version: '1', kernel: 'k', options: {}, tasks: 2, bytes: 8 },
    inputs: [inputIdentity(input, fd, () => new Uint8Array())],
    saveAfterMs: 1e9,
    ...changes,
  });
  fs.writeSync(file.fd, 'contents', 0);
  file.record(0, { rows: 1 }, 8);
  return { file, output, input, target, lock, list: () => fs.readdirSync(dirname(output)).sort() };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof LogitmillError ? error.code : String(error)),
  );

test('a small job has no journal, and leaves nothing but the output', async () => {
  const { file, output, list } = start();
  expect(list()).toEqual(['.out.lock', '.out.partial']);
  expect(await file.publish()).toEqual([]);
  expect(list()).toEqual(['out']);
  expect(fs.readFileSync(output, 'utf8')).toBe('contents');
});

test('an output that is replaced keeps its permissions, and a link to it stays a link', async () => {
  const { file, output } = start({ old: 'old', oldMode: 0o600 });
  expect(fs.statSync(sideNames(output).partial).mode & 0o777).toBe(0o600);
  await file.publish();
  expect(fs.statSync(output).mode & 0o777).toBe(0o600);

  fs.symlinkSync('out', `${output}-link`);
  const target = checkOutputPath(`${output}-link`, [], { overwrite: true });
  const again = openPartial(target, acquireLock(target), {
    plan: { version: '1', kernel: 'k', options: {}, tasks: 1, bytes: 3 },
    inputs: [],
  });
  fs.writeSync(again.fd, 'new', 0);
  await again.publish();
  expect(fs.readlinkSync(`${output}-link`)).toBe('out');
  expect(fs.readFileSync(output, 'utf8')).toBe('new');
});

test.each<[string, (input: string) => void]>([
  ['written to', (input) => fs.appendFileSync(input, '!')],
  ['written to without a change of size', (input) => fs.writeFileSync(input, 'THE INPUT')],
  ['cut', (input) => fs.truncateSync(input, 3)],
  ['gone', (input) => fs.rmSync(input)],
  [
    'replaced by the same bytes and times',
    (input) => {
      fs.cpSync(input, `${input}2`, { preserveTimestamps: true });
      fs.renameSync(`${input}2`, input);
    },
  ],
])('an input that is %s meanwhile', async (_name, change) => {
  const { file, input, list } = start({ old: 'old' });
  change(input);
  const error = await file.publish().catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'INPUT_CHANGED', exitCode: 3, file: input });
  await file.discard();
  expect(list()).toEqual(['out']);
});

test('an output that appears meanwhile is not replaced; nothing is computed again with --overwrite', async () => {
  const { file, output, input, list } = start();
  fs.writeFileSync(output, 'another’s');
  expect(await codeOf(file.publish())).toBe('OUTPUT_EXISTS');
  expect(await file.keepForResume()).toBe(true);
  expect(fs.readFileSync(output, 'utf8')).toBe('another’s');
  expect(list()).toEqual(['.out.journal', '.out.partial', 'out']);

  const target = checkOutputPath(output, [input], { overwrite: true });
  const fd = fs.openSync(input, 'r');
  const again = openPartial(target, acquireLock(target), {
    plan: { version: '1', kernel: 'k', options: {}, tasks: 2, bytes: 8 },
    inputs: [inputIdentity(input, fd, () => new Uint8Array())],
  });
  expect(again.isDone(0)).toBe(true);
  await again.publish();
  expect(fs.readFileSync(output, 'utf8')).toBe('contents');
  expect(list()).toEqual(['out']);
});

test('without the lock nothing is published, and nothing of the other run’s is touched', async () => {
  for (const other of [null, 'another run’s lock\n']) {
    const { file, target, list } = start();
    fs.rmSync(target.lock);
    if (other !== null) fs.writeFileSync(target.lock, other);
    const before = list();
    expect(await codeOf(file.publish())).toBe('LOCKED');
    await file.discard();
    expect(list()).toEqual(before);
  }
  const { file, target, list } = start();
  fs.rmSync(target.lock);
  expect(await file.keepForResume()).toBe(false);
  expect(list()).toEqual(['.out.partial']);
});

test('a partial file that was replaced is not published', async () => {
  const { file, output } = start();
  fs.copyFileSync(sideNames(output).partial, `${output}.copy`);
  fs.renameSync(`${output}.copy`, sideNames(output).partial);
  expect(await codeOf(file.publish())).toBe('OUTPUT_IO');
  expect(fs.existsSync(output)).toBe(false);
  await file.discard();
});

test('an abort that comes while the file is made durable is in time', async () => {
  const { file, output } = start();
  const abort = new AbortController();
  const published = file.publish({ signal: abort.signal });
  abort.abort(new LogitmillError('INTERRUPTED', 'stopped'));
  expect(await codeOf(published)).toBe('INTERRUPTED');
  expect(await file.keepForResume()).toBe(true);
  expect(fs.existsSync(output)).toBe(false);
});

test('a disk that does not answer does not hold up an interrupt; the lock is given up when it does', async () => {
  const { file, target, list } = start();
  const { fdatasync } = fs;
  let answer: (() => void) | undefined;
  (fs as { fdatasync: unknown }).fdatasync = (fd: number, done: (error: Error | null) => void) => {
    answer = () => fdatasync(fd, done);
    fs.fdatasync = fdatasync;
  };
  const started = performance.now();
  expect(await file.keepForResume(50)).toBe(false);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(list()).toContain('.out.lock');
  answer!();
  while (fs.existsSync(target.lock)) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(list()).toEqual(['.out.journal', '.out.partial']);
});

test('what was marked comes back', async () => {
  const { file, output, input } = start();
  await file.mark({ status: 'invalid', rows: [3] });
  await file.keepForResume();
  const target = checkOutputPath(output, [input], { overwrite: false });
  const again = openPartial(target, acquireLock(target), {
    plan: { version: '1', kernel: 'k', options: {}, tasks: 2, bytes: 8 },
    inputs: [inputIdentity(input, fs.openSync(input, 'r'), () => new Uint8Array())],
  });
  expect(again.saved.mark).toEqual({ status: 'invalid', rows: [3] });
  expect(again.saved.results.get(0)).toEqual({ rows: 1 });
  await again.discard();
});

test('a job of standard input leaves nothing to go on from', async () => {
  const { file, list } = start({ resumable: false });
  await file.mark('x');
  expect(list()).toEqual(['.out.lock', '.out.partial']);
  expect(await file.keepForResume()).toBe(false);
  expect(list()).toEqual([]);
});

test('a job that cannot fit is refused with both numbers, before any work', () => {
  const { statfsSync } = fs;
  const free = (blocks: number, frsize?: number) => {
    (fs as { statfsSync: unknown }).statfsSync = () => ({ bsize: 4096, blocks: 1e6, bavail: blocks, frsize });
  };
  const bytes = 40_960_000;
  const open = () => start({ plan: { version: '1', kernel: 'k', options: {}, tasks: 1, bytes } });
  try {
    free(9_999);
    expect(open).toThrow(LogitmillError);
    expect(open).toThrow(/^the output needs 40,960,000 bytes, and \/.* has 40,955,904 bytes free$/);
    free(9_999, 8192);
    expect(open).not.toThrow();
    free(10_000);
    expect(open).not.toThrow();
    // A file system that knows nothing of its size.
    (fs as { statfsSync: unknown }).statfsSync = () => ({ bsize: 4096, blocks: 0, bavail: 0 });
    expect(open).not.toThrow();
    free(10);
    expect(() =>
      start({
        estimatedBytes: 50_000,
        plan: { version: '1', kernel: 'k', options: {}, tasks: 1, bytes: null },
      }),
    ).toThrow(/50,000/);
  } finally {
    fs.statfsSync = statfsSync;
  }
});

test('a run that goes on needs only the space that it has not taken yet', async () => {
  const { statfsSync } = fs;
  const { file, output, input } = start({
    plan: { version: '1', kernel: 'k', options: {}, tasks: 2, bytes: 1_000_000 },
  });
  fs.writeSync(file.fd, Buffer.alloc(600_000, 1), 0, 600_000, 0);
  await file.keepForResume();
  const target = checkOutputPath(output, [input], { overwrite: false });
  const open = (blocks: number) => {
    (fs as { statfsSync: unknown }).statfsSync = () => ({ bsize: 1, blocks: 1e6, bavail: blocks });
    const lock = acquireLock(target);
    try {
      return openPartial(target, lock, {
        plan: { version: '1', kernel: 'k', options: {}, tasks: 2, bytes: 1_000_000 },
        inputs: [inputIdentity(input, fs.openSync(input, 'r'), () => new Uint8Array())],
      });
    } catch (error) {
      lock.release();
      throw error;
    }
  };
  try {
    expect(() => open(300_000)).toThrow(/needs 1,000,000 bytes/);
    expect(fs.existsSync(target.journal)).toBe(true);
    const again = open(450_000);
    expect(again.resumed).toBe(true);
    await again.discard();
  } finally {
    fs.statfsSync = statfsSync;
  }
});
