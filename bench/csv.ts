/**
 * GB/s of the CSV parser on one core, text to float matrix, both in memory:
 *   npx rolldown bench/csv.ts --platform node --file dist/bench/csv.js
 *   node dist/bench/csv.js [columns] [float16|float32|float64] [style…]
 * The lower quartile of 31 passes over 4 MiB chunks, by the processor's time: survey and parse together, and the survey
 * alone. Other programs on the machine only ever make a pass longer.
 * Without arguments it keeps what it prints in bench/results/csv-parser.txt.
 */
import fs from 'node:fs';
import os from 'node:os';
import { describeCsv } from '../src/input/csv/describe.ts';
import { planCsv } from '../src/input/csv/reading.ts';
import { chooseKernelBuild } from '../src/kernels/compile.ts';
import type { CsvKernels } from '../src/kernels/csv.ts';
import type { Dtype } from '../src/options/types.ts';
import { CsvParser } from '../workers/csv/parser.ts';
import { workBytes } from '../workers/csv/work-area.ts';

const [columnsGiven = '1000', dtype = 'float32', ...wanted] = process.argv.slice(2);
const COLUMNS = Number(columnsGiven);
const BYTES = 16 * 2 ** 20;
const CHUNK = 4 * 2 ** 20;
const PASSES = 31;

let state = 42;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 2 ** 32;
}

/** Like logits: normally distributed, a few units wide. */
function logit(): number {
  return 3 * Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
}

const general = (x: number, digits: number) => String(Number(x.toPrecision(digits)));
const exponential = (x: number) => x.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2');
const shortest32 = (x: number): string => {
  const single = Math.fround(x);
  for (let digits = 6; digits < 9; digits++)
    if (Math.fround(Number(single.toPrecision(digits))) === single) return general(single, digits);
  return general(single, 9);
};

const STYLES: Record<
  string,
  { field: (x: number) => string; newline?: string; before?: (row: number) => string }
> = {
  '%.6f': { field: (x) => x.toFixed(6) },
  '%.6f CRLF': { field: (x) => x.toFixed(6), newline: '\r\n' },
  '%.6f, id and label': { field: (x) => x.toFixed(6), before: (row) => `${row},class ${row % 10},` },
  '%.3f': { field: (x) => x.toFixed(3) },
  '%.9g': { field: (x) => general(x, 9) },
  'repr float32': { field: shortest32 },
  'repr float64': { field: String },
  '%.18e': { field: exponential },
  '%.8e': { field: (x) => x.toExponential(8).replace(/e([+-])(\d)$/, 'e$10$2') },
  integers: { field: (x) => String(Math.round(x * 1000)) },
  'quoted %.6f': { field: (x) => `"${x.toFixed(6)}"` },
  'padded %12.6f': { field: (x) => x.toFixed(6).padStart(12) },
  ', and blank': { field: (x) => ` ${x.toFixed(6)}` },
};

const memory = new WebAssembly.Memory({ initial: 1280, maximum: 1280, shared: true });
const build = chooseKernelBuild('auto');
const file = `dist/kernels/csv.${build}.wasm`;
const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), { env: { memory } });
const kernels = instance.exports as unknown as CsvKernels;
const slab = new Uint8Array(memory.buffer);
const WORK = 2 * 2 ** 20;
const TEXT = WORK + 2 ** 20 + 64;

function makeText({ field, newline = '\n', before }: (typeof STYLES)[string]): Buffer {
  const parts: string[] = [];
  for (let bytes = 0, row = 0; bytes < BYTES; row++) {
    const fields = Array.from({ length: COLUMNS }, () => field(logit()));
    const line = (before?.(row) ?? '') + fields.join(',') + newline;
    parts.push(line);
    bytes += line.length;
  }
  return Buffer.from(parts.join(''));
}

/** Of this process, in ms: other programs on the machine do not count. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const lines: string[] = [];
function say(line: string): void {
  console.log(line);
  lines.push(line);
}

/** Of speeds: a quarter of them is higher. */
const quartile = (values: number[]): number => values.sort((a, b) => b - a)[values.length >> 2];

say(
  `${os.cpus()[0]?.model ?? 'unknown processor'}, node ${process.version}, ${build} kernels, ${COLUMNS} columns, ${dtype}; GB/s of survey + parse, of the survey alone`,
);
for (const [name, style] of Object.entries(STYLES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const text = makeText(style);
  const description = describeCsv((size) => text.subarray(0, size), { header: 'no' });
  const width = description.columns.length;
  const passed = width - COLUMNS;
  const indices = Array.from({ length: width }, (_, i) => i);
  const plan = planCsv(description, {
    ...{ logits: indices.slice(passed), keep: indices.slice(0, passed) },
    ...{ dtype: dtype as Dtype, maskNulls: false },
  });
  if (workBytes(plan) > TEXT - WORK - 64) throw new Error('the work area is too small');
  const parser = new CsvParser(kernels, memory, plan, WORK);
  slab.set(text, TEXT);
  const chunks: number[] = [];
  for (let at = 0; at < text.length; ) {
    const end = Math.min(text.length, text.lastIndexOf(10, Math.min(at + CHUNK, text.length) - 1) + 1);
    chunks.push(at, end);
    at = end;
  }
  const region = Math.ceil((TEXT + text.length + 4096) / 64) * 64;
  const whole: number[] = [];
  const survey: number[] = [];
  for (let pass = 0; pass < PASSES + 3; pass++) {
    const start = processorTime();
    for (let i = 0; i < chunks.length; i += 2) {
      const rows = parser.scanner.rowsOf(TEXT + chunks[i], TEXT + chunks[i + 1]);
      parser.begin(rows);
      parser.parse(region, rows.rows);
    }
    const middle = processorTime();
    for (let i = 0; i < chunks.length; i += 2) parser.scanner.survey(TEXT + chunks[i], TEXT + chunks[i + 1]);
    const end = processorTime();
    if (pass < 3) continue;
    whole.push(text.length / (middle - start) / 1e6);
    survey.push(text.length / (end - middle) / 1e6);
  }
  say(
    `${name.padEnd(20)} ${quartile(whole).toFixed(2).padStart(6)} ${quartile(survey).toFixed(1).padStart(6)}`,
  );
}
if (process.argv.length === 2) {
  fs.mkdirSync('bench/results', { recursive: true });
  fs.writeFileSync('bench/results/csv-parser.txt', `${lines.join('\n')}\n`);
}
