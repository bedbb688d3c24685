import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, expect, test } from 'vitest';
import { openArrowFile } from '../../src/input/arrow/file.ts';
import { openArrowStreamFile } from '../../src/input/arrow/stream.ts';
import type { Table } from '../../src/input/arrow/table.ts';
import { fileReader } from '../../src/io/byte-reader.ts';
import { mutate, type Random, randomFrom, regionsOf, type Seed } from '../arrow/damage.ts';
import { logitmill } from '../cli/run.ts';
import { efforts } from './effort.ts';

/**
 * Damaged Arrow files and streams through the built program, many to a process: each comes out as an error of ours, or
 * as an output that is right, and memory stays bounded.
 *   LOGITMILL_FUZZ_CASES=100 LOGITMILL_FUZZ_SEED=7 npx vitest run test/fuzz
 */
const FILES = 100;
const MEMORY_LIMIT = 200e6;
/** What a damaged input may come to: each says that the input is bad, or that this call does not fit it. */
const ALLOWED = new Set([
  'AMBIGUOUS_COLUMNS',
  'DIM_OUT_OF_RANGE',
  'INPUT_CORRUPT',
  'INPUT_EMPTY',
  'INPUT_NOT_RECOGNISED',
  'INPUT_UNSUPPORTED',
  'INTEGER_LOGITS',
  'MEMORY_TOO_SMALL',
  'NAME_CLASH',
  'MIXED_DTYPES',
  'NO_LOGITS',
  'NO_SPACE',
  'NULL_ROWS',
  'OWN_OUTPUT',
  'UNKNOWN_COLUMN',
  'UNSUPPORTED_COLUMN',
  'UNSUPPORTED_OPTION',
]);

const root = fs.mkdtempSync(
  path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'logitmill-fuzz-'),
);
afterAll(() => {
  if (!process.env.LOGITMILL_FUZZ_KEEP) fs.rmSync(root, { recursive: true, force: true });
});

function opened<T>(file: string, use: (arrow: Table) => T): T {
  const fd = fs.openSync(file, 'r');
  try {
    const open = file.endsWith('.arrows') ? openArrowStreamFile : openArrowFile;
    return use(open(fileReader(fd, file, fs.fstatSync(fd).size)));
  } finally {
    fs.closeSync(fd);
  }
}

/** Metadata first; of the bodies too, since they hold offsets. */
function seedOf(file: string): Seed[] {
  try {
    return opened(file, (arrow) => {
      const metadata = regionsOf(arrow);
      const bodies = Array.from({ length: arrow.batches.count }, (_, batch): [number, number] => {
        const header = arrow.batches.header(batch);
        // Of a compressed body the bytes as they are stored.
        const { bodyOffset, bodyLength } = header.stored ?? header;
        return [bodyOffset, bodyOffset + bodyLength];
      });
      return [
        {
          name: path.basename(file),
          bytes: fs.readFileSync(file),
          regions: [...metadata, ...metadata, ...bodies].filter(([start, end]) => end - start >= 8),
        },
      ];
    });
  } catch {
    // What is refused undamaged is hardly worth damaging.
    return [];
  }
}

const seeds = ['data/arrow', 'data/golden'].flatMap((folder) =>
  fs
    .readdirSync(folder)
    .filter((name) => /\.arrows?$/.test(name) && fs.statSync(path.join(folder, name)).size < 100_000)
    .flatMap((name) => seedOf(path.join(folder, name))),
);

const OPTIONS = [
  [],
  ['--on-invalid', 'null'],
  ['--op', 'both', '--keep-logits', '--dtype', 'float64'],
  ['--layout', 'wide', '--mask-nulls', '--dtype', 'float32'],
  ['--layout', 'list', '--op', 'log_softmax', '--keep', 'none'],
  ['--dim', '1', '--threads', '2', '--memory', '16MiB'],
];

/** Null where a dictionary, which goes with us as it stands, was damaged so that its buffers are not aligned. */
function readTable(output: string) {
  try {
    return tableFromIPC(fs.readFileSync(output));
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('should be a multiple of')) return null;
    throw error;
  }
}

/** Row by row against the plainest arithmetic there is, where the logits are float32 lists of one length. */
function expectRight(input: string, output: string, what: string): void {
  const table = readTable(output);
  if (table === null) return;
  const rows = opened(input, (arrow) => arrow.rows);
  expect(table.numRows, what).toBe(rows);
  const probs = table.getChild('probs');
  const sums = table.getChild('row_sum');
  for (let row = 0; probs && sums && row < rows; row++) {
    const [values, sum] = [probs.get(row), sums.get(row)];
    if (values === null || sum === null) {
      expect([values, sum], what).toEqual([null, null]);
      continue;
    }
    if (typeof sum !== 'number') continue;
    let total = 0;
    for (const value of values) total += Number(value);
    const isSame = Number.isNaN(sum) ? Number.isNaN(total) : Math.abs(total - sum) < 1e-3;
    if (!isSame) expect.fail(`${what}: row ${row} sums to ${total}, it says ${sum}`);
  }
}

async function round(seed: number): Promise<{ ok: number; peak: number }> {
  const random: Random = randomFrom(seed);
  const [inputs, outputs] = ['in', 'out'].map((name) => path.join(root, name)) as [string, string];
  for (const folder of [inputs, outputs]) fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(inputs);
  const sources = new Map<string, string>();
  for (let index = 0; index < FILES; index++) {
    const chosen = seeds[random(seeds.length)]!;
    const name = `${index}${path.extname(chosen.name)}`;
    sources.set(name, chosen.name);
    fs.writeFileSync(path.join(inputs, name), mutate(chosen, random));
  }
  const options = OPTIONS[random(OPTIONS.length)]!;
  const onInvalid = options.includes('--on-invalid') ? [] : ['--on-invalid', 'keep'];
  const args = [
    'run',
    inputs,
    '-o',
    outputs,
    '--on-null',
    'keep',
    '--quiet',
    '--summary',
    '-',
    ...onInvalid,
    ...options,
  ];
  const { code, signal, stdout, stderr } = await logitmill(args, { timeout: 300_000 });
  expect(signal).toBeNull();
  const { files } = JSON.parse(stdout);
  expect(files).toHaveLength(FILES);
  let peak = 0;
  const whole: string[] = [];
  for (const { status, error, inputs: read, peak_rss_bytes } of files) {
    const name = path.basename(read[0].path);
    const what = `${name}, once ${sources.get(name)}, ${options.join(' ')}: ${error?.message}`;
    peak = Math.max(peak, peak_rss_bytes);
    if (status === 'ok') {
      whole.push(`${path.parse(name).name}.arrow`);
      expectRight(path.join(inputs, name), path.join(outputs, whole.at(-1)!), what);
    } else {
      expect(ALLOWED, what).toContain(error.code);
    }
  }
  expect([0, 2, 3, 5], stderr).toContain(code);
  // A damaged name must not write to a terminal.
  expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(peak).toBeLessThan(MEMORY_LIMIT);
  expect(fs.existsSync(outputs) ? fs.readdirSync(outputs).sort() : []).toEqual(whole.sort());
  if (whole.length > 0) {
    const paths = whole.map((name) => path.join(outputs, name));
    const { stderr: lines } = await logitmill(['validate', ...paths, '--log-format', 'json']);
    // Rows may be invalid, as they were kept, and columns ambiguous; what we wrote is never corrupt.
    const codes = lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).code]));
    for (const bad of ['INPUT_CORRUPT', 'INPUT_UNSUPPORTED', 'INTERNAL'])
      expect(codes, lines).not.toContain(bad);
  }
  return { ok: whole.length, peak };
}

for (const { name, seed, cases, tags } of efforts({ seed: 20261123, few: 1, many: 15 }))
  test(`rounds of ${FILES} damaged files, ${name}`, { tags, timeout: 300_000 * cases }, async () => {
    let [ok, peak] = [0, 0];
    for (let index = 0; index < cases; index++) {
      const result = await round(seed + index).catch((error: Error) => {
        throw new Error(`LOGITMILL_FUZZ_SEED=${seed + index}: ${error.message}`, { cause: error });
      });
      ok += result.ok;
      peak = Math.max(peak, result.peak);
    }
    const mebibytes = Math.round(peak / 2 ** 20);
    console.log(
      `fuzz: ${cases * FILES} damaged files from seed ${seed}: ${ok} came out whole, at most ${mebibytes} MiB`,
    );
    expect(ok).toBeGreaterThan(0);
    expect(ok).toBeLessThan(cases * FILES);
  });
