import { barChart, COLOURS, type Line, lineChart, ticksUpTo } from './report/svg.ts';
import { peakBytes, type Results, ratios, seconds, type WorkResult } from './results.ts';
import type { Turns } from './turns.ts';

/** The pictures of docs/performance.md by file name, as far as `results` has what they show. */
export function plots(results: Results): Map<string, string> {
  const made: [string, string | null][] = [
    ['peers.svg', peers(results)],
    ['memory.svg', memory(results)],
    ['sizes.svg', sizes(results)],
    ['widths.svg', widths(results)],
    ['threads.svg', threads(results)],
  ];
  return new Map(made.flatMap(([name, picture]) => (picture === null ? [] : [[name, picture]])));
}

const COMPARED = ['list-1000', 'list-10', 'wide-100', 'float64', 'csv-1000', 'csv-10'];

function colour(name: string): string {
  const families = ['logitmill', 'pytorch', 'numpy', 'polars', 'duckdb'];
  const index = families.findIndex((family) => name.startsWith(family));
  return COLOURS[index === -1 ? 6 : index];
}

function measured(results: Results, name: string): Turns[] {
  const work = results.works.find((result) => result.name === name);
  return (work?.turns ?? []).filter(({ rounds }) => rounds.length > 0);
}

/** One group a work; none for works without measurements. */
function groups(
  results: Results,
  value: (turns: Turns, first: Turns) => { value: number; text: string } | null,
): { heading: string; bars: { label: string; value: number; text: string; colour: string }[] }[] {
  return COMPARED.flatMap((name) => {
    const turns = measured(results, name);
    const bars = turns.flatMap((one) => {
      const found = value(one, turns[0]);
      return found === null ? [] : [{ label: one.name, colour: colour(one.name), ...found }];
    });
    const { title } = results.works.find((result) => result.name === name) ?? { title: '' };
    return bars.length === 0 ? [] : [{ heading: title, bars }];
  });
}

function peers(results: Results): string | null {
  const all = groups(results, (one, first) => ({
    value: ratios(one, first).median,
    text: `${ratios(one, first).median.toFixed(2)}x, ${seconds(one).toFixed(2)} s`,
  }));
  return all.length === 0 ? null : barChart("Time as a multiple of logitmill's, shorter is faster", all);
}

function memory(results: Results): string | null {
  const all = groups(results, (one) => {
    const bytes = peakBytes(one);
    return bytes === null ? null : { value: bytes / 1e6, text: `${(bytes / 1e6).toFixed(0)} MB` };
  });
  return all.length === 0 ? null : barChart('Largest resident set, files that are mapped included', all);
}

function sizes(results: Results): string | null {
  const points = numbered(measured(results, 'sizes')).map(
    ([mebibytes, turns]) => [mebibytes, seconds(turns) / ((mebibytes * 2 ** 20) / 1e9)] as const,
  );
  return chart('Cost by size of the file, float32 x 1000', 'MiB of logits', 'seconds per GB', true, [
    { label: 'logitmill', colour: COLOURS[0], points },
  ]);
}

function widths(results: Results): string | null {
  const bytes = workOf(results, 'widths')?.bytes ?? 0;
  const turns = measured(results, 'widths');
  const points = numbered(turns.filter(({ name }) => name.endsWith('classes'))).map(
    ([classes, one]) => [classes, seconds(one) / (bytes / 1e9)] as const,
  );
  const copy = turns.find(({ name }) => name === 'dd');
  const limit = copy && seconds(copy) / (bytes / 1e9);
  return chart('Cost by classes in a row, float32', 'classes', 'seconds per GB', true, [
    { label: 'logitmill', colour: COLOURS[0], points },
    ...(limit === undefined || points.length === 0
      ? []
      : [{ label: 'dd', colour: COLOURS[6], points: points.map(([classes]) => [classes, limit] as const) }]),
  ]);
}

function threads(results: Results): string | null {
  const works = results.works.filter(({ name }) => name.startsWith('threads-'));
  const lines = works.map(({ name, title }, index): Line => {
    const turns = measured(results, name);
    const one = turns.find((each) => each.name === '1 thread');
    return {
      label: title.replace('Threads, ', ''),
      colour: COLOURS[index],
      points:
        one === undefined ? [] : numbered(turns).map(([count, each]) => [count, ratios(one, each).median]),
    };
  });
  return chart('Speed by threads', 'threads', 'times the speed of one thread', false, lines);
}

function workOf(results: Results, name: string): WorkResult | undefined {
  return results.works.find((result) => result.name === name);
}

/** Contestants by the number that their names begin with, ascending. */
function numbered(turns: readonly Turns[]): (readonly [number, Turns])[] {
  return turns.map((one) => [Number.parseFloat(one.name), one] as const).sort(([a], [b]) => a - b);
}

function chart(
  title: string,
  horizontal: string,
  vertical: string,
  logarithmic: boolean,
  lines: readonly Line[],
): string | null {
  const points = lines.flatMap((line) => line.points);
  if (points.length < 2) return null;
  const ticks = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  return lineChart(
    title,
    { title: horizontal, ticks, logarithmic },
    { title: vertical, ticks: ticksUpTo(Math.max(...points.map(([, y]) => y))) },
    lines.filter((line) => line.points.length > 0),
  );
}
