import { table } from './report/table.ts';
import { cpuSeconds, findTurns, peakBytes, type Results, ratios, seconds } from './results.ts';

/** What was promised of a work, and what the least is that would do. */
interface Goal {
  what: string;
  /** null: not measured. */
  value(results: Results): number | null;
  /** Whether less is better or more. */
  better: 'less' | 'more';
  goal: number;
  least: number;
  unit?: string;
}

/** Median of the ratios of two contestants' times. */
function timeRatio(work: string, a: string | RegExp, b: string | RegExp) {
  return (results: Results): number | null => {
    const [one, other] = [findTurns(results, work, a), findTurns(results, work, b)];
    return one === undefined || other === undefined ? null : ratios(one, other).median;
  };
}

const GOALS: readonly Goal[] = [
  {
    what: 'Arrow list f32 x 1000 in memory, time / dd',
    value: timeRatio('list-1000', 'logitmill', 'dd'),
    ...{ better: 'less', goal: 1, least: 1.25 },
  },
  {
    what: 'same, times faster than PyTorch by batches',
    value: timeRatio('list-1000', 'pytorch_stream', 'logitmill'),
    ...{ better: 'more', goal: 5, least: 4.5 },
  },
  {
    what: 'same, times faster than NumPy',
    value: timeRatio('list-1000', 'numpy_stream', 'logitmill'),
    ...{ better: 'more', goal: 3.3, least: 2.8 },
  },
  {
    what: 'same on disk, durable, time / dd conv=fsync',
    value: timeRatio('disk', 'logitmill', 'dd conv=fsync'),
    ...{ better: 'less', goal: 1, least: 1.15 },
  },
  {
    what: 'same, CPU seconds / those of PyTorch',
    value: cpuShare,
    ...{ better: 'less', goal: 1 / 3, least: 1 / 2.5 },
  },
  {
    what: 'wide 100 columns, times faster than Polars',
    value: timeRatio('wide-100', 'polars_wide', 'logitmill'),
    ...{ better: 'more', goal: 5, least: 4 },
  },
  {
    what: '--op both, time / one op',
    value: timeRatio('both', 'logitmill both', 'logitmill softmax'),
    ...{ better: 'less', goal: 1.5, least: 1.8 },
  },
  {
    what: '--dim 0, time / --dim 1',
    value: timeRatio('dim-0', 'logitmill dim 0', 'logitmill dim 1'),
    ...{ better: 'less', goal: 1.7, least: 2 },
  },
  {
    what: '1,797 rows, time / node -e 0',
    value: timeRatio('small', 'logitmill', 'node -e 0'),
    ...{ better: 'less', goal: 2.2, least: 2.5 },
  },
  {
    what: '1,797 rows, times faster than PyTorch',
    value: timeRatio('small', 'pytorch_stream', 'logitmill'),
    ...{ better: 'more', goal: 10, least: 10 },
  },
  {
    what: 'validate, time / run',
    value: timeRatio('validate', 'logitmill validate', 'logitmill run'),
    ...{ better: 'less', goal: 0.6, least: 0.6 },
  },
  {
    what: 'peak memory, 1 GiB',
    value: peakOf('list-1000'),
    ...{ better: 'less', goal: 150, least: 200, unit: ' MB' },
  },
  {
    what: 'peak memory, 8 GiB',
    value: peakOf('disk-8gib'),
    ...{ better: 'less', goal: 150, least: 200, unit: ' MB' },
  },
  {
    what: 'cost per byte, most / least over sizes',
    value: costSpread,
    ...{ better: 'less', goal: 1.1, least: 1.15 },
  },
  ...['list', 'both', 'float16', 'float64', 'csv'].map(
    (name): Goal => ({
      what: `two threads against one, ${name}`,
      value: timeRatio(`threads-${name}`, '1 thread', '2 threads'),
      ...{ better: 'more', goal: 1.8, least: 1.6 },
    }),
  ),
  ...['nodes', 'nodes-csv', 'nodes-small'].map(
    (name): Goal => ({
      what: `slowest / fastest version of Node, ${name}`,
      value: slowestByFastest(name),
      ...{ better: 'less', goal: 1.25, least: 1.25 },
    }),
  ),
];

function cpuShare(results: Results): number | null {
  const ours = findTurns(results, 'list-1000', 'logitmill');
  const theirs = findTurns(results, 'list-1000', 'pytorch_stream');
  if (ours === undefined || theirs === undefined) return null;
  const [a, b] = [cpuSeconds(ours), cpuSeconds(theirs)];
  return a === null || b === null ? null : a / b;
}

function peakOf(work: string) {
  return (results: Results): number | null => {
    const turns = findTurns(results, work, 'logitmill');
    const bytes = turns && peakBytes(turns);
    return bytes ? bytes / 1e6 : null;
  };
}

function costSpread(results: Results): number | null {
  const work = results.works.find(({ name }) => name === 'sizes');
  const costs = (work?.turns ?? [])
    .filter(({ rounds }) => rounds.length > 0)
    .map((turns) => seconds(turns) / Number.parseFloat(turns.name));
  return costs.length < 2 ? null : Math.max(...costs) / Math.min(...costs);
}

function slowestByFastest(name: string) {
  return (results: Results): number | null => {
    const work = results.works.find((result) => result.name === name);
    const times = (work?.turns ?? []).filter(({ rounds }) => rounds.length > 0).map(seconds);
    return times.length < 2 ? null : Math.max(...times) / Math.min(...times);
  };
}

/** Every goal with what was measured of it. Goals are for full inputs on two idle cores. */
export function goalsTable(results: Results): string {
  const rows = GOALS.map(({ what, value, better, goal, least, unit = '' }) => {
    const measured = value(results);
    const reached = (limit: number): boolean =>
      measured !== null && (better === 'less' ? measured <= limit : measured >= limit);
    const verdict =
      measured === null ? '' : reached(goal) ? 'reached' : reached(least) ? 'at least' : 'missed';
    return [
      what,
      measured === null ? 'not measured' : `${number(measured)}${unit}`,
      `${better === 'less' ? '<=' : '>='} ${number(goal)}${unit}`,
      `${number(least)}${unit}`,
      verdict,
    ];
  });
  return `## Goals\n\n${table([['', 'measured', 'goal', 'at least', ''], ...rows])}`;
}

const number = (value: number): string => (value >= 20 ? value.toFixed(0) : value.toFixed(2));
