import path from 'node:path';
import type { Command } from './measure.ts';

/** A file (or folder of files) that is made before the work begins, the same for the same name. */
export interface Input {
  /** In the folder of the work's place; says everything that the content depends on. */
  name: string;
  bytes: number;
  make(path: string, bench: Bench): void | Promise<void>;
}

/** One of those that take turns. */
export interface Contestant extends Command {
  name: string;
  /** Files and folders that it writes: removed before and after each turn, outside the measured time. */
  creates: readonly string[];
  /** Where it writes logitmill's summary, whose times by stage are kept. */
  summary?: string;
}

/** The first contestant is the one that the others are compared with. */
export interface Work {
  name: string;
  title: string;
  place: Place;
  inputs: readonly Input[];
  /** Part of `--quick`. */
  quick?: boolean;
  /** Only with `--huge`. */
  huge?: boolean;
  /** Bytes that one turn reads, for a rate. */
  bytes: number;
  contestants(inputs: readonly string[], bench: Bench): Contestant[];
}

/** On a file system in memory, or on a disk. */
export type Place = 'memory' | 'disk';

/** What this machine has, and the folders in use. */
export interface Bench {
  folders: Record<Place, string>;
  /** Node's programs by major version, the running one first. */
  nodes: readonly { major: number; program: string }[];
  /** The peers' Python, null when they are not installed or not wanted. */
  python: string | null;
  cores: number;
  /** Multiplies the sizes of all inputs. */
  scale: number;
  /** Inputs of several GiB too. */
  huge: boolean;
}

/** Why a work or a contestant cannot take part here. */
export class Unavailable extends Error {}

/** `logitmill run`. */
export function logitmill(
  bench: Bench,
  place: Place,
  input: string,
  options: readonly string[] = [],
  { name = 'logitmill', node = bench.nodes[0].program } = {},
): Contestant {
  const output = path.join(bench.folders[place], 'logitmill-out');
  const summary = path.join(bench.folders[place], 'logitmill-summary.json');
  return {
    name,
    command: [
      ...[node, 'dist/cli.js', 'run', input, '-o', output],
      ...['--quiet', '--summary', summary, ...options],
    ],
    creates: [output, summary],
    summary,
  };
}

/** The limit: a copy by 4 MiB; `durable` as logitmill's output is when it ends. */
export function copy(bench: Bench, place: Place, input: string, { durable = false } = {}): Contestant {
  const output = path.join(bench.folders[place], 'copy-out');
  return {
    name: durable ? 'dd conv=fsync' : 'dd',
    command: ['dd', `if=${input}`, `of=${output}`, 'bs=4M', ...(durable ? ['conv=fsync'] : [])],
    creates: [output],
  };
}

/** A script of bench/peers; none when Python's packages are not there. */
export function peer(
  bench: Bench,
  place: Place,
  script: string,
  input: string,
  options: readonly string[] = [],
): Contestant[] {
  if (bench.python === null) return [];
  const output = path.join(bench.folders[place], `${script}-out`);
  return [
    {
      name: script,
      command: [bench.python, `bench/peers/${script}.py`, input, output, ...options],
      creates: [output],
    },
  ];
}
