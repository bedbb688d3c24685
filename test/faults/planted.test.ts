// @module-tag long
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acquireLock, checkOutputPath } from '../../src/output/publish/index.ts';
import { encodeHeader, encodeMark } from '../../src/output/publish/journal.ts';
import { JournalFile } from '../../src/output/publish/journal-file.ts';
import { ownIdentity } from '../../src/output/publish/process.ts';
import { sideNames } from '../../src/output/publish/target.ts';
import { CLI, logitmill, othersCanRun, temporaryFolder } from '../cli/run.ts';
import { type BinaryJob, BinaryJobs } from './binary-jobs.ts';
import { runJob, stateOf } from './kill.ts';

// What somebody else put beside the output, or in its place. Files of a second user need root to be made.

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const DIGITS = path.resolve('data/digits.arrow');

const jobs = new BinaryJobs();
let input: string;
beforeAll(() => {
  input = jobs.csv(30_000, 20);
});
afterAll(() => jobs.remove());

/** A run that was killed before it published: partial file, journal and lock are there. */
async function interrupted(): Promise<BinaryJob> {
  const job = await jobs.job([input, '--threads', '1', '--memory', '16MiB'], { old: 'the old output' });
  const spec = { folder: job.folder, call: 'rename', nth: 1, errno: 'KILL' };
  const { signal } = await runJob(job, { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } });
  expect(signal).toBe('SIGKILL');
  fs.rmSync(sideNames(job.output).lock);
  return job;
}

async function goesOn(job: BinaryJob): Promise<{ resumed: boolean; stderr: string }> {
  const { code, stdout, stderr } = await runJob(job);
  expect(code, stderr).toBe(0);
  expect(stateOf(job)).toBe('whole');
  expect(fs.readdirSync(job.folder)).toEqual(['out.arrow']);
  expect(fs.statSync(job.output).uid).toBe(process.getuid?.());
  return { resumed: JSON.parse(stdout).resumed, stderr };
}

test('what nobody touched is gone on with', async () => {
  expect((await goesOn(await interrupted())).resumed).toBe(true);
});

type Sides = ReturnType<typeof sideNames>;
const PLANTED: [string, (sides: Sides) => void, RegExp, 'root'?][] = [
  [
    'partial of another user',
    ({ partial }) => fs.chownSync(partial, NOBODY, NOBODY),
    /partial belongs to another/,
    'root',
  ],
  [
    'journal of another user',
    ({ journal }) => fs.chownSync(journal, NOBODY, NOBODY),
    /journal belongs to another/,
    'root',
  ],
  [
    'partial that others can write to',
    ({ partial }) => fs.chmodSync(partial, 0o666),
    /partial can be written to by others/,
  ],
  [
    'journal that a group can write to',
    ({ journal }) => fs.chmodSync(journal, 0o620),
    /journal can be written to by others/,
  ],
  [
    'partial with another name',
    ({ partial }) => fs.linkSync(partial, `${partial}.2`),
    /partial has another name too/,
  ],
  ['journal that is a link', ({ journal }) => toLink(journal), /journal is a link/],
  ['journal that is a pipe', ({ journal }) => toPipe(journal), /journal is no regular file/],
  ['journal without end', ({ journal }) => toLink(journal, '/dev/zero'), /journal is a link/],
  ['journal of 4 GB', ({ journal }) => fs.truncateSync(journal, 4 * 2 ** 30), /journal is too large/],
  ['partial that is a pipe', ({ partial }) => toPipe(partial), /partial is no regular file/],
  ['partial that is a link', ({ partial }) => toLink(partial), /partial is a link/],
];

function toLink(file: string, target = `${file}.2`): void {
  fs.renameSync(file, `${file}.2`);
  fs.symlinkSync(target, file);
}
function toPipe(file: string): void {
  fs.rmSync(file);
  execFileSync('mkfifo', ['-m', '600', file]);
}

test.for(PLANTED)('afresh: a %s', async ([_name, plant, why, need], { skip }) => {
  if (need === 'root' && !isRoot) return skip('files of another user need root');
  const job = await interrupted();
  plant(sideNames(job.output));
  const others = fs.readdirSync(job.folder).filter((name) => name.endsWith('.2'));
  const before = others.map((name) => fs.readFileSync(path.join(job.folder, name)));
  const { code, stdout, stderr } = await runJob(job);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(why);
  expect(JSON.parse(stdout).resumed).toBe(false);
  expect(stateOf(job)).toBe('whole');
  expect(fs.statSync(job.output).uid).toBe(process.getuid?.());
  for (const [index, name] of others.entries()) {
    expect(fs.readFileSync(path.join(job.folder, name)).equals(before[index]!), name).toBe(true);
    fs.rmSync(path.join(job.folder, name));
  }
  expect(fs.readdirSync(job.folder)).toEqual(['out.arrow']);
});

function lockText(changes: object): string {
  const since = '2026-01-02T03:04:05.678Z';
  return `${JSON.stringify({ logitmill: 'lock', ...ownIdentity(), thread: 0, since, heartbeat: 10, id: 'x', ...changes })}\n`;
}

const LOCKS: [string, (lock: string) => void][] = [
  ['a pipe', (lock) => execFileSync('mkfifo', [lock])],
  ['a link to a device', (lock) => fs.symlinkSync('/dev/zero', lock)],
  ['a link to another lock', (lock) => fs.symlinkSync('/etc/passwd', lock)],
  ['4 GB of nothing', (lock) => fs.writeFileSync(lock, '', { flag: 'wx' })],
  ['a folder', (lock) => fs.mkdirSync(lock)],
];

test.each(LOCKS)('a lock that is %s: refused at once, and not followed', async (name, plant) => {
  const folder = temporaryFolder();
  const { lock } = sideNames(path.join(folder, 'out.arrow'));
  plant(lock);
  if (name.startsWith('4 GB')) fs.truncateSync(lock, 4 * 2 ** 30);
  const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow'], {
    cwd: folder,
    timeout: 60_000,
  });
  expect(code, stderr).toBe(6);
  expect(stderr).toMatch(/does not say which run holds it\ntry: .* logitmill unlock out.arrow/);
  expect(fs.readdirSync(folder)).toEqual(['.out.arrow.lock']);
});

test('a lock that names process 1, or one of another user, has no hint to kill it', async ({ skip }) => {
  const folder = temporaryFolder();
  const { lock } = sideNames(path.join(folder, 'out.arrow'));
  const startOf = (pid: number) => {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  };
  const run = () => logitmill(['run', DIGITS, '-o', 'out.arrow'], { cwd: folder });
  fs.writeFileSync(lock, lockText({ pid: 1, start: startOf(1) }));
  const first = await run();
  expect(first.code).toBe(6);
  expect(first.stderr).not.toContain('kill');
  fs.writeFileSync(lock, lockText({ pid: process.pid, start: startOf(process.pid) }));
  expect((await run()).stderr).toContain(`kill ${process.pid}`);
  if (!isRoot) return skip('files of another user need root');
  fs.chownSync(lock, NOBODY, NOBODY);
  const other = await run();
  expect(other.code).toBe(6);
  expect(other.stderr).not.toContain('kill');
});

test('a journal is not rewritten through a link', async () => {
  const folder = temporaryFolder();
  const precious = path.join(folder, 'precious');
  fs.writeFileSync(precious, 'precious');
  const target = checkOutputPath(path.join(folder, 'out'), [], { overwrite: false });
  fs.symlinkSync(precious, `${target.journal}.new`);
  const plan = { version: '1', kernel: 'k', options: {}, tasks: 1, bytes: null };
  const journal = new JournalFile(
    target,
    () => encodeHeader({ plan, inputs: [], partial: '1' }),
    0,
    process.getuid!(),
  );
  // Long enough to be rewritten.
  await journal.append(Buffer.concat(encodeMark('x'.repeat(17 * 2 ** 20))));
  journal.close();
  expect(fs.readFileSync(precious, 'utf8')).toBe('precious');
  expect(fs.lstatSync(target.journal).isFile()).toBe(true);
});

test('links of another user in a folder that everybody can write to are not followed', async ({ skip }) => {
  if (!isRoot) return skip('links of another user need root');
  const folder = temporaryFolder();
  const open = path.join(folder, 'open');
  fs.mkdirSync(open);
  fs.chmodSync(open, 0o1777);
  const link = path.join(open, 'link');
  const target = path.join(folder, 'target');
  fs.symlinkSync(target, link);
  fs.lchownSync(link, NOBODY, NOBODY);
  for (const args of [
    ['-o', 'open/link'],
    ['-o', 'out.arrow', '--summary', 'open/link'],
    ['-o', 'out.arrow', '--trace', 'open/link'],
  ]) {
    const { code, stderr } = await logitmill(['run', DIGITS, ...args], { cwd: folder });
    expect(code, stderr).toBe(5);
    expect(stderr).toContain("is a link of another user's");
    expect(fs.existsSync(target)).toBe(false);
  }
  fs.lchownSync(link, 0, 0);
  expect(await logitmill(['run', DIGITS, '-o', 'open/link'], { cwd: folder })).toMatchObject({ code: 0 });
  expect(fs.existsSync(target)).toBe(true);
});

test('a new output has the mode that the umask gives; so has one that was gone on with', async () => {
  for (const umask of ['022', '027', '002']) {
    const job = await interrupted();
    fs.rmSync(job.output);
    const args = job.args.filter((word) => word !== '--overwrite').map((word) => `'${word}'`);
    execFileSync('sh', ['-c', `umask ${umask}; exec '${process.execPath}' ${args.join(' ')}`], {
      env: { ...process.env, ...job.env },
      stdio: 'pipe',
    });
    expect(fs.statSync(job.output).mode & 0o777).toBe(0o666 & ~Number.parseInt(umask, 8));
  }
});

/** `name:` of a POSIX ACL, as the kernel keeps it. */
const SET_ACL = `
import os, struct, sys
tags = [(1, 6, 0xffffffff), (2, 0, 1234), (4, 0, 0xffffffff), (16, 4, 0xffffffff), (32, 4, 0xffffffff)]
os.setxattr(sys.argv[1], "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *t) for t in tags))
`;
const GET_ACL = 'import os, sys; print(os.getxattr(sys.argv[1], "system.posix_acl_access").hex())';

test('an output that is replaced keeps owner, group, mode and ACL', async ({ skip }) => {
  const folder = temporaryFolder();
  const output = path.join(folder, 'out.arrow');
  const run = () => logitmill(['run', DIGITS, '-o', output, '--overwrite']);
  for (const mode of [0o640, 0o600, 0o664, 0o444]) {
    fs.rmSync(output, { force: true });
    fs.writeFileSync(output, 'old');
    if (isRoot) fs.chownSync(output, NOBODY, 1234);
    fs.chmodSync(output, mode);
    expect(await run()).toMatchObject({ code: 0 });
    const { mode: after, uid, gid } = fs.statSync(output);
    expect(after & 0o7777).toBe(mode);
    if (isRoot) expect([uid, gid]).toEqual([NOBODY, 1234]);
  }
  let acl: string;
  try {
    execFileSync('python3', ['-c', SET_ACL, output], { stdio: 'pipe' });
    acl = execFileSync('python3', ['-c', GET_ACL, output], { encoding: 'utf8' });
  } catch {
    return skip('no ACL can be set here');
  }
  expect(await run()).toMatchObject({ code: 0 });
  expect(execFileSync('python3', ['-c', GET_ACL, output], { encoding: 'utf8' })).toBe(acl);
});

test('what cannot be kept is narrowed', async ({ skip }) => {
  if (!othersCanRun(CLI)) return skip('a second user needs root, and a checkout that others may enter');
  const folder = temporaryFolder();
  fs.chownSync(folder, NOBODY, NOBODY);
  fs.chmodSync(folder, 0o755);
  const output = path.join(folder, 'out.arrow');
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, CLI];
  for (const [uid, gid, mode, expected] of [
    // Of a group that nobody is not in: its members are others now, and others are no members.
    [NOBODY, 1234, 0o640, 0o600],
    [NOBODY, 1234, 0o644, 0o644],
    [NOBODY, 1234, 0o660, 0o600],
    [NOBODY, 1234, 0o604, 0o600],
    [0, 1234, 0o664, 0o644],
    [0, NOBODY, 0o640, 0o640],
  ] as const) {
    fs.rmSync(output, { force: true });
    fs.writeFileSync(output, 'old');
    fs.chownSync(output, uid, gid);
    fs.chmodSync(output, mode);
    execFileSync('setpriv', [...asNobody, 'run', DIGITS, '-o', output, '--overwrite'], { stdio: 'pipe' });
    const after = fs.statSync(output);
    expect([after.uid, after.mode & 0o777], `${uid} ${gid} ${mode.toString(8)}`).toEqual([NOBODY, expected]);
  }
});

test('a lock whose holder cannot be seen is taken over after a minute without a sign of life', () => {
  const output = path.join(temporaryFolder(), 'out');
  const target = checkOutputPath(output, [], { overwrite: false });
  const elsewhere = { boot: 'b', host: 'node-7', pid: 99 };
  const plant = (changes: object, secondsAgo: number) => {
    fs.writeFileSync(target.lock, lockText({ ...elsewhere, ...changes }));
    const then = Date.now() / 1000 - secondsAgo;
    fs.utimesSync(target.lock, then, then);
  };
  plant({}, 30);
  expect(() => acquireLock(target)).toThrow(/another run holds this output, on another machine/);
  // Of version 0.1, which gave none.
  plant({ heartbeat: undefined }, 1e6);
  expect(() => acquireLock(target)).toThrow(/another run holds this output/);
  plant({}, 90);
  const lock = acquireLock(target);
  expect(lock.isHeld()).toBe(true);
  lock.release();
  expect(fs.readdirSync(path.dirname(output))).toEqual([]);
});
