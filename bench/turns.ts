import fs from 'node:fs';
import { type Measurement, measure } from './measure.ts';
import type { Contestant } from './work.ts';

/** What a contestant took in each round; round i of one belongs to round i of all. */
export interface Turns {
  name: string;
  command: readonly string[];
  rounds: Measurement[];
  /** logitmill's own account of where its threads' seconds went, one a round. */
  stages: Record<string, number>[];
  /** Why it did not take part to the end; its rounds are then empty. */
  dropped?: string;
}

export interface TurnLimits {
  rounds: number;
  /** No round begins after this time, but for one that counts. */
  seconds: number;
}

/**
 * All contestants in turn, A B C A B C …, so that whatever else the machine does hits all of them alike. The first
 * round warms up caches and is not counted, unless there is none or no time for another. A contestant that fails is
 * dropped; when the first one does, everything ends.
 */
export async function takeTurns(contestants: readonly Contestant[], limits: TurnLimits): Promise<Turns[]> {
  const all = contestants.map(({ name, command }): Turns => ({ name, command, rounds: [], stages: [] }));
  const end = performance.now() + limits.seconds * 1000;
  const warmUps = limits.rounds > 1 ? 1 : 0;
  for (let round = 0; round < limits.rounds + warmUps; round++) {
    if (round > 0 && performance.now() > end) break;
    for (const [index, contestant] of contestants.entries()) {
      const turns = all[index];
      if (turns.dropped !== undefined) continue;
      await takeTurn(contestant, turns);
      if (index === 0 && turns.dropped !== undefined) return all;
    }
  }
  for (const { rounds, stages } of all)
    if (warmUps > 0 && rounds.length > 1) {
      rounds.shift();
      stages.shift();
    }
  return all;
}

async function takeTurn(contestant: Contestant, turns: Turns): Promise<void> {
  const clean = (): void => remove(contestant.creates);
  clean();
  process.once('exit', clean);
  try {
    const { code, stderr, ...measurement } = await measure(contestant);
    if (code === 0) {
      turns.rounds.push(measurement);
      if (contestant.summary !== undefined) turns.stages.push(stagesOf(contestant.summary));
    } else drop(turns, lastWords(stderr) || `it ended with exit code ${code}`);
  } catch (error) {
    drop(turns, error instanceof Error ? error.message : String(error));
  } finally {
    clean();
    process.off('exit', clean);
  }
}

function drop(turns: Turns, reason: string): void {
  turns.dropped = reason;
  turns.rounds = [];
  turns.stages = [];
}

/** logitmill's errors begin with its name; Python's tracebacks end with what went wrong. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => line.startsWith('logitmill: ')) ?? lines.at(-1)!;
}

function stagesOf(summary: string): Record<string, number> {
  return JSON.parse(fs.readFileSync(summary, 'utf8')).stage_seconds ?? {};
}

function remove(paths: readonly string[]): void {
  for (const path of paths) fs.rmSync(path, { recursive: true, force: true });
}
