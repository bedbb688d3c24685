// @module-tag long
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { BinaryJobs } from './binary-jobs.ts';
import { ERRNOS } from './inject.mjs';
import { runJob } from './kill.ts';

// Every call on an input fails in turn, each with another errno: that is the input's fault and nobody else's.

const jobs = new BinaryJobs();
afterAll(() => jobs.remove());

test.each(['digits.arrow', 'digits.csv', 'digits.csv.gz'])('%s', { timeout: 600_000 }, async (name) => {
  const csv = ['--columns', 'logit_0..logit_9'];
  const probe = await jobs.job([`data/${name.replace('.gz', '')}`, ...(name.includes('csv') ? csv : [])]);
  const folder = `${probe.folder}.input`;
  mkdirSync(folder);
  const input = `${folder}/${name}`;
  if (name.endsWith('.gz')) {
    const { gzipSync } = await import('node:zlib');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(input, gzipSync(readFileSync(`data/${name.replace('.gz', '')}`)));
  } else copyFileSync(`data/${name}`, input);
  probe.args = probe.args.map((word) => (word === `data/${name.replace('.gz', '')}` ? input : word));
  const log = `${folder}.log`;
  const count = { folder, call: '*', nth: 0, errno: 'EIO', log };
  expect(await runJob(probe, { faults: { LOGITMILL_FAULT: JSON.stringify(count) } })).toMatchObject({
    code: 0,
  });
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  expect(calls.some((call) => call.startsWith('read '))).toBe(true);
  for (const [index, call] of calls.entries()) {
    const errno = ERRNOS[(index * 11 + 100) % ERRNOS.length]!;
    const spec = { folder, call: '*', nth: index + 1, errno, sticky: index % 2 === 0 };
    const args = [...probe.args, '--overwrite'];
    const { code, stdout, stderr } = await runJob(
      { ...probe, args },
      { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } },
    );
    const what = `errno ${errno} at call ${index + 1}, ${call}: ${stderr}`;
    expect([0, 3], what).toContain(code);
    if (code === 3) expect(JSON.parse(stdout).error.code, what).toMatch(/^INPUT_/);
    expect(stderr, what).not.toMatch(/Unknown system error|should not have happened/);
  }
});
