import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export const CLI = path.resolve('dist/cli.js');

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stdoutBytes: Buffer;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** What the process reads on standard input; nothing when left out. */
  input?: string | Uint8Array;
  /** The process is killed after this time, in ms: a limit against hanging, no measure of speed. */
  timeout?: number;
}

/** Runs the built command line as a user would. Resolves whatever the exit code is. */
export function logitmill(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: 'pipe',
      timeout: options.timeout ?? 60_000,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const stdoutBytes = Buffer.concat(stdout);
      resolve({
        code,
        signal,
        stdoutBytes,
        stdout: stdoutBytes.toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    // A process that refuses its arguments closes standard input early.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
}

/** Whether a test can run `file` as another user: that takes root, and folders above it that others may enter. */
export function othersCanRun(file: string): boolean {
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'test', '-r', file];
  return process.getuid?.() === 0 && spawnSync('setpriv', asNobody).status === 0;
}

/** A new empty folder, removed when the running test has finished. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logitmill-test-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every file and folder below `folder`, as sorted relative paths. */
export function filesBelow(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** Whether the process hears SIGHUP, by Linux's bits of caught signals: before, it would die of it as any other. */
export function hears(pid: number | undefined): boolean {
  if (process.platform !== 'linux') return true;
  try {
    const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return (Number.parseInt(caught?.slice(-2) ?? '0', 16) & 1) === 1;
  } catch {
    // It has ended.
    return false;
  }
}
