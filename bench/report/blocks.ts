import { goalsTable } from '../goals.ts';
import { peakBytes, type Results, ratios, seconds, stageSeconds, type WorkResult } from '../results.ts';
import type { Turns } from '../turns.ts';
import { digits, table } from './table.ts';

const NOT_YET = 'Not measured yet.';

/** The parts of docs/performance.md that come from measurements, by the name that marks them. */
export function blocks(results: Results, files: readonly string[]): Map<string, string> {
  return new Map([
    ['machine', machine(results, files)],
    ['goals', results.works.length === 0 ? NOT_YET : goalsTable(results).split('\n\n')[1]],
    ['peers', peers(results)],
    ['wins', wins(results)],
    ['sizes', growth(results, 'sizes')],
    ['widths', growth(results, 'widths')],
    ['threads', threads(results)],
    ['stages', stages(results)],
    ['nodes', nodes(results)],
    ['left-out', leftOut(results)],
  ]);
}

function machine({ machine, works }: Results, files: readonly string[]): string {
  if (works.length === 0) return NOT_YET;
  const { cpu, cores, memoryBytes, system, fileSystems, versions } = machine;
  const list = Object.entries(versions).map(
    ([name, version]) => `${name} ${version.replace(/^v|^dd \(coreutils\) /, '')}`,
  );
  const links = files.map((file) => `[${file.split('/').at(-1)}](../${file.replace(/json$/, 'md')})`);
  return `${cpu}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}; files in memory on ${fileSystems.memory}, on disk on ${fileSystems.disk}; ${list.join(', ')}. Every figure, with the commands: ${links.join(', ')}.`;
}

function taken(work: WorkResult): Turns[] {
  return work.turns.filter(({ rounds }) => rounds.length > 0);
}

const SERIES = /^(sizes|widths|threads-.*|nodes.*)$/;

/** Works that compare logitmill with something else, one a line. */
function compared({ works }: Results): WorkResult[] {
  return works.filter((work) => !SERIES.test(work.name) && taken(work).length > 1);
}

function peers(results: Results): string {
  const works = compared(results);
  if (works.length === 0) return NOT_YET;
  const names = ['dd', 'numpy', 'pytorch', 'polars', 'duckdb'];
  const rows = works.map((work) => {
    const [first, ...others] = taken(work);
    const cells = names.map((name) => {
      const found = others.filter((one) => one.name.startsWith(name) && !one.name.endsWith('_whole'));
      return found.map((one) => digits(ratios(one, first).median)).join(', ');
    });
    const peak = peakBytes(first);
    const rate = work.bytes < 1e6 ? '' : (work.bytes / 1e9 / seconds(first)).toFixed(2);
    return [
      work.title,
      seconds(first).toFixed(2),
      rate,
      peak === null ? '' : (peak / 1e6).toFixed(0),
      ...cells,
    ];
  });
  return table([
    ['', 'logitmill s', 'GB/s', 'peak MB', 'dd', 'NumPy', 'PyTorch', 'Polars', 'DuckDB'],
    ...rows,
  ]);
}

/** Programs that compute nothing, to compare with as a limit. */
const LIMITS = /^(dd|cp|cat|node|logitmill)\b/;

/** Whoever did the same work in less time. */
function wins(results: Results): string {
  const works = compared(results);
  if (works.length === 0) return NOT_YET;
  const lines = works.flatMap((work) => {
    const [first, ...others] = taken(work);
    return others.flatMap((one) => {
      const { median, lower, upper } = ratios(one, first);
      return median < 1 && !LIMITS.test(one.name)
        ? [
            `- ${work.title}: ${one.name} takes ${digits(median)} [${digits(lower)}, ${digits(upper)}] of logitmill's time.`,
          ]
        : [];
    });
  });
  return lines.length === 0
    ? 'None of those that compute took less time in any of these works.'
    : lines.join('\n');
}

function growth(results: Results, name: string): string {
  const work = results.works.find((result) => result.name === name);
  if (work === undefined || taken(work).length === 0) return NOT_YET;
  const rows = taken(work).map((one) => {
    const bytes = work.bytes || Number.parseFloat(one.name) * 2 ** 20;
    const peak = peakBytes(one);
    const perGigabyte = seconds(one) / (bytes / 1e9);
    return [
      one.name,
      seconds(one).toFixed(3),
      perGigabyte.toFixed(3),
      peak === null ? '' : (peak / 1e6).toFixed(0),
    ];
  });
  return table([['', 'seconds', 'seconds per GB', 'peak MB'], ...rows]);
}

function threads(results: Results): string {
  const works = results.works.filter((work) => work.name.startsWith('threads-') && taken(work).length > 1);
  if (works.length === 0) return NOT_YET;
  const rows = works.flatMap((work) => {
    const one = taken(work).find(({ name }) => name === '1 thread');
    return taken(work)
      .filter((each) => one !== undefined && each !== one)
      .map((each) => [
        work.title.replace('Threads, ', ''),
        each.name,
        seconds(one!).toFixed(2),
        seconds(each).toFixed(2),
        digits(ratios(one!, each).median),
      ]);
  });
  return table([['', 'threads', '1 thread s', 'seconds', 'times the speed'], ...rows]);
}

function stages(results: Results): string {
  const works = compared(results).filter((work) => stageSeconds(work.turns[0]).length > 0);
  if (works.length === 0) return NOT_YET;
  const names = [...new Set(works.flatMap((work) => stageSeconds(work.turns[0]).map(([stage]) => stage)))];
  const rows = works.map((work) => {
    const spent = new Map(stageSeconds(work.turns[0]));
    return [
      work.title,
      seconds(work.turns[0]).toFixed(2),
      ...names.map((name) => (spent.get(name) ?? 0).toFixed(2)),
    ];
  });
  return table([['', 'wall s', ...names], ...rows]);
}

function nodes(results: Results): string {
  const works = results.works.filter((work) => work.name.startsWith('nodes') && taken(work).length > 1);
  if (works.length === 0) return NOT_YET;
  const rows = works.flatMap((work) => {
    const fastest = Math.min(...taken(work).map(seconds));
    return taken(work).map((one) => [
      work.title.replace('Versions of Node, ', ''),
      one.name,
      seconds(one).toFixed(3),
      digits(seconds(one) / fastest),
    ]);
  });
  return table([['', 'version', 'seconds', 'time / fastest'], ...rows]);
}

function leftOut({ works }: Results): string {
  if (works.length === 0) return NOT_YET;
  const lines = works.flatMap(({ title, turns, skipped }) =>
    skipped === undefined
      ? turns.flatMap(({ name, dropped }) =>
          dropped === undefined ? [] : [`- ${title}: ${name}: ${dropped}`],
        )
      : [`- ${title}: ${skipped}`],
  );
  return lines.length === 0 ? 'Nothing.' : lines.join('\n');
}
