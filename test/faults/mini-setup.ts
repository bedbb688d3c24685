import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LogitmillError } from '../../src/errors.ts';
import { fastFolder } from './fast-folder.ts';
import type { KillableJob, Outcome } from './kill.ts';
import { doPiece, expectedOutput, type MiniOptions, type Mode, runMiniJob } from './mini-job.ts';

export const MODES: readonly Mode[] = ['plain', 'sized', 'columns'];
export const OLD = Buffer.from('the old output');

export interface MiniWorld {
  root: string;
  input: string;
  /** A job whose output lies in a folder of its own. */
  newJob(changes: Partial<MiniOptions> & { mode: Mode; threads?: number }, old: boolean): MiniKillable;
  remove(): void;
}

export interface MiniKillable extends KillableJob {
  folder: string;
  options: MiniOptions;
}

/** `program`: the miniature job's bundle, for tests that start it. */
export function makeWorld(program = ''): MiniWorld {
  const root = mkdtempSync(join(fastFolder(), 'logitmill-mini-'));
  const input = join(root, 'input');
  writeFileSync(
    input,
    Uint8Array.from({ length: 60 * 256 }, (_, at) => (at * at) >> 3),
  );
  let count = 0;
  return {
    root,
    input,
    newJob(changes, old) {
      const folder = join(root, `job-${count++}`);
      mkdirSync(folder);
      const output = join(folder, 'out');
      if (old) writeFileSync(output, OLD);
      const options = {
        input,
        output,
        tasks: 12,
        taskBytes: 256,
        overwrite: old,
        saveAfterMs: 0,
        ...changes,
      };
      return {
        folder,
        options,
        args: [program, JSON.stringify(options)],
        output,
        expected: expectedOutput(options),
        old: old ? OLD : null,
        saysResumed: (stdout) => stdout.includes('"resumed":true'),
      };
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
      if (program !== '') rmSync(dirname(program), { recursive: true, force: true });
    },
  };
}

/** Without a program of its own. Takes a breath between tasks, so that saving in the background gets its turns. */
export async function runInside(job: Pick<MiniKillable, 'options'>): Promise<Outcome & { error: unknown }> {
  try {
    const report = await runMiniJob(job.options, async (piece) => {
      await new Promise(setImmediate);
      return doPiece(piece);
    });
    return { code: 0, signal: null, stdout: JSON.stringify(report), stderr: '', error: null };
  } catch (error) {
    const [code, text] = error instanceof LogitmillError ? [error.exitCode, error.line] : [1, String(error)];
    return { code, signal: null, stdout: text, stderr: '', error };
  }
}

/** This process forgets its locks, as if it were another one. */
export function forgetLocks(): void {
  (globalThis as unknown as Record<symbol, Set<string> | undefined>)[Symbol.for('logitmill.locks')]?.clear();
}
