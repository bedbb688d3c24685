import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from './run.ts';

describe('--skip-existing', () => {
  /** Two inputs, done with softmax; then done again in another way. Gives the statuses and what is said. */
  async function again(args: string[], meanwhile: (folder: string) => void = () => {}) {
    const cwd = temporaryFolder();
    for (const name of ['digits.arrow', 'example.arrow']) {
      fs.copyFileSync(path.resolve('data', name), path.join(cwd, name));
      // Long before the outputs.
      fs.utimesSync(path.join(cwd, name), 1e9, 1e9);
    }
    const run = ['run', 'digits.arrow', 'example.arrow', '-o', 'out', '--summary', '-'];
    const first = await logitmill([...run, '--temperature', '2'], { cwd });
    expect(first.code, first.stderr).toBe(0);
    meanwhile(cwd);
    const { code, stdout, stderr } = await logitmill([...run, '--skip-existing', ...args], { cwd });
    expect(code, stderr).toBe(0);
    const statuses = JSON.parse(stdout).files.map(({ status }: { status: string }) => status);
    return { statuses, stderr };
  }

  test('leaves what was made in the same way', async () => {
    const { statuses } = await again(['--temperature', '2']);
    expect(statuses).toEqual(['skipped', 'skipped']);
    // The dtype that they had anyway.
    expect((await again(['--temperature', '2', '--dtype', 'float32', '--dim', '1'])).statuses).toEqual([
      'skipped',
      'skipped',
    ]);
  });

  test.each([
    ['temperature', ['--temperature', '3']],
    ['op', ['--temperature', '2', '--op', 'both']],
    ['dtype', ['--temperature', '2', '--dtype', 'float64']],
    ['dim', ['--temperature', '2', '--dim', '0']],
  ])('does again what was made with another %s', async (option, args) => {
    const { statuses, stderr } = await again(args);
    expect(statuses).toEqual(['ok', 'ok']);
    expect(stderr).toContain(`out/digits.arrow is done again: it was made with another --${option}\n`);
  });

  test('does again what is older than its input; leaves what says nothing of itself', async () => {
    const { statuses, stderr } = await again(['--temperature', '2'], (folder) => {
      const later = Date.now() / 1000 + 100;
      for (const name of ['digits.arrow', 'example.arrow'])
        fs.utimesSync(path.join(folder, name), later, later);
      fs.writeFileSync(path.join(folder, 'out', 'example.arrow'), 'something else');
    });
    expect(statuses).toEqual(['ok', 'skipped']);
    expect(stderr).toContain('out/digits.arrow is done again: its input is newer');
  });
});
