import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sideNames } from '../../src/output/publish/target.ts';
import { CLI, filesBelow, hears, logitmill, temporaryFolder } from './run.ts';

const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const SLOW = `--import ${pathToFileURL(path.resolve('test/cli/slow-writes.mjs'))}`;
const TEXT = Buffer.from(`a,b,c\n${'0.125,-1.5,2.25\n'.repeat(1_000_000)}`);
const inputs = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-signals-'));
const file = (name: string): string => path.join(inputs, name);

beforeAll(async () => {
  fs.mkdirSync(file('folder'));
  fs.writeFileSync(file('in.csv'), TEXT);
  fs.writeFileSync(file('folder/a.csv'), 'a,b\n0.5,1.5\n');
  fs.linkSync(file('in.csv'), file('folder/b.csv'));
  fs.writeFileSync(file('in.csv.gz'), zlib.gzipSync(TEXT, { level: 1 }));
  const made = await logitmill(['run', file('in.csv'), '-o', file('in.arrow'), '--keep-logits']);
  expect(made.code, made.stderr).toBe(0);
});
afterAll(() => fs.rmSync(inputs, { recursive: true }));

interface Stopped {
  code: number | null;
  stderr: string;
  stdout: string;
}

/**
 * Starts a command, gives it `input` on standard input, which stays open, and sends `signals`, one every 50 ms, some
 * time after it can hear them, as soon as `ready` says so.
 */
function stopRun(
  args: readonly string[],
  options: { cwd: string; input?: Uint8Array; ready?: () => boolean; signals: NodeJS.Signals[] },
): Promise<Stopped> {
  const { cwd, input, ready = () => true, signals } = options;
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: SLOW },
    // Against hanging alone, and so far above the second or two that it takes.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  if (input) child.stdin.write(input);
  const left = [...signals];
  let turns = 0;
  const timer = setInterval(() => {
    if (!hears(child.pid) || turns++ < 5) return;
    const signal = ready() ? left.shift() : undefined;
    if (signal === undefined) return;
    child.kill(signal);
  }, 50);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

describe('a signal stops a run', () => {
  test.each([
    ['an Arrow file', 'in.arrow', 'SIGINT', ['--columns', 'a,b,c', '--keep', 'none', '--force-input']],
    ['a CSV file', 'in.csv', 'SIGTERM', []],
    ['a CSV file, by one thread', 'in.csv', 'SIGINT', ['--threads', '1']],
    ['compressed text', 'in.csv.gz', 'SIGHUP', []],
  ] as const)('%s: the same command goes on from there', async (_what, name, signal, args) => {
    const cwd = temporaryFolder();
    const output = path.join(cwd, 'out.arrow');
    const all = [file(name), '-o', output, '--summary', '-', ...args];
    const started = () =>
      fs.existsSync(sideNames(output).partial) && fs.statSync(sideNames(output).partial).blocks > 4096;
    const { code, stdout, stderr } = await stopRun(['run', ...all], {
      cwd,
      ready: started,
      signals: [signal],
    });
    expect(code, stderr).toBe(CODES[signal]);
    expect(stderr).toContain(
      `logitmill: stopped by ${signal}\ntry: the same command again, which goes on from here\n`,
    );
    expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', error: { code: 'INTERRUPTED' } });
    expect(filesBelow(cwd)).toEqual(['.out.arrow.journal', '.out.arrow.partial']);

    const again = await logitmill(['run', ...all]);
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).resumed).toBe(true);
    const plain = path.join(cwd, 'plain.arrow');
    await logitmill(['run', file(name), '-o', plain, ...args]);
    expect(fs.readFileSync(output).equals(fs.readFileSync(plain))).toBe(true);
  });

  test.each([
    ['never delivers', undefined],
    ['stops delivering in the middle of the first chunk', TEXT.subarray(0, 1_500_000)],
    ['stops delivering after some chunks', TEXT.subarray(0, 7_000_000)],
    ['is compressed, and stops delivering', zlib.gzipSync(TEXT, { level: 1 }).subarray(0, 20_000)],
  ])('a pipe that %s: nothing is left', async (_what, input) => {
    const cwd = temporaryFolder();
    const { code, stderr } = await stopRun(['run', '-', '-o', 'out.arrow'], {
      cwd,
      ...(input ? { input } : {}),
      signals: ['SIGTERM'],
    });
    expect(code, stderr).toBe(143);
    expect(stderr).toMatch(/^logitmill: stopped by SIGTERM\ntry: .*starts from the beginning/m);
    expect(filesBelow(cwd)).toEqual([]);
  });

  test.each(['inspect', 'validate'])('%s of a pipe that never delivers', async (command) => {
    const cwd = temporaryFolder();
    const { code, stderr } = await stopRun([command, '-', '-'], { cwd, signals: ['SIGINT'] });
    expect(code).toBe(130);
    expect(stderr).toBe('logitmill: stopped by SIGINT\n');
  });

  test('several inputs: those that are done stay, the rest is done by --skip-existing', async () => {
    const cwd = temporaryFolder();
    const all = [file('folder'), '-o', 'out', '--summary', '-'];
    const partial = path.join(cwd, 'out/.b.arrow.partial');
    const started = () => fs.existsSync(partial) && fs.statSync(partial).blocks > 0;
    const { code, stdout, stderr } = await stopRun(['run', ...all], {
      cwd,
      ready: started,
      signals: ['SIGINT'],
    });
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/^try: the same command with --skip-existing/m);
    const { status, files } = JSON.parse(stdout);
    expect([status, ...files.map((one: { status: string }) => one.status)]).toEqual([
      'interrupted',
      'ok',
      'interrupted',
    ]);
    const again = await logitmill(['run', ...all, '--skip-existing'], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).files.map((one: { resumed: boolean }) => one.resumed)).toEqual([
      false,
      true,
    ]);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['a.arrow', 'b.arrow']);
  });

  test('a second one ends it at once, and a later run is not in its way', async () => {
    const cwd = temporaryFolder();
    const output = path.join(cwd, 'out.arrow');
    const all = [file('in.csv'), '-o', output, '--threads', '2'];
    const started = () => fs.existsSync(sideNames(output).partial);
    const stopped = await stopRun(['run', ...all], { cwd, ready: started, signals: ['SIGINT', 'SIGTERM'] });
    expect(stopped.code === 130 || stopped.code === 143, stopped.stderr).toBe(true);
    const again = await logitmill(['run', ...all]);
    expect(again.code, again.stderr).toBe(0);
    expect(filesBelow(cwd)).toEqual(['out.arrow']);
  });
});

test('whoever reads standard output may go away', async () => {
  for (const args of [['--help'], ['inspect', file('in.csv')]]) {
    const child = spawn(process.execPath, [CLI, ...args]);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  }
});
