/**
 * This build against another one, in turns: is a change of ours slower? It prints ratios and judges nothing, because
 * machines are noisy; a ratio whose quartiles lie on one side of 1 is worth a look.
 *
 *   git worktree add ../other v0.1.0 && (cd ../other && npm ci)       # npm ci builds dist/
 *   npm run build && node bench/run.mjs against ../other/dist
 *   git worktree remove ../other
 *
 * With some of the options of `npm run bench`: --only, --rounds, --seconds, --scale, --inputs, --disk.
 */
import fs from 'node:fs';
import path from 'node:path';
import { MadeInputs } from './made-inputs.ts';
import { readOptions } from './options.ts';
import { digits, table } from './report/table.ts';
import { cpuSeconds, peakBytes, ratios, seconds } from './results.ts';
import { benchOf, chooseWorks, makeFolders } from './set-up.ts';
import { takeTurns } from './turns.ts';
import { type Contestant, Unavailable, type Work } from './work.ts';

const [dist, ...words] = process.argv.slice(2);
const other = path.resolve(dist ?? '', 'cli.js');
const options = readOptions(['--quick', '--no-peers', '--rounds', '7', ...words], {});
if (options === null || !fs.existsSync(other))
  throw new Error('node bench/run.mjs against OTHER_DIST [options of npm run bench]');
const { rounds, seconds: secondsInAll } = options;
const bench = benchOf(options);
makeFolders(bench);
const inputs = new MadeInputs(bench);
inputs.removeAtExit();
const works = chooseWorks(options, bench);
const rows = [['this / other', 'time', 'range', 'this s', 'other s', 'CPU', 'peak MB', 'other MB']];
const notes: string[] = [];
const end = performance.now() + secondsInAll * 1000;
for (const [index, work] of works.entries()) {
  try {
    await compare(work, (end - performance.now()) / 1000 / (works.length - index));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    notes.push(`${work.name}: ${error.message}`);
  }
  inputs.keepFor(works.slice(index + 1));
}
console.log([table(rows), ...notes].join('\n'));

async function compare(work: Work, share: number): Promise<void> {
  const [ours] = work.contestants(await inputs.make(work), bench);
  const pair = [ours, byOther(ours)];
  const [mine, theirs] = await takeTurns(pair, { rounds, seconds: share });
  const dropped = mine.dropped ?? theirs.dropped;
  if (dropped !== undefined) throw new Unavailable(dropped);
  const { median, lower, upper, least, most } = ratios(mine, theirs);
  const cpu = (cpuSeconds(mine) ?? Number.NaN) / (cpuSeconds(theirs) ?? Number.NaN);
  const megabytes = (bytes: number | null): string => (bytes === null ? '' : (bytes / 1e6).toFixed(0));
  rows.push([
    work.name,
    `${digits(median)} [${digits(lower)}, ${digits(upper)}]`,
    `${digits(least)} to ${digits(most)}`,
    seconds(mine).toFixed(3),
    seconds(theirs).toFixed(3),
    Number.isNaN(cpu) ? '' : digits(cpu),
    megabytes(peakBytes(mine)),
    megabytes(peakBytes(theirs)),
  ]);
}

/** The same job done by the other build, whose summary may not have what is kept of ours. */
function byOther({ summary: _, ...ours }: Contestant): Contestant {
  return {
    ...ours,
    name: 'other',
    command: ours.command.map((word) => (word === 'dist/cli.js' ? other : word)),
  };
}
