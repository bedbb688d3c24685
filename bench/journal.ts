/**
 * What being able to go on costs: the same job on a disk with everything made durable, without the savings on the way,
 * without any sync, and `dd conv=fsync` of as many bytes, in turn:
 *   npx rolldown bench/journal.ts --platform node --file dist/bench/journal.js
 *   node dist/bench/journal.js [folder=/tmp/logitmill-journal] [megabytes=512] [rounds=3]
 * Medians of the ratios within a round. The last result: bench/results/journal.md.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ArrowWriter, listField } from './arrow-writer.ts';

const options = Object.fromEntries(process.argv.slice(2).map((word) => word.split('=')));
const folder: string = options.folder ?? '/tmp/logitmill-journal';
const megabytes = Number(options.megabytes ?? 512);
const rounds = Number(options.rounds ?? 3);
const CLI = path.resolve('dist/cli.js');
const [input, output] = ['input.arrow', 'output.arrow'].map((name) => path.join(folder, name)) as [
  string,
  string,
];

const CLASSES = 1000;
const ROWS = 4000;

function makeInput(): void {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 20 - 8;
  };
  const values = Float32Array.from({ length: ROWS * CLASSES }, random);
  const writer = new ArrowWriter(input, [listField('logits', CLASSES)]);
  for (let done = 0; done < megabytes * 1e6; done += values.byteLength)
    writer.add(ROWS, [ROWS, 0, ROWS * CLASSES, 0], [null, null, values]);
  writer.finish();
}

/** Replaces syncs by nothing, in the process that loads it. */
function preload(name: string, calls: readonly string[]): string {
  const file = path.join(folder, `${name}.mjs`);
  const lines = calls.map((call) => `fs.${call} = (fd, done) => setImmediate(done, null);`);
  fs.writeFileSync(file, `import fs from 'node:fs';\n${lines.join('\n')}\n`);
  return `--import ${file}`;
}

function seconds(command: string, args: readonly string[], nodeOptions = ''): number {
  fs.rmSync(output, { force: true });
  // What the run before left in the page cache is not this one's to write.
  spawnSync('sync');
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
  });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - start) / 1000;
}

fs.mkdirSync(folder, { recursive: true });
makeInput();
const run = [CLI, 'run', input, '-o', output, '--quiet'];
const withoutSavings = preload('without-savings', ['fdatasync']);
const withoutSyncs = preload('without-syncs', ['fdatasync', 'fsync']);
const VARIANTS: [string, () => number][] = [
  ['as it is', () => seconds(process.execPath, run)],
  ['without savings on the way', () => seconds(process.execPath, run, withoutSavings)],
  ['without any sync', () => seconds(process.execPath, run, withoutSyncs)],
  ['dd conv=fsync', () => seconds('dd', [`if=${input}`, `of=${output}`, 'bs=4M', 'conv=fsync'])],
];
const times = VARIANTS.map((): number[] => []);
for (let round = 0; round < rounds; round++)
  for (const [index, [, measure]] of VARIANTS.entries()) times[index]!.push(measure());

const median = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)]!;
const size = fs.statSync(input).size;
console.log(`${(size / 1e6).toFixed(0)} MB in, ${rounds} rounds\n`);
console.log('| | median s | to "as it is" | MB/s |\n|---|---|---|---|');
for (const [index, [name]] of VARIANTS.entries()) {
  const ratios = times[index]!.map((time, round) => time / times[0]![round]!);
  const time = median(times[index]!);
  console.log(
    `| ${name} | ${time.toFixed(2)} | ${median(ratios).toFixed(2)} | ${(size / 1e6 / time).toFixed(0)} |`,
  );
}
fs.rmSync(folder, { recursive: true });
