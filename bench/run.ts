/**
 * Measures logitmill against a plain copy and against scripts around other libraries: `npm run bench -- --help`.
 * bench/run.mjs bundles this file and starts it.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { goalsTable } from './goals.ts';
import { describeMachine } from './machine.ts';
import { MadeInputs } from './made-inputs.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { hideFolders } from './report/commands.ts';
import { workTable } from './report/table.ts';
import { resultsBase, writeResults } from './report/write.ts';
import type { Results, WorkResult } from './results.ts';
import { benchOf, chooseWorks, makeFolders } from './set-up.ts';
import { type TurnLimits, takeTurns } from './turns.ts';
import { type Bench, Unavailable, type Work } from './work.ts';
import { allWorks } from './works/index.ts';

const words = process.argv.slice(2);
const options = readOptions(words, process.env);
if (options === null) console.log(HELP);
else if (options.list) {
  for (const { name, title } of allWorks(benchOf(options))) console.log(`${name.padEnd(20)} ${title}`);
} else await run(options);

async function run(options: Options): Promise<void> {
  const bench = benchOf(options);
  const works = chooseWorks(options, bench);
  makeFolders(bench);
  // As an installation under each version of Node has it.
  for (const { program } of bench.nodes) execFileSync(program, ['scripts/write-code-caches.cjs']);
  const hide = (command: readonly string[]): string[] => hideFolders(command, hidden(options, bench));
  const results: Results = {
    schemaVersion: 1,
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench --', ...hide(words)].join(' '),
    quick: options.quick,
    scale: options.scale,
    machine: describeMachine(bench.folders, bench.python, bench.nodes[0].program),
    works: [],
  };
  const base = resultsBase(results, options.results);
  const inputs = new MadeInputs(bench);
  inputs.removeAtExit();
  const end = performance.now() + options.seconds * 1000;
  for (const [index, work] of works.entries()) {
    const left = (end - performance.now()) / 1000;
    const seconds = options.quick ? left / (works.length - index) : options.seconds;
    const result = await measureWork(work, bench, inputs, { rounds: options.rounds, seconds });
    hideIn(result, hide);
    results.works.push(result);
    console.log(`${workTable(result)}\n`);
    // After each work: a run of an hour may be interrupted.
    writeResults(results, base);
    inputs.keepFor(works.slice(index + 1));
  }
  if (options.goals) console.log(goalsTable(results));
  console.log(`written: ${base}.md and .json`);
}

async function measureWork(
  work: Work,
  bench: Bench,
  inputs: MadeInputs,
  limits: TurnLimits,
): Promise<WorkResult> {
  const { name, title, place, bytes } = work;
  const result: WorkResult = { name, title, place, bytes, turns: [] };
  try {
    if (limits.seconds <= 0) throw new Unavailable('the time is over');
    result.turns = await takeTurns(work.contestants(await inputs.make(work), bench), limits);
    const [first] = result.turns;
    if (first?.dropped !== undefined) result.skipped = first.dropped;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    result.skipped = error.message;
  }
  return result;
}

/** In a work's commands and in what its programs said. */
function hideIn(result: WorkResult, hide: (words: readonly string[]) => string[]): void {
  if (result.skipped !== undefined) [result.skipped] = hide([result.skipped]);
  for (const turns of result.turns) {
    turns.command = hide(turns.command);
    if (turns.dropped !== undefined) [turns.dropped] = hide([turns.dropped]);
  }
}

/** What stands in published commands in place of this machine's folders. */
function hidden({ peers, nodes, results }: Options, bench: Bench): [folder: string, name: string][] {
  const { memory, disk } = bench.folders;
  const folders: [folder: string | null, name: string][] = [
    [memory, '$INPUTS'],
    [disk, '$DISK'],
    [peers, '$PEERS'],
    [nodes, '$NODES'],
    [path.isAbsolute(results) ? results : null, '$RESULTS'],
  ];
  const absolute = folders.flatMap(([folder, name]): [string, string][] =>
    folder === null ? [] : [path.resolve(folder), folder].filter(path.isAbsolute).map((one) => [one, name]),
  );
  return [...absolute, [bench.nodes[0].program, 'node']];
}
