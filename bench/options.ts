import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  quick: boolean;
  only: string[];
  goals: boolean;
  list: boolean;
  huge: boolean;
  rounds: number;
  /** For one work's rounds. */
  seconds: number;
  scale: number;
  memoryFolder: string;
  diskFolder: string;
  /** Of the peers' virtual environment; null: none. */
  peers: string | null;
  /** Has one folder for each version of Node, as bench/nodes.sh makes it; null: none. */
  nodes: string | null;
  results: string;
}

export const HELP = `npm run bench -- [options]

  --quick          small inputs, few rounds, the main works: less than two minutes
  --only A,B,…     these works alone; a trailing * stands for anything
  --list           print their names
  --goals          mark what was measured against the goals
  --huge           inputs of 4 and 8 GiB too
  --rounds N       turns of every contestant that count [7; 3 when quick]
  --seconds S      no further round of a work after this time [90; when quick, all end within 100]
  --scale X        multiply the size of all inputs [1; 1/16 when quick]
  --inputs DIR     for files in memory [LOGITMILL_BENCH_INPUTS, /dev/shm/logitmill-bench, bench/inputs]
  --disk DIR       for files on a disk [bench/inputs]
  --peers DIR      virtual environment that bench/peers/install.sh made [LOGITMILL_PEERS]; --no-peers: without
  --nodes DIR      versions of Node that bench/nodes.sh installed [LOGITMILL_NODES]
  --results DIR    where <date>-<machine>.md and .json go [bench/results]`;

/** @returns null when only help was asked for */
export function readOptions(words: readonly string[], environment: NodeJS.ProcessEnv): Options | null {
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{ quick: FLAG, goals: FLAG, list: FLAG, huge: FLAG, help: FLAG, 'no-peers': FLAG },
      ...{ only: TEXT, rounds: TEXT, seconds: TEXT, scale: TEXT, inputs: TEXT, disk: TEXT, peers: TEXT },
      ...{ nodes: TEXT, results: TEXT },
    },
  });
  if (values.help) return null;
  const quick = values.quick ?? false;
  const disk = path.resolve(values.disk ?? 'bench/inputs');
  return {
    quick,
    only: values.only?.split(',') ?? [],
    goals: values.goals ?? false,
    list: values.list ?? false,
    huge: values.huge ?? false,
    rounds: positive('rounds', values.rounds ?? (quick ? '3' : '7')),
    seconds: positive('seconds', values.seconds ?? (quick ? '100' : '90')),
    scale: positive('scale', values.scale ?? (quick ? '0.0625' : '1')),
    memoryFolder: path.resolve(values.inputs ?? environment.LOGITMILL_BENCH_INPUTS ?? inMemory() ?? disk),
    diskFolder: disk,
    peers: values['no-peers'] ? null : (values.peers ?? environment.LOGITMILL_PEERS ?? null),
    nodes: values.nodes ?? environment.LOGITMILL_NODES ?? null,
    results: values.results ?? 'bench/results',
  };
}

const FLAG = { type: 'boolean' } as const;
const TEXT = { type: 'string' } as const;

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} expects a number above 0, got ${text}`);
  return value;
}

function inMemory(): string | null {
  return fs.existsSync('/dev/shm') ? '/dev/shm/logitmill-bench' : null;
}
