// @module-tag long
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { CLI, logitmill, temporaryFolder } from './run.ts';

// A stream on standard output that fails ends with bytes that make its readers fail, and holds nothing of what follows
// an invalid row. What Python's readers make of it: test/interop/test_failed_streams.py.

const FAILED_END = Buffer.from('ffffffff1000000000000000', 'hex');

function expectFailed(bytes: Buffer): void {
  expect(bytes.subarray(-FAILED_END.length).equals(FAILED_END)).toBe(true);
  expect(() => tableFromIPC(bytes)).toThrow();
}

/** The rows of the whole batches that a stream holds. */
const rowsBefore = (bytes: Buffer): number =>
  tableFromIPC(Buffer.concat([bytes.subarray(0, -FAILED_END.length), Buffer.from('ffffffff00000000', 'hex')]))
    .numRows;

/** Text of several batches, a NaN in one row. */
function csvWith(invalid: number, rows = 150_000): string {
  const file = path.join(temporaryFolder(), 'in.csv');
  const lines = ['a,b,c,d'];
  for (let row = 0; row < rows; row++)
    lines.push(row === invalid ? 'nan,1.5,2.5,3.5' : `${(row % 7) / 4},1.5,2.5,${(row % 3) + 0.25}`);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

test.each([
  '1',
  '2',
  '4',
])('no batch from that of the first invalid row on, with %s threads', async (threads) => {
  const whole = await logitmill(['run', csvWith(-1), '-o', '-', '--threads', threads]);
  expect(whole.code).toBe(0);
  const batches = tableFromIPC(whole.stdoutBytes).batches.map(({ numRows }) => numRows);
  expect(batches.length).toBeGreaterThan(1);
  for (const invalid of [0, batches[0]! - 1, batches[0]!, 149_999]) {
    const args = ['run', csvWith(invalid), '-o', '-', '--threads', threads, '--summary', 's.json'];
    const { code, stdoutBytes, stderr } = await logitmill(args, { cwd: temporaryFolder() });
    expect(code, stderr).toBe(4);
    expect(stderr).toContain(`the first is row ${invalid} (nan); the stream was sent up to there at most`);
    expect(stderr).not.toContain('nothing was published');
    expectFailed(stdoutBytes);
    const before = batches.map((_, at) => batches.slice(0, at).reduce((sum, rows) => sum + rows, 0));
    expect(rowsBefore(stdoutBytes)).toBe(before.findLast((rows) => rows <= invalid));
  }
});

test.each([
  ['float32 lists', 'data/digits.arrow', []],
  ['compressed', 'data/digits.arrow', ['--compression', 'lz4']],
  ['a text', 'data/digits.csv', ['--columns', 'logit_0..logit_9']],
])('sums beyond the tolerance, %s', async (_name, input, args) => {
  // No sum is so close to 1.
  const { code, stdoutBytes } = await logitmill(['run', input, '-o', '-', '--tolerance', '1e-300', ...args]);
  expect(code).toBe(4);
  expectFailed(stdoutBytes);
  expect(rowsBefore(stdoutBytes)).toBe(0);
});

test('with dim 0 an invalid column ends the stream as a failed one', async () => {
  const { code, stdoutBytes } = await logitmill(['run', csvWith(9, 100), '-o', '-', '--dim', '0']);
  expect(code).toBe(4);
  expectFailed(stdoutBytes);
});

test('a stream that fails for another reason', async () => {
  const folder = temporaryFolder();
  const lines = fs.readFileSync(csvWith(-1), 'utf8').split('\n');
  lines[140_000] = '1.2.3,1.5,2.5,3.5';
  fs.writeFileSync(path.join(folder, 'bad.csv'), lines.join('\n'));
  fs.writeFileSync(path.join(folder, 'cut.arrow'), fs.readFileSync('data/digits.arrow').subarray(0, 5000));
  for (const name of ['bad.csv', 'cut.arrow', 'missing.arrow']) {
    const { code, stdoutBytes } = await logitmill(['run', name, '-o', '-'], { cwd: folder });
    expect(code, name).toBe(3);
    expectFailed(stdoutBytes);
  }
});

test('a stream that is stopped by a signal', async () => {
  const child = spawn(process.execPath, [CLI, 'run', csvWith(-1), '-o', '-'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const parts: Buffer[] = [];
  const ended = new Promise((resolve) => child.on('close', resolve));
  // More than a pipe holds is left: the program waits for its reader when the signal comes.
  await new Promise((resolve) => child.stdout.once('readable', resolve));
  child.kill('SIGTERM');
  setTimeout(() => child.stdout.on('data', (part) => parts.push(part)), 100);
  expect(await ended).toBe(143);
  expect(() => tableFromIPC(Buffer.concat(parts))).toThrow();
});
