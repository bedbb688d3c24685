import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { OUTPUT_FORMATS } from '../../src/layout/formats.ts';
import { OUTPUT_FORMAT_NAMES, type OutputFormatName } from '../../src/options/types.ts';
import { buildFile, logitsBatch } from '../arrow/build.ts';
import { type ReadTable, readArrow } from '../cli/arrow.ts';
import { CLI, filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';

/** A reader of somebody else's for each format: what it finds in the output. */
const READERS: Readonly<Record<OutputFormatName, (file: string) => ReadTable>> = {
  arrow: readArrow,
  stream: readArrow,
};

const SLOW = `--import ${pathToFileURL(path.resolve('test/cli/slow-writes.mjs'))}`;

const INPUT = buildFile({
  batches: Array.from({ length: 40 }, (_, index) => logitsBatch(3000, 3000 * index)),
});

function sameEverywhere(table: ReadTable): void {
  const { columns, batches } = table;
  expect(batches.reduce((sum, rows) => sum + rows, 0)).toBe(120_000);
  expect(columns.get('id')?.at(-1)).toBe('119999');
  const last = columns.get('probs')?.at(-1) as number[];
  expect(last).toHaveLength(3);
  expect(Math.abs(last[0] + last[1] + last[2] - 1)).toBeLessThan(1e-6);
}

test('the registry has the names that the option takes', () => {
  expect(OUTPUT_FORMATS.map(({ name }) => name).sort()).toEqual([...OUTPUT_FORMAT_NAMES].sort());
});

describe.each(OUTPUT_FORMATS)('$name', ({ name }) => {
  function set() {
    const folder = temporaryFolder();
    const input = path.join(folder, 'input.arrow');
    fs.writeFileSync(input, INPUT);
    const output = path.join(folder, 'output');
    return { folder, output, args: ['run', input, '-o', output, '--format', name, '--quiet'] };
  }

  test('is read by others', async () => {
    const { args, output } = set();
    expect(await logitmill(args)).toMatchObject({ code: 0, stderr: '' });
    sameEverywhere(READERS[name](output));
  });

  test('killed at work, it goes on to the same bytes', async () => {
    const whole = set();
    expect((await logitmill([...whole.args, '--threads', '2'])).code).toBe(0);
    const { args, output, folder } = set();
    const child = spawn(process.execPath, [CLI, ...args, '--threads', '2'], {
      env: { ...process.env, NODE_OPTIONS: SLOW },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    // As soon as something is there beside the input: no clock decides.
    while (child.exitCode === null && filesBelow(folder).length < 3)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await ended;
    expect(fs.existsSync(output)).toBe(false);
    expect((await logitmill([...args, '--threads', '2'])).code).toBe(0);
    expect(fs.readFileSync(output).equals(fs.readFileSync(whole.output))).toBe(true);
    expect(filesBelow(folder)).toEqual(['input.arrow', 'output']);
  });

  test('a disk that is full is exit 5, and no output', async () => {
    const { args, output } = set();
    // A limit on the size of files fails writes as a full disk does; a shell ignores its signal for us.
    const command = `trap '' XFSZ; ulimit -f 512; exec "$@"`;
    let code = 0;
    let stderr = '';
    try {
      execFileSync('bash', ['-c', command, 'bash', process.execPath, CLI, ...args], { stdio: 'pipe' });
    } catch (error) {
      ({ status: code, stderr } = error as { status: number; stderr: string });
    }
    expect([code, String(stderr)]).toEqual([5, expect.stringContaining(output)]);
    expect(fs.existsSync(output)).toBe(false);
  });
});

describe('standard output', () => {
  test('is a stream that others read', async () => {
    const { code, stdoutBytes } = await logitmill(['run', '-', '-o', '-', '--quiet'], { input: INPUT });
    expect(code).toBe(0);
    sameEverywhere(readArrow(stdoutBytes));
  });

  test('a reader that goes away is exit 5', () => {
    const folder = temporaryFolder();
    const input = path.join(folder, 'input.arrow');
    fs.writeFileSync(input, INPUT);
    const full = fs.openSync('/dev/full', 'w');
    try {
      execFileSync(process.execPath, [CLI, 'run', input, '-o', '-', '--quiet'], {
        stdio: ['ignore', full, 'pipe'],
      });
      expect.fail('was written to a full disk');
    } catch (error) {
      expect((error as { status: number }).status).toBe(5);
    } finally {
      fs.closeSync(full);
    }
  });
});
