import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from './run.ts';

/** README: quiet when all is well, one line on standard error when not (and a second one with the way out). */
describe('run --quiet', () => {
  const FILES: Readonly<Record<string, string>> = {
    'good.csv': 'a,b\n0.5,1.25\n1.5,2.5\n',
    'invalid.csv': 'a,b\n0.5,inf\ninf,1.25\n0.5,0.75\n',
    'nulls.csv': 'a,b\n,1.25\n0.5,\n',
    'text.csv': 'a,b\n0.5,1.25\n0.5,x\n',
    'which.csv': 'a,b\n1,1.25\n3,2.5\n',
    'empty.csv': '',
    'rowless.csv': 'a,b\n',
  };

  async function quietly(...args: string[]) {
    const cwd = temporaryFolder();
    for (const [name, text] of Object.entries(FILES)) fs.writeFileSync(path.join(cwd, name), text);
    fs.writeFileSync(path.join(cwd, 'there.arrow'), 'something');
    return await logitmill(['run', ...args, '--quiet'], { cwd });
  }

  test.each([
    ['good.csv', []],
    ['invalid.csv', ['--on-invalid', 'keep']],
    ['invalid.csv', ['--on-invalid', 'null']],
    ['nulls.csv', ['--columns', 'a,b', '--on-null', 'keep']],
    ['rowless.csv', ['--columns', 'a,b']],
  ])('%s %j: not a word', async (input, args) => {
    const { code, stdout, stderr } = await quietly(input, '-o', 'out.arrow', ...args);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test.each([
    ['invalid.csv', 4, ['-o', 'out.arrow']],
    ['nulls.csv', 4, ['-o', 'out.arrow', '--columns', 'a,b']],
    ['rowless.csv', 4, ['-o', 'out.arrow', '--columns', 'a,b', '--strict']],
    ['which.csv', 2, ['-o', 'out.arrow']],
    ['text.csv', 3, ['-o', 'out.arrow']],
    ['empty.csv', 3, ['-o', 'out.arrow']],
    ['missing.csv', 3, ['-o', 'out.arrow']],
    ['good.csv', 5, ['-o', 'there.arrow']],
    ['good.csv', 5, ['-o', 'nowhere/out.arrow']],
    ['good.csv', 2, ['-o', 'out.arrow', '--columns', 'x']],
  ])('%s: exit %i, one line, and the way out', async (input, exitCode, args) => {
    const { code, stdout, stderr } = await quietly(input, ...args);
    expect([code, stdout], stderr).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^logitmill: [^\n]+\n(try: [^\n]+\n)?$/);
  });

  test('several: one line for each that failed', async () => {
    const { code, stderr } = await quietly('good.csv', 'invalid.csv', 'missing.csv', '-o', 'out');
    expect(code).toBe(3);
    const said = stderr.split('\n').filter((line) => !line.startsWith('try: '));
    expect(said).toEqual([
      expect.stringMatching(/^logitmill: invalid\.csv: /),
      expect.stringMatching(/^logitmill: missing\.csv: /),
      '',
    ]);
  });
});
