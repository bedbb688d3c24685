// @module-tag long
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sideNames } from '../../src/output/publish/target.ts';
import { CLI, temporaryFolder } from '../cli/run.ts';
import { BinaryJobs } from './binary-jobs.ts';

// Containers: each run has process numbers, and a host name, of its own, so that none can see whether another lives.

const canUnshare = (() => {
  try {
    execFileSync('unshare', ['--pid', '--uts', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const jobs = new BinaryJobs();
let input: string;
beforeAll(() => {
  input = jobs.csv(30_000, 20);
});
afterAll(() => jobs.remove());

interface Ended {
  code: number | null;
  stderr: string;
}

/** Runs the program in a container of that name, under a shell: the first process of all cannot kill itself. */
function contained(host: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const command = `hostname ${host}; "$@"; exit $?`;
  const child = spawn(
    'unshare',
    ['--pid', '--uts', '--fork', '--mount-proc', 'sh', '-c', command, 'sh', process.execPath, CLI, ...args],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } },
  );
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
}

const RUN = ['--threads', '1', '--memory', '16MiB', '--quiet'];

/** Leaves what a container leaves that was killed; `secondsAgo` it gave its last sign of life. */
async function killedContainer(output: string, secondsAgo: number): Promise<void> {
  const preload = path.resolve('test/faults/preload.mjs');
  const fault = { folder: path.dirname(output), call: 'fsync', nth: 1, errno: 'KILL' };
  await contained('dead', ['run', input, '-o', output, ...RUN], {
    NODE_OPTIONS: `--import ${preload}`,
    LOGITMILL_FAULT: JSON.stringify(fault),
    LOGITMILL_CLOCK: '1000',
  });
  const { lock } = sideNames(output);
  const left = JSON.parse(fs.readFileSync(lock, 'utf8'));
  expect(left.host).toBe('dead');
  // The kernel gives the number of a namespace that is gone to the next one: whoever has it knows that the other is dead.
  fs.writeFileSync(lock, `${JSON.stringify({ ...left, namespace: 'pid:[4026531000]' })}\n`);
  const then = Date.now() / 1000 - secondsAgo;
  fs.utimesSync(lock, then, then);
}

test('a dead container: refused while it may live, then taken over', async ({ skip }) => {
  if (!canUnshare) return skip('namespaces are not to be had here');
  const output = path.join(temporaryFolder(), 'out.arrow');
  await killedContainer(output, 20);
  const refused = await contained('other', ['run', input, '-o', output, ...RUN]);
  expect(refused.code, refused.stderr).toBe(6);
  expect(refused.stderr).toMatch(
    /in another container of this machine: process \d+ on dead since .*, last written .*\ntry: wait for it; its lock is taken over 60 s after its last sign of life; if no run is writing it any more: logitmill unlock /,
  );
  expect(refused.stderr).not.toContain('kill');
  const then = Date.now() / 1000 - 100;
  fs.utimesSync(sideNames(output).lock, then, then);
  const taken = await contained('other', ['run', input, '-o', output, ...RUN]);
  expect(taken.code, taken.stderr).toBe(0);
  expect(fs.readdirSync(path.dirname(output))).toEqual(['out.arrow']);
});

test('ten containers at once find a dead one: one of them does the work', async ({ skip }) => {
  if (!canUnshare) return skip('namespaces are not to be had here');
  const output = path.join(temporaryFolder(), 'out.arrow');
  await killedContainer(output, 100);
  const ended = await Promise.all(
    Array.from({ length: 10 }, (_, at) => contained(`host-${at}`, ['run', input, '-o', output, ...RUN])),
  );
  const codes = ended.map(({ code }) => code);
  expect(codes.filter((code) => code === 0).length, JSON.stringify(ended)).toBe(1);
  // The others came while it was at work, or when the output stood.
  for (const { code, stderr } of ended) expect([0, 5, 6], stderr).toContain(code);
  const whole = await jobs.job([input, '--threads', '1', '--memory', '16MiB']);
  expect(fs.readFileSync(output).equals(Buffer.from(whole.expected))).toBe(true);
  expect(fs.readdirSync(path.dirname(output))).toEqual(['out.arrow']);
});

test('unlock says whose lock it is and removes it; not that of a run at work here', async ({ skip }) => {
  if (!canUnshare) return skip('namespaces are not to be had here');
  const output = path.join(temporaryFolder(), 'out.arrow');
  await killedContainer(output, 20);
  const unlock = (...args: string[]) => {
    try {
      return execFileSync(process.execPath, [CLI, 'unlock', output, ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return `${status} ${stderr}`;
    }
  };
  expect(unlock()).toMatch(
    /out\.arrow: removed the lock of process \d+ on dead since .*, last sign of life \d+ s ago\n$/,
  );
  expect(unlock()).toMatch(/out\.arrow: no run holds it\n$/);
  expect(fs.readdirSync(path.dirname(output)).filter((name) => name.includes('lock'))).toEqual([]);
  const { acquireLock, checkOutputPath } = await import('../../src/output/publish/index.ts');
  const lock = acquireLock(checkOutputPath(output, [], { overwrite: false }));
  expect(unlock()).toMatch(new RegExp(`^6 .*is at work: process ${process.pid} on`));
  expect(lock.isHeld()).toBe(true);
  lock.release();
  fs.writeFileSync(sideNames(output).lock, 'something else\n');
  expect(unlock()).toContain('removed the lock of something that is no lock of logitmill');
});
