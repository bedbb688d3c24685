import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');
const END_OF_STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

async function expectedColumns(input: string, ...args: string[]) {
  const output = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', input, '-o', output, ...args]);
  expect(code, stderr).toBe(0);
  return readArrow(output);
}

describe('streams out', () => {
  test.each([
    ['an Arrow file', DIGITS, []],
    ['CSV', path.resolve('data/digits.csv'), ['--columns', 'logit_*']],
    ['no rows', path.resolve('data/golden/no-rows.arrow'), []],
  ])('-o -: %s', async (_what, input, args) => {
    const folder = temporaryFolder();
    const { code, stdoutBytes, stderr } = await logitmill(['run', input, '-o', '-', ...args], {
      cwd: folder,
    });
    expect(code, stderr).toBe(0);
    expect(stdoutBytes.readUInt32LE(0)).toBe(0xffffffff);
    const { columns, schema } = readArrow(stdoutBytes);
    const expected = await expectedColumns(input, ...args);
    expect(columns).toEqual(expected.columns);
    expect(schema.fields.map(String)).toEqual(expected.schema.fields.map(String));
    expect(filesBelow(folder)).toEqual([]);
  });

  test('--format stream into a file holds the same bytes as -o -', async () => {
    const output = path.join(temporaryFolder(), 'out.arrows');
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', output, '--format', 'stream']);
    expect(code, stderr).toBe(0);
    const { stdoutBytes } = await logitmill(['run', DIGITS, '-o', '-']);
    expect(fs.readFileSync(output).equals(stdoutBytes)).toBe(true);
  });

  test.each(['--compression=none', '--compression=lz4'])('a replaced dictionary, %s', async (compression) => {
    const args = ['run', 'data/arrow/replaced.arrows', '--columns', 'x', compression];
    if (compression === '--compression=none') {
      const refused = await logitmill([...args, '-o', path.join(temporaryFolder(), 'out.arrow')]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/^try: --format stream/m);
    }
    const output = path.join(temporaryFolder(), 'out.arrows');
    const { code, stderr } = await logitmill([...args, '-o', output, '--format', 'stream']);
    expect(code, stderr).toBe(0);
    const piped = await logitmill([...args, '-o', '-']);
    expect(piped.code, piped.stderr).toBe(0);
    expect(piped.stdoutBytes.equals(fs.readFileSync(output))).toBe(true);
    if (compression === '--compression=none')
      expect(readArrow(output).columns.get('colour')).toEqual(
        readArrow('data/arrow/replaced.arrows').columns.get('colour'),
      );
  });

  test('invalid rows: exit 4, and no end marker', async () => {
    const args = ['run', 'data/golden/specials.arrow', '-o', '-'];
    const { code, stderr, stdoutBytes } = await logitmill(args);
    expect(code).toBe(4);
    expect(stderr).toMatch(/row 1\b/);
    expect(stdoutBytes.length).toBeGreaterThan(500);
    expect(stdoutBytes.subarray(-8).equals(END_OF_STREAM)).toBe(false);
    const kept = await logitmill([...args, '--on-invalid', 'keep']);
    expect(kept.code, kept.stderr).toBe(0);
    expect(kept.stdoutBytes.subarray(-8).equals(END_OF_STREAM)).toBe(true);
    const nulled = await logitmill([...args, '--on-invalid', 'null']);
    expect(nulled.code, nulled.stderr).toBe(0);
    const expected = await expectedColumns('data/golden/specials.arrow', '--on-invalid', 'null');
    expect(readArrow(nulled.stdoutBytes).columns).toEqual(expected.columns);
  });

  test('a reader that goes away ends it quietly, with exit 5', async () => {
    // More than a pipe holds: the reader takes a little and leaves.
    const child = spawn(process.execPath, ['dist/cli.js', 'run', DIGITS, '-o', '-', '--op', 'both'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(stderr).toBe('');
    expect(code).toBe(5);
  });

  test('a slow reader gets everything', async () => {
    // More than a pipe holds, and nobody takes it for a while.
    const command = '"$0" dist/cli.js run "$1" -o - --op both --quiet | (sleep 1; cat)';
    const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, DIGITS], {
      maxBuffer: 2 ** 26,
    });
    expect(stderr.toString()).toBe('');
    const expected = await expectedColumns(DIGITS, '--op', 'both');
    expect(readArrow(stdout).columns).toEqual(expected.columns);
  });
});
