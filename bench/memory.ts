/**
 * Peak resident memory of the real program on inputs made to need much of it:
 *   npx rolldown bench/memory.ts --platform node --file dist/bench/memory.js
 *   node dist/bench/memory.js [folder=/tmp/logitmill-memory] [giants=yes|no] [only=name] [nodes=FOLDER]
 * The limit is 150 MB beyond what --memory says, a few inputs aside. `giants` are the inputs whose outputs take gigabytes.
 * `nodes` is where bench/nodes.sh put other versions of Node, each of which gets a column.
 * The last result: bench/results/memory.md.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {
  ArrowWriter,
  type BodyBuffer,
  floatField,
  intField,
  listField,
  raggedField,
  textField,
} from './arrow-writer.ts';

const options = Object.fromEntries(process.argv.slice(2).map((word) => word.split('=')));
const folder: string = options.folder ?? '/tmp/logitmill-memory';
const CLI = path.resolve('dist/cli.js');
const LIMIT = 150e6;
const CSV = ['--input-format', 'csv'];

interface Case {
  name: string;
  giant?: boolean;
  /** Bytes beyond the limit of all others. */
  more?: number;
  /** Default: run. `validate` is given the input as it is. */
  command?: 'run' | 'validate';
  args?: string[];
  /** Exit codes that are an answer: a refusal may be the right one. */
  codes?: number[];
  make(file: string): void;
}

let state = 1;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) / 2 ** 21 - 4;
}
const floats = (count: number): Float32Array => Float32Array.from({ length: count }, random);

/** `batches` batches of `rows` rows: an id, a text, and 10 logits in the given form. */
function tinyBatches(file: string, batches: number, rows: number, form: 'list' | 'ragged' | 'nulls'): void {
  const logits = form === 'ragged' ? raggedField('logits') : listField('logits', 10);
  const writer = new ArrowWriter(file, [intField('id'), textField('text'), logits]);
  for (let batch = 0; batch < batches; batch++) {
    const texts = Array.from({ length: rows }, (_, row) => `label ${(batch * rows + row) % 977}`);
    const offsets = new Int32Array(rows + 1);
    for (const [row, text] of texts.entries()) offsets[row + 1] = offsets[row]! + text.length;
    const ids = BigInt64Array.from(texts, (_, row) => BigInt(batch * rows + row));
    const buffers: BodyBuffer[] = [null, ids, null, offsets, Buffer.from(texts.join(''))];
    if (form === 'ragged')
      buffers.push(
        null,
        Int32Array.from({ length: rows + 1 }, (_, row) => row * 10),
      );
    else buffers.push(form === 'nulls' ? new Uint8Array(Math.ceil(rows / 8)).fill(0xfe) : null);
    buffers.push(null, floats(rows * 10));
    writer.add(rows, [rows, 0, rows, 0, rows, form === 'nulls' ? 1 : 0, rows * 10, 0], buffers);
  }
  writer.finish();
}

/** The first `texts` columns are passed through, the others are logits. */
function wide(file: string, columns: number, rows: number, batches: number, texts = 0): void {
  const fields = Array.from({ length: columns }, (_, index) =>
    index < texts ? textField(`text_${index}`) : floatField(`logit_${index}`),
  );
  const writer = new ArrowWriter(file, fields);
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * 3);
  const text = Buffer.from('abc'.repeat(rows));
  for (let batch = 0; batch < batches; batch++) {
    const values = floats(rows);
    writer.add(
      rows,
      fields.flatMap(() => [rows, 0]),
      fields.flatMap((_, index): BodyBuffer[] => (index < texts ? [null, offsets, text] : [null, values])),
    );
  }
  writer.finish();
}

function csv(file: string, columns: number, rows: number): void {
  const fd = fs.openSync(file, 'w');
  fs.writeSync(fd, `${Array.from({ length: columns }, (_, index) => `logit_${index}`).join()}\n`);
  for (let row = 0; row < rows; row++)
    fs.writeSync(fd, `${Array.from({ length: columns }, () => random().toFixed(4)).join()}\n`);
  fs.closeSync(fd);
}

/** What `make` writes, compressed as a whole. */
function packed(tool: 'gzip' | 'zstd', make: (file: string) => void): (file: string) => void {
  return (file) => {
    make(`${file}.plain`);
    const fd = fs.openSync(file, 'w');
    spawnSync(tool, ['-c', '-q', '-1', `${file}.plain`], { stdio: ['ignore', fd, 'inherit'] });
    fs.closeSync(fd);
    fs.rmSync(`${file}.plain`);
  };
}

function zeros(file: string, rows: number, classes: number): void {
  const writer = new ArrowWriter(file, [listField('logits', classes)]);
  writer.add(rows, [rows, 0, rows * classes, 0], [null, null, rows * classes * 4]);
  writer.finish();
}

const CASES: Case[] = [
  { name: 'a small file', make: (file) => zeros(file, 100, 10) },
  { name: '100,000 batches of 1 row', make: (file) => tinyBatches(file, 100_000, 1, 'list') },
  { name: '100,000 ragged batches of 1 row', make: (file) => tinyBatches(file, 100_000, 1, 'ragged') },
  { name: '100,000 batches of 2 rows, one null', make: (file) => tinyBatches(file, 100_000, 2, 'nulls') },
  { name: '10,000 batches of 10 rows', make: (file) => tinyBatches(file, 10_000, 10, 'list') },
  { name: '10,000 columns, 5 batches of 20 rows', make: (file) => wide(file, 10_000, 20, 5) },
  { name: '10,000 columns, 1 batch of 5,000 rows', make: (file) => wide(file, 10_000, 5000, 1) },
  { name: '10,000 columns, 500 batches of 10 rows', make: (file) => wide(file, 10_000, 10, 500) },
  { name: '10,000 columns, 100 batches of 200 rows', make: (file) => wide(file, 10_000, 200, 100) },
  { name: '10,000 columns, 1 batch of 20,000 rows', make: (file) => wide(file, 10_000, 20_000, 1) },
  {
    name: '10,000 columns, 1 batch of 5,000 rows, both',
    args: ['--op', 'both'],
    make: (file) => wide(file, 10_000, 5000, 1),
  },
  {
    name: '10,000 columns, 40 batches of 200 rows, compressed output',
    args: ['--compression', 'zstd'],
    make: (file) => wide(file, 10_000, 200, 40),
  },
  {
    name: '10,000 columns, 5 batches of 1,000 rows, dim 0',
    args: ['--dim', '0'],
    make: (file) => wide(file, 10_000, 1000, 5),
  },
  {
    name: '10,000 columns, half of them text passed through, 50 batches of 100 rows',
    make: (file) => wide(file, 10_000, 100, 50, 5000),
  },
  {
    name: '10,001 columns, 10,000 of them text passed through, 1 batch of 5,000 rows',
    make: (file) => wide(file, 10_001, 5000, 1, 10_000),
  },
  {
    name: 'a list of 10,000 to 10,000 columns, 5,000 rows',
    args: ['--layout', 'wide'],
    make: (file) => zeros(file, 5000, 10_000),
  },
  {
    name: 'validate 10,000 columns, 1 batch of 5,000 rows',
    command: 'validate',
    codes: [4],
    make: (file) => wide(file, 10_000, 5000, 1),
  },
  {
    name: 'validate 100,000 batches of 1 row',
    command: 'validate',
    codes: [4],
    make: (file) => tinyBatches(file, 100_000, 1, 'list'),
  },
  { name: 'CSV of 10,000 columns, 500 rows', args: CSV, make: (file) => csv(file, 10_000, 500) },
  // The headers of its batches are 6 MB long, the schema 7.
  { name: 'CSV of 128,256 columns, 60 rows', args: CSV, more: 100e6, make: (file) => csv(file, 128_256, 60) },
  { name: 'CSV of 100 columns, 100,000 rows', args: CSV, make: (file) => csv(file, 100, 100_000) },
  { name: 'the same in .zst', args: CSV, make: packed('zstd', (file) => csv(file, 100, 100_000)) },
  { name: 'the same in .gz', args: CSV, make: packed('gzip', (file) => csv(file, 100, 100_000)) },
  { name: 'Arrow in .zst', make: packed('zstd', (file) => tinyBatches(file, 10_000, 100, 'list')) },
  {
    name: 'schema metadata of 1 MB',
    make: (file) => {
      const writer = new ArrowWriter(file, [listField('logits', 10)], [['key', 'x'.repeat(1e6)]]);
      writer.add(1000, [1000, 0, 10_000, 0], [null, null, floats(10_000)]);
      writer.finish();
    },
  },
  { name: '3 rows of 64 MiB', make: (file) => zeros(file, 3, 2 ** 24), codes: [0, 2, 3] },
  {
    name: '3 rows of 64 MiB, log_softmax, 16 MiB of memory',
    args: ['--op', 'log_softmax', '--memory', '16MiB'],
    make: (file) => zeros(file, 3, 2 ** 24),
    codes: [0, 2, 3],
  },
  { name: 'one batch of 4 GiB', giant: true, make: (file) => zeros(file, 2 ** 20, 1024) },
  {
    name: 'one batch of 4 GiB, 8 threads, 512 MiB of memory',
    giant: true,
    args: ['--threads', '8', '--memory', '512MiB'],
    make: (file) => zeros(file, 2 ** 20, 1024),
  },
];

/** This Node, and those that are asked for. */
function nodes(): [name: string, program: string][] {
  const others = options.nodes ? fs.readdirSync(options.nodes) : [];
  const program = (major: string): string => path.join(options.nodes, major, 'node_modules/node/bin/node');
  return [
    [process.version, process.execPath],
    ...others.map((major): [string, string] => [`v${major}`, program(major)]),
  ];
}

fs.mkdirSync(folder, { recursive: true });
let failed = 0;
const programs = nodes();
console.log(
  `| input | result | ${programs.map(([name]) => `${name}: peak MB | seconds`).join(' | ')} |\n|${'---|'.repeat(2 + programs.length * 2)}`,
);
for (const { name, giant, command = 'run', args = [], codes = [0], more = 0, make } of CASES) {
  if ((giant && options.giants === 'no') || (options.only && !name.includes(options.only))) continue;
  const [input, output] = ['input.arrow', 'output.arrow'].map((file) => path.join(folder, file)) as [
    string,
    string,
  ];
  make(input);
  const memory = args.includes('--memory') ? Number.parseInt(args[args.indexOf('--memory') + 1]!, 10) : 64;
  const limit = LIMIT + memory * 2 ** 20 + more;
  let result = '';
  const cells = programs.map(([, program]) => {
    const { stdout, stderr, status } = spawnSync(
      program,
      [
        CLI,
        command,
        input,
        ...(command === 'run' ? ['-o', output, '--overwrite'] : []),
        ...['--quiet', '--summary', '-', ...args],
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 30 },
    );
    const summary = stdout === '' ? null : JSON.parse(stdout);
    const peak: number = summary?.peak_rss_bytes ?? Number.NaN;
    const isRight = codes.includes(status ?? -1) && peak <= limit;
    if (!isRight) failed++;
    result = status === 0 ? 'ok' : `exit ${status}: ${stderr.split('\n')[0]?.slice(0, 120)}`;
    return `${(peak / 1e6).toFixed(0)}${isRight ? '' : ' **TOO MUCH**'} | ${summary?.seconds.toFixed(1)}`;
  });
  console.log(`| ${name} | ${result} | ${cells.join(' | ')} |`);
  for (const file of [input, output]) fs.rmSync(file, { force: true });
}
fs.rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
