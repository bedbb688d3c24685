import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownIdentity } from '../../../src/output/publish/process.ts';
import { oldSideNames, sideNames } from '../../../src/output/publish/target.ts';
import { logitmill, temporaryFolder } from '../../cli/run.ts';
import { BinaryJobs } from '../../faults/binary-jobs.ts';
import { runJob, stateOf } from '../../faults/kill.ts';

// The names of the files beside an output: version 0.1's were not hidden, and long names have to fit.

const jobs = new BinaryJobs();
let input: string;
beforeAll(() => {
  input = jobs.csv(30_000, 20);
});
afterAll(() => jobs.remove());

/** What version 0.1 leaves when it is killed. */
async function leftByOld() {
  const job = await jobs.job([input, '--threads', '1', '--memory', '16MiB'], { old: 'the old output' });
  const spec = { folder: job.folder, call: 'rename', nth: 1, errno: 'KILL' };
  await runJob(job, { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } });
  const [now, old] = [sideNames(job.output), oldSideNames(job.output)!];
  for (const kind of ['partial', 'journal', 'lock'] as const) fs.renameSync(now[kind], old[kind]);
  return { job, old };
}

test('what 0.1 left is gone on with', async () => {
  for (const withLock of [true, false]) {
    const { job, old } = await leftByOld();
    if (!withLock) fs.rmSync(old.lock);
    const { code, stdout, stderr } = await runJob(job);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).resumed).toBe(true);
    expect(stateOf(job)).toBe('whole');
    expect(fs.readdirSync(job.folder)).toEqual(['out.arrow']);
  }
});

test('what 0.1 left and nobody can go on with is cleared away', async () => {
  const { job, old } = await leftByOld();
  fs.rmSync(old.journal);
  expect(await runJob(job)).toMatchObject({ code: 0 });
  expect(fs.readdirSync(job.folder)).toEqual(['out.arrow']);
  // After the output was published, before the end.
  const { job: done, old: left } = await leftByOld();
  fs.renameSync(left.partial, done.output);
  const args = done.args.filter((word) => word !== '--overwrite');
  expect(await runJob({ ...done, args })).toMatchObject({ code: 5 });
  expect(fs.readdirSync(done.folder)).toEqual(['out.arrow']);
});

test('a run of 0.1 that lives is respected', async () => {
  const { job, old } = await leftByOld();
  const since = new Date().toISOString();
  fs.writeFileSync(
    old.lock,
    `${JSON.stringify({ logitmill: 'lock', ...ownIdentity(), thread: 0, since, id: 'x' })}\n`,
  );
  const { code, stderr } = await runJob(job);
  expect(code, stderr).toBe(6);
  expect(stderr).toContain(`process ${process.pid}`);
  expect(fs.readdirSync(job.folder).length).toBe(4);
});

test('files that only have such names are left alone', async () => {
  const folder = temporaryFolder();
  for (const name of ['out.arrow.partial', 'out.arrow.journal', 'out.arrow.lock'])
    fs.writeFileSync(path.join(folder, name), 'mine');
  const { code } = await logitmill(['run', path.resolve('data/digits.arrow'), '-o', 'out.arrow'], {
    cwd: folder,
  });
  expect(code).toBe(0);
  for (const name of ['out.arrow.partial', 'out.arrow.journal', 'out.arrow.lock'])
    expect(fs.readFileSync(path.join(folder, name), 'utf8')).toBe('mine');
});

test('long names: cut beside the output, told apart, and gone on with', async () => {
  const folder = temporaryFolder();
  const names = [
    `${'x'.repeat(249)}.arrow`,
    `${'x'.repeat(248)}y.arrow`,
    `${'ü'.repeat(124)}.arrow`,
    `${'x'.repeat(235)}.arrow`,
  ];
  expect(new Set(names.map((name) => sideNames(name).lock)).size).toBe(names.length);
  for (const name of names) {
    expect(Buffer.byteLength(name)).toBeGreaterThanOrEqual(241);
    for (const file of Object.values(sideNames(name)))
      expect(
        Buffer.byteLength(path.basename(`${file}.takeover.takeover.takeover.takeover.new`)),
      ).toBeLessThanOrEqual(255);
    const { code, stderr } = await logitmill(['run', path.resolve('data/digits.arrow'), '-o', name], {
      cwd: folder,
    });
    expect(code, stderr).toBe(0);
  }
  expect(fs.readdirSync(folder).sort()).toEqual(names.sort());
});
