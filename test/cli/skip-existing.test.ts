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
    ['add', ['--temperature', '2', '--add', 'argmax']],
    ['mask-nulls', ['--temperature', '2', '--mask-nulls']],
    ['format', ['--temperature', '2', '--format', 'stream']],
    ['compression', ['--temperature', '2', '--compression', 'zstd']],
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

  test.each([
    ['--layout', 'wide'],
    ['--keep', 'none'],
    ['--keep-logits'],
  ])('does again what has other columns than with %s %s', async (...args) => {
    const { statuses, stderr } = await again(['--temperature', '2', ...args]);
    expect(statuses[0]).toBe('ok');
    expect(stderr).toContain('out/digits.arrow is done again: its columns are others\n');
  });

  test.each(['moved', 'linked'])('does again what has another, older input, %s there', async (way) => {
    const { statuses, stderr } = await again(['--temperature', '2'], (folder) => {
      const [old, other] = ['digits.arrow', 'other.arrow'].map((name) => path.join(folder, name));
      // Of the same size, and with the same time.
      fs.copyFileSync(old, other);
      fs.utimesSync(other, 1e9, 1e9);
      if (way === 'moved') fs.renameSync(other, old);
      else {
        fs.rmSync(old);
        fs.symlinkSync('other.arrow', old);
      }
    });
    expect(statuses).toEqual(['ok', 'skipped']);
    expect(stderr).toContain('out/digits.arrow is done again: its input was put there later\n');
  });

  test('does again what was made of other columns', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv'), 'a,b,c,d\n0.5,1.5,0.25,0.75\n1.5,0.5,0.75,0.25\n');
    const run = (...args: string[]) => logitmill(['run', 'in.csv', '-o', 'out.arrow', ...args], { cwd });
    expect((await run('--columns', 'a,b')).code).toBe(0);
    expect((await run('--columns', 'a,b', '--skip-existing')).stderr).toContain('is left as it is');
    const before = fs.readFileSync(path.join(cwd, 'out.arrow'));
    // A call that cannot be meant for this input is refused, not left out in silence.
    const refused = await run('--columns', 'x,y', '--skip-existing');
    expect(refused.code, refused.stderr).toBe(2);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(before)).toBe(true);
    const { code, stderr } = await run('--columns', 'a,b,c', '--skip-existing');
    expect(code).toBe(0);
    expect(stderr).toContain('out.arrow is done again: it was made of other columns\n');
  });

  test('leaves everything alone that was made in the same way, whatever form it has', async () => {
    const cwd = temporaryFolder();
    fs.mkdirSync(path.join(cwd, 'in'));
    for (const name of fs.readdirSync('data/golden').filter((file) => /^[a-f].*\.(arrow|csv)$/.test(file)))
      fs.copyFileSync(path.join('data/golden', name), path.join(cwd, 'in', name.replace('.csv', '-csv.csv')));
    const run = ['run', 'in', '-o', 'out', '--on-invalid', 'keep', '--on-null', 'keep', '--quiet'];
    const statuses = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await logitmill([...run, ...args, '--summary', '-'], { cwd });
      return JSON.parse(stdout).files.map(({ status }: { status: string }) => status);
    };
    const args = ['--compression', 'zstd', '--add', 'argmax'];
    const done = await statuses(...args);
    expect(done.filter((status) => status === 'ok').length).toBeGreaterThan(9);
    const again = await statuses(...args, '--skip-existing');
    expect(again).toEqual(done.map((status) => (status === 'ok' ? 'skipped' : status)));
  });
});
