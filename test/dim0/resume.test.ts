// @module-tag long
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sideNames } from '../../src/output/publish/target.ts';
import { CLI, logitmill, temporaryFolder } from '../cli/run.ts';
import { FAST_CLOCK } from '../faults/kill.ts';
import { cut, matrix, writeCsv, writeMatrix } from './files.ts';

/** Kills a run (which cannot tidy up) as soon as its journal says what it is to say; false when the run was faster. */
function killWhen(
  args: readonly string[],
  journal: string,
  isReady: (text: string) => boolean,
): Promise<boolean> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...FAST_CLOCK },
    stdio: 'ignore',
  });
  const timer = setInterval(() => {
    const text = fs.existsSync(journal) ? fs.readFileSync(journal, 'latin1') : '';
    if (isReady(text)) child.kill('SIGKILL');
  }, 1);
  return new Promise((resolve) => {
    child.on('close', (_code, signal) => {
      clearInterval(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}

test.each(['list', 'csv', 'lz4'] as const)('dim 0 goes on in either pass after a kill: %s', async (kind) => {
  const folder = temporaryFolder();
  const logits = matrix(kind === 'csv' ? 30_000 : 60_000, 60, 8);
  const input = path.join(folder, kind === 'csv' ? 'in.csv' : 'in.arrow');
  if (kind === 'csv') writeCsv(input, logits);
  else writeMatrix(input, logits, 'list', cut(logits.rows, 5000));
  const run = (output: string): string[] => [
    'run',
    input,
    '-o',
    output,
    '--dim',
    '0',
    '--op',
    'both',
    '--threads',
    '2',
    ...(kind === 'lz4' ? ['--compression', 'lz4'] : []),
  ];
  const whole = path.join(folder, 'whole.arrow');
  expect((await logitmill(run(whole))).code).toBe(0);
  const wanted = fs.readFileSync(whole);

  for (const pass of ['fold', 'write']) {
    const output = path.join(folder, `${pass}.arrow`);
    const saved = new RegExp(`"pass":"${pass}","next":[1-9]`);
    const isKilled = await killWhen(run(output), sideNames(output).journal, (text) => saved.test(text));
    expect(fs.existsSync(output)).toBe(!isKilled);
    const again = await logitmill([...run(output), ...(isKilled ? [] : ['--overwrite']), '--summary', '-']);
    expect(again.code, again.stderr).toBe(0);
    expect(fs.readFileSync(output).equals(wanted), pass).toBe(true);
    // Whether a kill came in time is not ours to say, but where it did, work must not be done again.
    expect(JSON.parse(again.stdout)).toMatchObject({ resumed: isKilled, validation: { rows_valid: 60 } });
  }
});
