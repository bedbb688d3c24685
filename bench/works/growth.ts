import type { FloatType } from '../generate/arrow.ts';
import { type Bench, type Contestant, copy, type Input, logitmill, type Work } from '../work.ts';
import { arrowInput, csvInput } from './inputs.ts';

/** How the cost grows with bytes, width and threads, and what the version of Node makes of it. */
export function growthWorks(bench: Bench): Work[] {
  return [bySize(bench), byWidth(bench), ...byThreads(bench), ...byNode(bench)];
}

const MIB = 2 ** 20;

function bySize({ scale, huge }: Bench): Work {
  const inputs = [100, 300, 1000, 2000, ...(huge ? [4000] : [])].map((size) =>
    arrowInput({ classes: 1000, bytes: size * MIB * scale }),
  );
  return {
    name: 'sizes',
    title: 'Cost per byte, float32 x 1000, by size of the file',
    ...{ place: 'memory', inputs, bytes: 0 },
    contestants: (files, bench) => files.map((file, i) => named(bench, file, sizeText(inputs[i].bytes))),
  };
}

function sizeText(bytes: number): string {
  return `${Number((bytes / MIB).toPrecision(3))} MiB`;
}

function byWidth({ scale }: Bench): Work {
  const widths = [2, 4, 10, 32, 100, 320, 1000, 10_000, 128_256];
  const inputs = widths.map((classes) => arrowInput({ classes, bytes: 256 * MIB * scale }));
  return {
    name: 'widths',
    title: 'Cost by classes in a row, float32, 256 MiB each',
    ...{ place: 'memory', inputs, bytes: inputs[0].bytes },
    contestants: (files, bench) => [
      ...files.map((file, i) => named(bench, file, `${widths[i]} classes`)),
      copy(bench, 'memory', files[0]),
    ],
  };
}

function named(bench: Bench, file: string, name: string, options: readonly string[] = []): Contestant {
  return logitmill(bench, 'memory', file, options, { name });
}

function byThreads({ scale, cores }: Bench): Work[] {
  const list = (dtype: FloatType, classes: number, mebibytes = 512): Input =>
    arrowInput({ classes, dtype, bytes: mebibytes * MIB * scale });
  const works = [
    { name: 'threads-list', title: 'float32 x 1000', input: list('float32', 1000), options: [] },
    {
      name: 'threads-both',
      title: 'float32 x 1000, --op both',
      input: list('float32', 1000),
      options: ['--op', 'both'],
    },
    // float16 takes the most computing per byte: what threads are worth where memory is not what they wait for.
    {
      name: 'threads-float16',
      title: 'float16 x 1000, 1 GiB',
      input: list('float16', 1000, 1024),
      options: [],
    },
    { name: 'threads-float64', title: 'float64 x 1000', input: list('float64', 1000), options: [] },
    {
      name: 'threads-csv',
      title: 'CSV of 1000 columns of %.6f',
      input: csvInput(1000, '%.6f', 532e6 * scale),
      options: [],
    },
  ];
  return works.map(({ name, title, input, options }) => ({
    name,
    title: `Threads, ${title}`,
    ...{ place: 'memory', inputs: [input], bytes: input.bytes },
    contestants: ([file], bench) =>
      threadCounts(cores).map((threads) =>
        named(bench, file, threads === 1 ? '1 thread' : `${threads} threads`, [
          ...options,
          '--threads',
          `${threads}`,
        ]),
      ),
  }));
}

/** All cores first, then 1, 2, 4, … */
function threadCounts(cores: number): number[] {
  const counts = [cores];
  for (let count = 1; count < cores; count *= 2) counts.push(count);
  return counts;
}

function byNode({ scale, nodes }: Bench): Work[] {
  const inputs = [
    { name: 'nodes', title: 'float32 x 1000', input: arrowInput({ classes: 1000, bytes: 2 ** 30 * scale }) },
    { name: 'nodes-csv', title: 'CSV of 1000 columns', input: csvInput(1000, '%.6f', 532e6 * scale) },
    {
      name: 'nodes-small',
      title: 'a job of 1,797 rows',
      input: arrowInput({ classes: 10, bytes: 1797 * 40 }),
    },
  ];
  return inputs.map(({ name, title, input }) => ({
    ...{ name, title: `Versions of Node, ${title}`, place: 'memory', inputs: [input], bytes: input.bytes },
    contestants: ([file], bench) =>
      nodes.map(({ major, program }) =>
        logitmill(bench, 'memory', file, [], { name: `Node ${major}`, node: program }),
      ),
  }));
}
