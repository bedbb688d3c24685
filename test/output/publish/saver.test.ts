import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { checkOutputPath } from '../../../src/output/publish/index.ts';
import { decodeJournal, encodeHeader } from '../../../src/output/publish/journal.ts';
import { JournalFile } from '../../../src/output/publish/journal-file.ts';
import { Saver } from '../../../src/output/publish/saver.ts';
import { sideNames } from '../../../src/output/publish/target.ts';
import { fastFolder } from '../../faults/fast-folder.ts';

// The order of calls, the disk being one that answers when the test says so.

const root = fs.mkdtempSync(join(fastFolder(), 'logitmill-saver-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const { fdatasync, fsync } = fs;
let count = 0;
let path: string;
let fd: number;
let journal: JournalFile;
/** Answers to the syncs of the partial file that are under way. */
let waiting: ((error: Error | null) => void)[];

beforeEach(() => {
  path = join(root, `out${count++}`);
  const target = checkOutputPath(path, [], { overwrite: false });
  fd = fs.openSync(target.partial, 'w+');
  const plan = { version: '1', kernel: 'k', options: {}, tasks: 1, bytes: null };
  journal = new JournalFile(
    target,
    () => encodeHeader({ plan, inputs: [], partial: '1' }),
    0,
    process.getuid!(),
  );
  waiting = [];
  const slow = (real: typeof fdatasync) => (file: number, done: (error: Error | null) => void) => {
    if (file === fd) waiting.push(done);
    else real(file, done);
  };
  (fs as { fdatasync: unknown }).fdatasync = slow(fdatasync);
  (fs as { fsync: unknown }).fsync = slow(fsync);
});
afterEach(() => {
  fs.fdatasync = fdatasync;
  fs.fsync = fsync;
  journal.close();
  fs.closeSync(fd);
});

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
};
const answer = async (error: Error | null = null): Promise<void> => {
  waiting.shift()!(error);
  await settle();
};
const journalled = (): number[] => {
  const bytes = fs.existsSync(sideNames(path).journal)
    ? fs.readFileSync(sideNames(path).journal)
    : Buffer.alloc(0);
  return [...decodeJournal(bytes).work.results.keys()];
};
const MiB = 1 << 20;

test('a task is in the journal only when its data is durable, and not the tasks recorded meanwhile', async () => {
  const saver = new Saver(fd, journal, true, 0);
  saver.record(0, null, 1);
  saver.record(1, null, 1);
  await settle();
  expect(waiting.length).toBe(1);
  expect(journalled()).toEqual([]);
  await answer();
  expect(journalled()).toEqual([0]);
  // The second save began by itself.
  await answer();
  expect(journalled()).toEqual([0, 1]);
  await settle();
  expect(waiting.length).toBe(0);
});

test('a young job with little data saves nothing', async () => {
  const saver = new Saver(fd, journal, true, 60_000);
  for (let task = 0; task < 60; task++) saver.record(task, null, MiB);
  await settle();
  expect(waiting.length).toBe(0);
  expect(saver.room()).toBe(null);
  await saver.idle();
});

test('saves by the clock also when no further task comes', async () => {
  const saver = new Saver(fd, journal, true, 30);
  saver.record(7, null, 1);
  await settle();
  await settle();
  await answer();
  expect(journalled()).toEqual([7]);
});

test('much data is made durable before there is a journal, and the tasks are not forgotten', async () => {
  const saver = new Saver(fd, journal, true, 60_000);
  saver.record(0, null, 300 * MiB);
  await settle();
  await answer();
  expect(fs.existsSync(sideNames(path).journal)).toBe(false);
  const saved = saver.save();
  await settle();
  await answer();
  await saved;
  expect(journalled()).toEqual([0]);
});

test('a slow disk stops the handing out of tasks, until it has caught up', async () => {
  const saver = new Saver(fd, journal, true, 20);
  saver.record(0, null, 1);
  await settle();
  await settle();
  expect(waiting.length).toBe(1);
  await settle();
  const room = saver.room();
  expect(room).not.toBe(null);
  let isFree = false;
  void room!.then(() => {
    isFree = true;
  });
  await settle();
  expect(isFree).toBe(false);
  await answer();
  expect(isFree).toBe(true);
  expect(saver.room()).toBe(null);
});

test('so does more data than the disk can take in a second', async () => {
  const saver = new Saver(fd, journal, true, 60_000);
  saver.record(0, null, 300 * MiB);
  expect(saver.room()).toBe(null);
  saver.record(1, null, 300 * MiB);
  expect(saver.room()).not.toBe(null);
  await answer();
  expect(saver.room()).toBe(null);
});

test('two savings asked for at once come one after the other', async () => {
  const saver = new Saver(fd, journal, true, 0);
  saver.record(0, null, 1);
  const both = [saver.save({ value: 'first' }), saver.save({ value: 'second' })];
  saver.record(1, null, 1);
  await settle();
  while (waiting.length > 0) {
    expect(waiting.length).toBe(1);
    await answer();
  }
  await Promise.all(both);
  const bytes = fs.readFileSync(sideNames(path).journal);
  const { work, end } = decodeJournal(bytes);
  expect(end).toBe(bytes.length);
  expect(work.mark).toBe('second');
  expect([...work.results.keys()]).toEqual([0, 1]);
});

test('after one failed sync nothing is called durable any more, though the next sync says so', async () => {
  const saver = new Saver(fd, journal, true, 0);
  saver.record(0, null, 1);
  await settle();
  await answer(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
  expect(() => saver.record(1, null, 1)).toThrow('EIO');
  expect(() => saver.room()).toThrow('EIO');
  await expect(saver.save()).rejects.toThrow('EIO');
  await expect(saver.finish()).rejects.toThrow('EIO');
  expect(waiting.length).toBe(0);
  expect(journalled()).toEqual([]);
});

test('the same when the last sync fails, just before the rename', async () => {
  const saver = new Saver(fd, journal, true, 60_000);
  saver.record(0, null, 1);
  const finished = saver.finish();
  finished.catch(() => undefined);
  await settle();
  await answer(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
  await expect(finished).rejects.toThrow('EIO');
  await expect(saver.save()).rejects.toThrow('EIO');
  expect(journalled()).toEqual([]);
});

test('a job that no later run can go on from has no journal, and is not held up', async () => {
  const saver = new Saver(fd, journal, false, 0);
  for (let task = 0; task < 5; task++) {
    saver.record(task, null, 1);
    await settle();
    while (waiting.length > 0) await answer();
  }
  await saver.save({ value: 1 });
  expect(fs.existsSync(sideNames(path).journal)).toBe(false);
  expect(saver.room()).toBe(null);
});
