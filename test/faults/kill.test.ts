// @module-tag long
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sideNames } from '../../src/output/publish/target.ts';
import { buildMiniJob } from './build-mini.ts';
import { completes, killAtRandom, runJob, stateOf } from './kill.ts';
import { type MiniWorld, MODES, makeWorld } from './mini-setup.ts';

// The miniature job as a program, bundled as the product is, with piscina's threads: the same faults find it there.

let world: MiniWorld;
beforeAll(async () => {
  world = makeWorld(await buildMiniJob());
});
afterAll(() => world.remove());

test('killed at file system calls, of whichever thread', async () => {
  const counting = world.newJob({ mode: 'plain', threads: 2 }, false);
  const log = `${counting.folder}.log`;
  const count = { folder: counting.folder, call: '*', nth: 0, errno: 'KILL', log };
  const { code } = await runJob(counting, { faults: { LOGITMILL_FAULT: JSON.stringify(count) } });
  expect(code).toBe(0);
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  expect(calls.length).toBeGreaterThan(50);
  for (let nth = 1; nth < calls.length - 10; nth += 9) {
    const job = world.newJob({ mode: 'plain', threads: 2 }, nth % 2 === 0);
    const errno = nth % 4 === 0 ? 'TORN' : 'KILL';
    const spec = JSON.stringify({ folder: job.folder, call: '*', nth, errno });
    expect((await runJob(job, { faults: { LOGITMILL_FAULT: spec } })).signal).toBe('SIGKILL');
    await completes(job);
  }
});

test.each(MODES)('%s: killed at random moments', async (mode) => {
  const report = await killAtRandom(
    () => world.newJob({ mode, threads: 2, tasks: 60, taskMs: 4, saveAfterMs: 20 }, false),
    { trials: 3, longestMs: 600, random: Math.random },
  );
  expect(report.completed).toBe(3);
});

test('a fault in a worker thread reaches the coordinator as what it is', async () => {
  const job = world.newJob({ mode: 'plain', threads: 2 }, true);
  const spec = { folder: job.folder, call: 'write', nth: 5, errno: 'ENOSPC', sticky: true };
  const { code, stdout } = await runJob(job, { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } });
  expect(code).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'NO_SPACE',
    hint: expect.stringContaining('the same command again'),
  });
  expect(stateOf(job)).toBe('before');
  await completes(job);
});

test('SIGTERM before there is any journal: what was done is kept, and the next run goes on', async () => {
  const job = world.newJob({ mode: 'plain', threads: 2, tasks: 60, taskMs: 20, saveAfterMs: 60_000 }, false);
  const child = spawn(process.execPath, job.args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  // Once some of the data is there.
  while (!existsSync(sideNames(job.output).partial) || statSync(sideNames(job.output).partial).blocks < 8)
    await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
  expect(readdirSync(job.folder).sort()).toEqual(['.out.journal', '.out.partial']);
  expect(await completes(job)).toEqual({ resumed: true });
});

// A limit on file sizes is the one real lack of space that needs no file system of its own. Node ignores SIGXFSZ.
test('a file-size limit is found before any work', async () => {
  const job = world.newJob({ mode: 'plain', tasks: 60 }, true);
  const command = `ulimit -f 4; exec "${process.execPath}" "$@"`;
  const child = spawn('sh', ['-c', command, 'sh', ...job.args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(5);
  expect(JSON.parse(stdout)).toMatchObject({ code: 'NO_SPACE', hint: expect.stringContaining('ulimit -f') });
  expect(readdirSync(job.folder)).toEqual(['out']);
  expect(stateOf(job)).toBe('before');
});
