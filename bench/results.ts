import type { Machine } from './machine.ts';
import { median, type Spread, spread } from './statistics.ts';
import type { Turns } from './turns.ts';

/** What a run of the benchmarks found: the .json beside the .md. */
export interface Results {
  schemaVersion: 1;
  /** YYYY-MM-DD */
  date: string;
  command: string;
  quick: boolean;
  scale: number;
  machine: Machine;
  works: WorkResult[];
}

export interface WorkResult {
  name: string;
  title: string;
  place: 'memory' | 'disk';
  /** That one turn reads; 0 when they differ. */
  bytes: number;
  /** The first is the one that the others are compared with. */
  turns: Turns[];
  /** Why nothing was measured. */
  skipped?: string;
}

export function findTurns(results: Results, work: string, name: string | RegExp): Turns | undefined {
  const turns = results.works.find((result) => result.name === work)?.turns ?? [];
  const found = turns.find((one) => (typeof name === 'string' ? one.name === name : name.test(one.name)));
  return found?.rounds.length ? found : undefined;
}

/** Of the times of `a` and `b`, round by round. Rounds that one of them did not take are left out. */
export function ratios(a: Turns, b: Turns): Spread {
  const count = Math.min(a.rounds.length, b.rounds.length);
  return spread(
    Array.from({ length: count }, (_, i) => a.rounds.at(-1 - i)!.seconds / b.rounds.at(-1 - i)!.seconds),
  );
}

export function seconds({ rounds }: Turns): number {
  return median(rounds.map((round) => round.seconds));
}

/** The mean: the kernel's account comes in steps of 10 ms. */
export function cpuSeconds({ rounds }: Turns): number | null {
  const all = rounds.map((round) => round.cpuSeconds ?? Number.NaN);
  const mean = all.reduce((total, one) => total + one, 0) / all.length;
  return Number.isNaN(mean) ? null : mean;
}

/** The largest of all rounds. */
export function peakBytes({ rounds }: Turns): number | null {
  return largest(rounds.map((round) => round.peakBytes));
}

export function ownBytes({ rounds }: Turns): number | null {
  return largest(rounds.map((round) => round.ownBytes));
}

function largest(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : Math.max(...values.map(Number));
}

/** Medians of logitmill's seconds by stage, of all its threads. */
export function stageSeconds({ stages }: Turns): [stage: string, seconds: number][] {
  const names = [...new Set(stages.flatMap((round) => Object.keys(round)))];
  return names.map((name) => [name, median(stages.map((round) => round[name] ?? 0))]);
}
