import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFile, logitsBatch } from '../arrow/build.ts';
import { logitmill, temporaryFolder } from './run.ts';

const THREADS = [24, 64, 256];

/** What a process may take in all with the default memory, in MB: see docs/cli.md. */
const most = (threads: number): number => 150 + 4 * threads;

const text = (rows: number): string =>
  `id,logit_0,logit_1,logit_2\n${Array.from(
    { length: rows },
    (_, row) => `${row},${[0, 1, 2].map((k) => (((3 * row + k) % 97) / 4).toFixed(6))}\n`,
  ).join('')}`;

describe.each(THREADS)('--threads %i', (threads) => {
  let folder: string;
  let files: Record<string, string>;

  beforeAll(() => {
    // Larger than what one thread does by itself.
    folder = fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'logitmill-threads-'));
    const csv = text(200_000);
    files = { csv: 'in.csv', gzip: 'in.csv.gz', arrow: 'in.arrow' };
    fs.writeFileSync(path.join(folder, files.csv!), csv);
    fs.writeFileSync(path.join(folder, files.gzip!), gzipSync(csv, { level: 1 }));
    const batches = Array.from({ length: 60 }, (_, index) => logitsBatch(6000, index));
    fs.writeFileSync(path.join(folder, files.arrow!), buildFile({ batches }));
    return () => fs.rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['csv', ['--columns', 'logit_*']],
    ['gzip', ['--columns', 'logit_*']],
    ['csv', ['--columns', 'logit_*', '--dim', '0']],
    ['csv', ['--columns', 'logit_*', '--compression', 'zstd']],
    ['arrow', ['--column', 'logits']],
    ['arrow', ['--column', 'logits', '--compression', 'lz4']],
  ] as const)('%s %j does what one thread does, in bounded memory', async (kind, options) => {
    const input = path.join(folder, files[kind]!);
    const output = path.join(folder, 'out.arrow');
    const run = (count: number) =>
      logitmill(
        [
          'run',
          input,
          '-o',
          output,
          '--overwrite',
          '--quiet',
          '--summary',
          '-',
          ...options,
          '--threads',
          `${count}`,
        ],
        {
          timeout: 600_000,
        },
      );
    const one = await run(1);
    expect(one.code, one.stderr).toBe(0);
    const expected = fs.readFileSync(output);
    const many = await run(threads);
    expect(many.code, many.stderr).toBe(0);
    expect(fs.readFileSync(output).equals(expected)).toBe(true);
    expect(JSON.parse(many.stdout).peak_rss_bytes / 1e6).toBeLessThan(most(threads));
  });
});

describe('a hint on memory, followed once, works', () => {
  async function followed(input: string, options: readonly string[]): Promise<void> {
    const output = `${input}.out.arrow`;
    const args = ['run', input, '-o', output, '--quiet', ...options];
    const refused = await logitmill([...args, '--memory', '16MiB'], { timeout: 300_000 });
    expect(refused.code, refused.stderr).toBe(2);
    const hint = /^try: (.*)$/m.exec(refused.stderr)?.[1].split(' ');
    if (!hint) throw new Error(`no hint in ${refused.stderr}`);
    const again = await logitmill([...args, ...hint], { timeout: 300_000 });
    expect(again.code, again.stderr).toBe(0);
  }

  test('a quoted field of 24 MB, which is not called unclosed', async () => {
    const input = path.join(temporaryFolder(), 'in.csv');
    const long = 'word, '.repeat(4 * 2 ** 20);
    fs.writeFileSync(input, `note,logit_0,logit_1\nx,0.5,1.5\n"${long}",2.5,0.25\ny,1.5,0.5\n`);
    await followed(input, ['--columns', 'logit_*']);
  });

  test('a row of 150,000 columns', async () => {
    const input = path.join(temporaryFolder(), 'in.csv');
    const names = Array.from({ length: 150_000 }, (_, index) => `c${index}`);
    const row = names.map((_, index) => ((index % 100) / 8).toFixed(3)).join(',');
    fs.writeFileSync(input, `${names}\n${row}\n${row}\n`);
    await followed(input, []);
  });

  test('a quote that is open to the end is called so, however long the file', async () => {
    const input = path.join(temporaryFolder(), 'in.csv');
    fs.writeFileSync(input, `note,logit_0,logit_1\nx,0.5,1.5\n"${'word '.repeat(4 * 2 ** 20)},2.5,0.25\n`);
    const { code, stderr } = await logitmill(
      ['run', input, '-o', `${input}.arrow`, '--columns', 'logit_*', '--memory', '16MiB'],
      { timeout: 300_000 },
    );
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/line 3 .*a quote opens here and is not closed/),
    ]);
  });
});

test('a core count that is faked: the default is as many threads as memory allows', () => {
  const folder = temporaryFolder();
  const input = path.join(folder, 'in.csv');
  fs.writeFileSync(input, text(200_000));
  const preload = path.join(folder, 'cores.mjs');
  fs.writeFileSync(
    preload,
    "import os from 'node:os';\nimport { syncBuiltinESMExports } from 'node:module';\nos.availableParallelism = () => 96;\nsyncBuiltinESMExports();\n",
  );
  const stdout = execFileSync(
    process.execPath,
    [
      '--import',
      preload,
      'dist/cli.js',
      'run',
      input,
      '-o',
      `${input}.arrow`,
      '--columns',
      'logit_*',
      '--quiet',
      '--summary',
      '-',
    ],
    { encoding: 'utf8' },
  );
  const { threads, status } = JSON.parse(stdout);
  expect([status, threads]).toEqual(['ok', 10]);
});
