/**
 * Peak resident memory of the real program on inputs made to need much of it:
 *   npx rolldown bench/memory.ts --platform node --file dist/bench/memory.js
 *   node dist/bench/memory.js [folder=/tmp/logitmill-memory] [giants=yes|no] [only=name]
 * The limit is 150 MB for the process with the default memory. `giants` are the inputs whose outputs take gigabytes.
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

interface Case {
  name: string;
  giant?: boolean;
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

function wide(file: string, columns: number, rows: number, batches: number): void {
  const fields = Array.from({ length: columns }, (_, index) => floatField(`logit_${index}`));
  const writer = new ArrowWriter(file, fields);
  for (let batch = 0; batch < batches; batch++) {
    const values = floats(rows);
    writer.add(
      rows,
      fields.flatMap(() => [rows, 0]),
      fields.flatMap(() => [null, values]),
    );
  }
  writer.finish();
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

fs.mkdirSync(folder, { recursive: true });
let failed = 0;
console.log('| input | result | peak MB | seconds |\n|---|---|---|---|');
for (const { name, giant, args = [], codes = [0], make } of CASES) {
  if ((giant && options.giants === 'no') || (options.only && !name.includes(options.only))) continue;
  const [input, output] = ['input.arrow', 'output.arrow'].map((file) => path.join(folder, file)) as [
    string,
    string,
  ];
  make(input);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [CLI, 'run', input, '-o', output, '--quiet', '--summary', '-', ...args],
    { encoding: 'utf8' },
  );
  const summary = stdout === '' ? null : JSON.parse(stdout);
  const memory = args.includes('--memory') ? Number.parseInt(args[args.indexOf('--memory') + 1]!, 10) : 64;
  const peak: number = summary?.peak_rss_bytes ?? Number.NaN;
  const isRight = codes.includes(status ?? -1) && peak <= LIMIT + Math.max(0, memory - 64) * 2 ** 20;
  if (!isRight) failed++;
  const result = status === 0 ? 'ok' : `exit ${status}: ${stderr.split('\n')[0]}`;
  console.log(
    `| ${name} | ${result}${isRight ? '' : ' **TOO MUCH**'} | ${(peak / 1e6).toFixed(0)} | ${summary?.seconds.toFixed(1)} |`,
  );
  for (const file of [input, output]) fs.rmSync(file, { force: true });
}
fs.rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
