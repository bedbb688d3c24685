import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const golden = (file: string): string => path.resolve('data/golden', file);

describe('inspect', () => {
  test('an Arrow file: schema, rows, batches, and what run would do', async () => {
    const { code, stdout, stderr } = await logitmill(['inspect', path.resolve('data/digits.arrow')]);
    expect(code, stderr).toBe(0);
    for (const word of ['id', 'label', 'logits', 'float32', 'probs', 'row_sum'])
      expect(stdout).toContain(word);
    expect(stdout).toMatch(/1,?797/);
    expect(stdout).toMatch(/\b4\b.*batches|batches.*\b4\b/);
  });

  test('the bytes it foretells are the bytes that run writes', async () => {
    const folder = temporaryFolder();
    const input = path.resolve('data/digits.arrow');
    const args = ['--op', 'both', '--keep-logits'];
    const { stdout } = await logitmill(['inspect', input, ...args]);
    expect((await logitmill(['run', input, '-o', 'out.arrow', ...args], { cwd: folder })).code).toBe(0);
    const { size } = fs.statSync(path.join(folder, 'out.arrow'));
    expect(stdout).toContain(`output ${Math.round(size / 1000)} kB`);
  });

  test('a CSV file', async () => {
    const { code, stdout, stderr } = await logitmill([
      'inspect',
      path.resolve('data/digits.csv'),
      '--columns',
      'logit_*',
    ]);
    expect(code, stderr).toBe(0);
    for (const word of ['id', 'label', 'logit_0', 'logit_9', 'row_sum']) expect(stdout).toContain(word);
  });

  test.each([
    ['two-lists.arrow', /--column a/],
    ['integers.arrow', /--dtype/],
    ['csv-which.csv', /--columns/],
  ])('%s: readable, so exit 0, and it says what run would refuse', async (file, hint) => {
    const { code, stdout, stderr } = await logitmill(['inspect', golden(file)]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(hint);
  });

  test.each([
    'cut-in-batch.arrow',
    'footer-length-highest.arrow',
    'noise.bin',
    'csv-empty.csv',
  ])('%s: not readable', async (file) => {
    const { code, stderr } = await logitmill(['inspect', path.resolve('data/hostile', file)]);
    expect(code).toBe(3);
    expect(stderr).toContain(file);
  });

  test('nothing is written', async () => {
    const folder = temporaryFolder();
    fs.copyFileSync('data/digits.arrow', path.join(folder, 'in.arrow'));
    await logitmill(['inspect', 'in.arrow'], { cwd: folder });
    expect(filesBelow(folder)).toEqual(['in.arrow']);
  });
});

test('nine and more neighbours that are alike have one line', async () => {
  const { code, stdout } = await logitmill(['inspect', path.resolve('data/digits-wide.arrow')]);
  expect(code).toBe(0);
  expect(stdout).toContain('\n  logit_0 … logit_9: float32, 10 columns\n');
  expect(stdout).toContain(
    '\n  -> id: int64\n  -> label: int64\n  -> probs_logit_0 … probs_logit_9: float32, 10 columns\n',
  );
});
