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

describe('--summary', () => {
  const digits = path.resolve('data/digits.arrow');

  test('says in JSON what is in the file, and what run makes of it', async () => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await logitmill(['inspect', digits, '--summary', '-'], { cwd });
    expect(code, stderr).toBe(0);
    const { schema_version, version, status, inputs, run } = JSON.parse(stdout);
    expect([schema_version, status]).toEqual([1, 'ok']);
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(inputs).toEqual([
      {
        path: digits,
        format: 'arrow',
        bytes: fs.statSync(digits).size,
        rows: 1797,
        batches: 4,
        columns: [
          { name: 'id', type: 'int64' },
          { name: 'label', type: 'int64' },
          { name: 'logits', type: 'fixed_size_list<float32>[10]' },
        ],
      },
    ]);
    const done = await logitmill(['run', digits, '-o', 'out.arrow', '--summary', '-'], { cwd });
    const { columns, output, dtype, classes, op } = JSON.parse(done.stdout);
    expect(run).toMatchObject({ status: 'ok', op, dtype, columns, classes, warnings: [] });
    expect(run.output).toMatchObject({ format: 'arrow', bytes: output.bytes });
    expect(run.output.columns).toEqual([
      { name: 'id', type: 'int64' },
      { name: 'label', type: 'int64' },
      { name: 'probs', type: 'fixed_size_list<float32>[10]' },
      { name: 'row_sum', type: 'float64' },
    ]);
  });

  test('goes to a file, beside the text', async () => {
    const cwd = temporaryFolder();
    const plain = await logitmill(['inspect', digits], { cwd });
    const both = await logitmill(['inspect', digits, '--summary', 'inspected.json'], { cwd });
    expect(both).toMatchObject({ code: 0, stdout: plain.stdout, stderr: '' });
    const { inputs } = JSON.parse(fs.readFileSync(path.join(cwd, 'inspected.json'), 'utf8'));
    expect(inputs[0].rows).toBe(1797);
  });

  test('several files; one is refused, with code and hint, and one cannot be read', async () => {
    const [refused, cut] = [golden('two-lists.arrow'), path.resolve('data/hostile/cut-in-batch.arrow')];
    const { code, stdout } = await logitmill(['inspect', digits, refused, cut, '--summary', '-']);
    expect(code).toBe(3);
    const { schema_version, files } = JSON.parse(stdout);
    expect(schema_version).toBe(1);
    expect(files.map(({ status }: { status: string }) => status)).toEqual(['ok', 'ok', 'failed']);
    expect(files[1].run).toMatchObject({ status: 'refused', error: { code: 'AMBIGUOUS_COLUMNS' } });
    expect(files[1].run.error.hint).toContain('--column a');
    expect(files[2]).toMatchObject({ inputs: [{ path: cut }], error: { code: 'INPUT_CORRUPT' } });
  });

  test('of a text nobody knows the rows; what is foreseen to be wrong is said', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'one.csv'), 'id,logit\n1,0.5\n2,1.5\n');
    const args = ['inspect', 'one.csv', '--columns', 'logit'];
    const { code, stdout } = await logitmill([...args, '--summary', '-'], { cwd });
    expect(code).toBe(0);
    const { inputs, run } = JSON.parse(stdout);
    expect(inputs[0]).toMatchObject({ format: 'csv', rows: null, batches: null });
    expect(run.warnings).toEqual([{ code: 'ONE_CLASS', message: expect.stringContaining('--op sigmoid') }]);
    expect((await logitmill(args, { cwd })).stdout).toContain('\n  warning: one class');
  });
});
