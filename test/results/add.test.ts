import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ADDED_NAMES } from '../../src/options/types.ts';
import { fieldTexts, readArrow } from '../cli/arrow.ts';
import { logitmill, temporaryFolder } from '../cli/run.ts';
import { random } from '../kernels/harness.ts';
import { registerCodecs } from './codecs.ts';
import { arrowFile, csvText, type Row } from './inputs.ts';

beforeAll(registerCodecs);

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
  ['topk without a number', ['--add', 'topk'], /topk:K with K from 1 to 1024/],
  ['topk:0', ['--add', 'topk:0'], /topk:K with K from 1 to 1024/],
  [
    'more than there are',
    ['--add', 'topk:1000'],
    /wants more than the \d+ classes that there are\ntry: --add topk:\d+/,
  ],
])('%s is refused', async (_, args, message) => {
  const to = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', INPUT, '-o', to, '--add', 'argmax', ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(fs.existsSync(to)).toBe(false);
});

test('what is of a softmax does not go with --op sigmoid', async () => {
  const to = path.join(temporaryFolder(), 'out.arrow');
  const args = ['run', INPUT, '-o', to, '--op', 'sigmoid', '--add'];
  const { code, stderr } = await logitmill([...args, 'argmax,entropy,margin']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--add entropy,margin is of a softmax.*\ntry: --op softmax/);
  expect((await logitmill([...args, 'argmax'])).code).toBe(0);
});

/** A row for each number of classes, in all the ways in which logits lie. */
const ADDED = ADDED_NAMES.map((name) => (name === 'topk' ? 'topk:2' : name));

const WAYS: [string, string, Buffer | string, string[]][] = [
  ['lists', 'in.arrow', arrowFile('list', [7], 'float32', rowsOf(40, 7), 16), []],
  ['a wide table', 'in.arrow', arrowFile('wide', [5], 'float64', rowsOf(40, 5), 16), ['--columns', 'c*']],
  ['ragged lists', 'in.arrow', arrowFile('ragged', [9], 'float16', rowsOf(40, 9), 16), []],
  ['slices', 'in.arrow', arrowFile('list', [3, 4], 'float32', rowsOf(40, 12), 16), ['--dim', '1']],
  ['text', 'in.csv', csvText(rowsOf(40, 6), 6), ['--columns', 'c*', '--compression', 'lz4']],
  ['small batches', 'in.arrow', arrowFile('list', [4], 'float32', rowsOf(40, 4), 3), []],
  [
    ...(['long rows', 'in.arrow', arrowFile('list', [200_000], 'float32', rowsOf(2, 200_000), 2)] as const),
    ['--memory', '1MiB', '--threads', '1'],
  ],
];

function rowsOf(rows: number, classes: number): Row[] {
  const next = random(classes);
  return Array.from({ length: rows }, (_, row) =>
    row === 1 ? null : Array.from({ length: classes }, () => Math.round(next() * 64) / 4),
  ).map((row, index) => (index === 1 && row === null ? Array(classes).fill(null) : row));
}

test.each(
  WAYS,
)('--op none, %s: the same columns as beside probabilities, and the same check', async (_, name, input, args) => {
  const folder = temporaryFolder();
  const from = path.join(folder, name);
  fs.writeFileSync(from, input);
  const [both, none] = await Promise.all(
    ['softmax', 'none'].map(async (op) => {
      const to = path.join(folder, `${op}.arrow`);
      const { code, stdout, stderr } = await logitmill([
        ...['run', from, '-o', to, '--op', op, '--add', ADDED.join(','), '--summary', '-', ...args],
      ]);
      expect(code, stderr).toBe(0);
      return { ...readArrow(to), validation: JSON.parse(stdout).validation };
    }),
  );
  const top = ['topk_ids', 'topk_probs', 'topk_log_probs', 'topk_rest'];
  const names = ADDED_NAMES.flatMap((one): string[] => (one === 'topk' ? top : [one]));
  expect([...none!.columns.keys()]).toEqual(['row_sum', ...names]);
  for (const [column, values] of none!.columns)
    if (column !== 'topk_log_probs') expect(values, column).toEqual(both!.columns.get(column));
  expect(none!.validation).toEqual(both!.validation);
});

test('--op none with --dim 0 has nothing to write', async () => {
  const to = path.join(temporaryFolder(), 'out.arrow');
  const { code, stderr } = await logitmill(['run', INPUT, '-o', to, '--op', 'none', '--dim', '0']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/leaves nothing to write/);
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
