// @module-tag long
import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BinaryJob, BinaryJobs } from './binary-jobs.ts';
import { completes, killAtRandom, runJob } from './kill.ts';

// kill -9 at random moments, then the same command again: the output is absent, old or whole at every moment, and in the
// end it has the bytes of an uninterrupted run. A few kills of each kind of input with a printed seed; hundreds with
//   LOGITMILL_LONG=200 npx vitest run test/faults/kills.test.ts
// and some 10,000 with npm run test:kills, which takes hours.
// The last result of that: bench/results/kills.md.

const TRIALS = Number(process.env.LOGITMILL_LONG ?? 0);
const SEED = Number(process.env.LOGITMILL_SEED ?? Date.now() % 1_000_000);
const jobs = new BinaryJobs();
const files: Record<string, string> = {};
beforeAll(async () => {
  console.log(`kills: LOGITMILL_SEED=${SEED}`);
  files.csv = jobs.csv(50_000, 20);
  files.wide = await jobs.arrow(80_000, 20);
  files.list = await jobs.arrow(80_000, 20, 'list');
  files.stream = jobs.stream(files.list);
  files.zstd = await jobs.packed(files.list);
  files.gz = `${files.list}.gz`;
  fs.writeFileSync(files.gz, gzipSync(fs.readFileSync(files.list)));
  files.csvGz = `${files.csv}.gz`;
  fs.writeFileSync(files.csvGz, gzipSync(fs.readFileSync(files.csv)));
  files.tiny = jobs.tinyBatches(5000, 40);
});
afterAll(() => jobs.remove());

const WIDE = ['--force-input', '--columns', '*logit_*', '--keep', 'none'];
const LIST = ['--force-input', '--column', 'probs', '--keep', 'none'];
const TWO = ['--threads', '2', '--memory', '16MiB'];
const KINDS: [string, () => string[]][] = [
  ['CSV', () => [files.csv!, ...TWO]],
  ['CSV to a list, both', () => [files.csv!, '--layout', 'list', '--op', 'both', ...TWO]],
  ['wide Arrow', () => [files.wide!, ...WIDE, ...TWO]],
  ['wide Arrow, one thread', () => [files.wide!, ...WIDE, '--threads', '1', '--op', 'log_softmax']],
  ['a list', () => [files.list!, ...LIST, ...TWO]],
  ['a stream in a file', () => [files.stream!, ...LIST, ...TWO]],
  ['tiny batches', () => [files.tiny!, ...TWO]],
  ['the rows as dimension', () => [files.wide!, ...WIDE, ...TWO, '--dim', '0']],
  ['compressed output', () => [files.list!, ...LIST, ...TWO, '--compression', 'lz4']],
  ['compressed output, ZSTD', () => [files.list!, ...LIST, ...TWO, '--compression', 'zstd']],
  ['compressed batches', () => [files.zstd!, ...LIST, ...TWO]],
  ['compressed batches in and out', () => [files.zstd!, ...LIST, ...TWO, '--compression', 'lz4']],
  ['Arrow in .gz', () => [files.gz!, ...LIST, ...TWO]],
  ['CSV in .gz', () => [files.csvGz!, ...TWO]],
  ['a stream as output', () => [files.list!, ...LIST, ...TWO, '--format', 'stream']],
];

let state = SEED;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 2 ** 32;
};

/** All, or a fifth of them. */
const chosen = TRIALS > 0 ? KINDS : KINDS.filter((_, index) => (index + SEED) % 5 === 0);

/** The work itself is short beside the start of the program: these die at a call on the files beside the output. */
async function killAtCalls(made: readonly BinaryJob[]): Promise<{ killed: number; resumed: number }> {
  const counted = { killed: 0, resumed: 0 };
  const dieAt = (job: BinaryJob, nth: number, log?: string) =>
    runJob(job, {
      faults: { LOGITMILL_FAULT: JSON.stringify({ folder: job.folder, call: '*', nth, errno: 'KILL', log }) },
    });
  const [first, ...others] = made;
  if (!first) return counted;
  const log = `${first.folder}.log`;
  expect(await dieAt(first, 0, log)).toMatchObject({ code: 0 });
  const calls = fs.readFileSync(log, 'utf8').trim().split('\n').length;
  for (const job of others) {
    const { signal } = await dieAt(job, 1 + Math.floor(random() * calls));
    if (signal === 'SIGKILL') counted.killed++;
    if ((await completes(job)).resumed) counted.resumed++;
  }
  return counted;
}

const timeout = 120_000 * Math.max(1, TRIALS);

test.for(chosen)(
  '%s: killed at random moments, several times over',
  { timeout },
  async ([name, args], { skip }) => {
    // One of them may be of a version to come.
    const first = await jobs.job(args()).catch((error: Error) => error);
    if (first instanceof Error && first.message.includes('not supported yet')) skip(first.message);
    const made: BinaryJob[] = [];
    for (let trial = 0; trial < Math.max(4, TRIALS); trial++) {
      const clock = trial % 4 !== 3;
      made.push(await jobs.job(args(), { clock, ...(trial % 2 === 0 ? { old: 'the old output' } : {}) }));
    }
    const start = performance.now();
    expect(await runJob(await jobs.job(args()))).toMatchObject({ code: 0 });
    // Not so late that most runs are done by then.
    const longestMs = 1.1 * (performance.now() - start);
    const atCalls = await killAtCalls(made.splice(Math.ceil(made.length / 2)));
    const report = await killAtRandom((trial) => made[trial]!, { trials: made.length, longestMs, random });
    expect(report.completed).toBe(made.length);
    report.resumed += atCalls.resumed;
    report.killed += atCalls.killed;
    report.tried += atCalls.killed;
    report.completed += atCalls.killed;
    if (TRIALS > 0)
      console.log(
        `| ${name} | ${report.tried} | ${report.killed} | ${report.resumed} | ${report.completed} |`,
      );
  },
);

test.each([
  'compressed output',
  'compressed output, ZSTD',
  'compressed batches in and out',
  'a stream as output',
])('%s: dead before it takes its place, it is published without computing again', async (name) => {
  const args = KINDS.find(([kind]) => kind === name)![1]();
  const job = await jobs.job(args);
  // The first link is the lock.
  const spec = { folder: job.folder, call: 'link', nth: 2, errno: 'KILL' };
  const { signal } = await runJob(job, { faults: { LOGITMILL_FAULT: JSON.stringify(spec) } });
  expect(signal).toBe('SIGKILL');
  expect(await completes(job)).toEqual({ resumed: true });
});
