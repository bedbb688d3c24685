import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fieldTexts, readArrow } from '../cli/arrow.ts';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { arrowFile } from './inputs.ts';

const INPUT = path.resolve('data/example.arrow');

test('added columns stand behind row_sum, and the output says that they were asked for', async () => {
  const to = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', INPUT, '-o', to, '--add', 'argmax']);
  expect(code, stderr).toBe(0);
  const { schema } = readArrow(to);
  const names = schema.fields.map(({ name }) => name);
  expect(names.indexOf('argmax')).toBe(names.indexOf('row_sum') + 1);
  expect(fieldTexts(schema)).toContain('argmax: Int32');
  expect(JSON.parse(schema.metadata.get('logitmill') ?? '').add).toEqual(['argmax']);
});

test('without --add, nothing is added', async () => {
  const to = path.join(temporaryFolder(), 'out.arrow');
  await logitmill(['run', INPUT, '-o', to]);
  const { schema } = readArrow(to);
  expect(schema.fields.some(({ name }) => name === 'argmax')).toBe(false);
  expect(JSON.parse(schema.metadata.get('logitmill') ?? '')).not.toHaveProperty('add');
});

test('several slices a row have a list of one value each', async () => {
  const folder = temporaryFolder();
  const from = path.join(folder, 'in.arrow');
  fs.writeFileSync(from, arrowFile('list', [2, 3], 'float32', [[1, 5, 3, 9, 9, 0]], 1));
  const to = path.join(folder, 'out.arrow');
  await logitmill(['run', from, '-o', to, '--add', 'argmax']);
  const { schema, columns } = readArrow(to);
  expect(fieldTexts(schema)).toContain('argmax: FixedSizeList[2]<Int32>');
  expect(columns.get('argmax')).toEqual([[1, 0]]);
});

test.each([
  ['--dim 0', ['--dim', '0'], /--add argmax cannot go with --dim 0.*\ntry: --dim -1/],
  ['what is not there', ['--add', 'argmin'], /expected `--add` to be one of argmax/],
  ['a repetition', ['--add', 'argmax,argmax'], /without repetitions/],
])('%s is refused', async (_, args, message) => {
  const to = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', INPUT, '-o', to, '--add', 'argmax', ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(fs.existsSync(to)).toBe(false);
});

test('a column of the input that has its name is refused, with a way out', async () => {
  const folder = temporaryFolder();
  const from = path.join(folder, 'in.csv');
  fs.writeFileSync(from, 'c0,c1,argmax\n0.5,1.5,1\n');
  const args = ['run', from, '-o', path.join(folder, 'out.arrow'), '--columns', 'c*', '--add', 'argmax'];
  const refused = await logitmill(args);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/two columns named "argmax"/)]);
  const { code, stderr } = await logitmill([...args, '--keep', 'none']);
  expect(code, stderr).toBe(0);
});
