import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI, filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';
import { runJob } from './kill.ts';

// What the system itself does to the real program: a disk that is full, a limit on file sizes, a folder that cannot be
// written, an input that changes under its hands.

/** Two numbers and a long text a row: twice as many bytes of output as the numbers alone make one expect. */
function writeCsv(file: string, rows: number): void {
  const lines = ['a,b,text'];
  for (let row = 0; row < rows; row++)
    lines.push(`${(row % 17) / 4},${(row % 5) - 2.5},row ${row} ${'x'.repeat(60)}`);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

const ARGS = ['--columns', 'a,b', '--quiet', '--summary', '-', '--threads', '1'];

async function run(input: string, output: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await logitmill(['run', input, '-o', output, ...ARGS], { env });
  return { code, stderr, summary: JSON.parse(stdout) };
}

/** A small file system of its own, or null where this user may not mount one. */
let small: string | null = null;
beforeAll(() => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
    small = folder;
  } catch {
    fs.rmdirSync(folder);
  }
});
afterAll(() => {
  if (small === null) return;
  execFileSync('umount', [small]);
  fs.rmdirSync(small);
});
const mounted = (options: string): void => {
  execFileSync('mount', ['-o', `remount,${options}`, small as string]);
};

test('a disk that is full half-way: exit 5, and the same command goes on when there is space', async ({
  skip,
}) => {
  if (small === null) return skip('mounting is not permitted here');
  const folder = temporaryFolder();
  const input = path.join(folder, 'in.csv');
  writeCsv(input, 60_000);
  const whole = path.join(folder, 'whole.arrow');
  expect((await run(input, whole)).code).toBe(0);
  const output = path.join(small, 'out.arrow');
  const full = await run(input, output);
  expect(full).toMatchObject({ code: 5, summary: { status: 'failed', error: { code: 'NO_SPACE' } } });
  expect(full.stderr).toMatch(/no space left.*\ntry: free some space/);
  expect(fs.existsSync(output)).toBe(false);
  mounted('size=32m');
  expect(await run(input, output)).toMatchObject({ code: 0, summary: { status: 'ok' } });
  expect(fs.readFileSync(output).equals(fs.readFileSync(whole))).toBe(true);
  expect(filesBelow(small)).toEqual(['out.arrow']);
  fs.rmSync(output);
  mounted('size=2m');
});

test('an output that cannot fit: exit 5 before any work, with both numbers', async ({ skip }) => {
  if (small === null) return skip('mounting is not permitted here');
  const input = path.join(temporaryFolder(), 'in.csv');
  writeCsv(input, 300_000);
  const { code, stderr, summary } = await run(input, path.join(small, 'out.arrow'));
  expect(code).toBe(5);
  expect(stderr).toMatch(/needs [\d,]+ bytes, and .* has [\d,]+ bytes free/);
  expect(summary.error.code).toBe('NO_SPACE');
  expect(filesBelow(small)).toEqual([]);
});

test('a file system that is read-only: exit 5, nothing left', async ({ skip }) => {
  if (small === null) return skip('mounting is not permitted here');
  mounted('ro');
  try {
    const { code, summary } = await run('data/digits.csv', path.join(small, 'out.arrow'));
    expect(code).toBe(5);
    expect(summary.error.code).toMatch(/^OUTPUT_/);
  } finally {
    mounted('rw');
  }
  expect(filesBelow(small)).toEqual([]);
});

test('a limit on file sizes: exit 5, and the same command goes on without it', async () => {
  const folder = temporaryFolder();
  const input = path.join(folder, 'in.csv');
  writeCsv(input, 60_000);
  const output = path.join(folder, 'out.arrow');
  const command = [process.execPath, CLI, 'run', input, '-o', output, ...ARGS].map((word) => `'${word}'`);
  const limited = (blocks: number) => {
    try {
      execFileSync('sh', ['-c', `ulimit -f ${blocks}; exec ${command.join(' ')}`], { stdio: 'pipe' });
      return { status: 0, stdout: '' };
    } catch (error) {
      return error as { status: number; stdout: Buffer };
    }
  };
  const { status, stdout } = limited(4096);
  expect(status).toBe(5);
  expect(JSON.parse(String(stdout)).error.code).toBe('NO_SPACE');
  expect(fs.existsSync(output)).toBe(false);
  expect((await run(input, output)).code).toBe(0);
  expect(filesBelow(folder)).toEqual(['in.csv', 'out.arrow']);
});

/** What happens to the input when the first byte of the output is written; `input` is its path. */
const CHANGES: [string, string][] = [
  ['cut off', 'fs.truncateSync(input, 100)'],
  ['written to', 'fs.appendFileSync(input, "1,2,more\\n")'],
  ['touched', 'fs.utimesSync(input, 1, 1)'],
  ['replaced', 'fs.writeFileSync(input + "2", "a,b\\n1,2\\n"); fs.renameSync(input + "2", input)'],
  ['removed', 'fs.rmSync(input)'],
];

test.each(
  CHANGES,
)('an input that is %s while it is read: exit 3, nothing published or left', async (_name, change) => {
  const folder = temporaryFolder();
  const input = path.join(folder, 'in.csv');
  writeCsv(input, 60_000);
  const preload = path.join(temporaryFolder(), 'change.mjs');
  const lines = [
    "import fs from 'node:fs';",
    `const input = ${JSON.stringify(input)};`,
    'const write = fs.writeSync;',
    'let isDone = false;',
    'fs.writeSync = (fd, ...rest) => {',
    '  const name = fs.readlinkSync("/proc/self/fd/" + fd);',
    `  if (!isDone && name.endsWith(".partial")) { isDone = true; ${change}; }`,
    '  return write(fd, ...rest);',
    '};',
  ];
  fs.writeFileSync(preload, lines.join('\n'));
  const output = path.join(folder, 'out.arrow');
  const { code, stdout, stderr } = await runJob({
    args: [CLI, 'run', input, '-o', output, ...ARGS],
    env: { NODE_OPTIONS: `--import ${preload}` },
  });
  expect(code, stderr).toBe(3);
  expect(JSON.parse(stdout).error.code).toBe('INPUT_CHANGED');
  expect(filesBelow(folder).filter((name) => name !== 'in.csv')).toEqual([]);
});
