import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');

describe('where the output goes', () => {
  test('--overwrite replaces', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'out.arrow'), 'old');
    const { code } = await logitmill(['run', DIGITS, '-o', 'out.arrow', '--overwrite'], { cwd: folder });
    expect(code).toBe(0);
    expect(readArrow(path.join(folder, 'out.arrow')).columns.get('probs')).toHaveLength(1797);
    expect(filesBelow(folder)).toEqual(['out.arrow']);
  });

  test('a symbolic link is followed and stays', async () => {
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, 'store'));
    fs.symlinkSync('store/real.arrow', path.join(folder, 'out.arrow'));
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow'], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(fs.readlinkSync(path.join(folder, 'out.arrow'))).toBe('store/real.arrow');
    expect(filesBelow(folder)).toEqual(['out.arrow', 'store', 'store/real.arrow']);
  });

  test('it has the permissions of any new file', async () => {
    const output = path.join(temporaryFolder(), 'out.arrow');
    await logitmill(['run', DIGITS, '-o', output]);
    expect(fs.statSync(output).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test('two magics, and buffers aligned to 64 bytes from the start of the file', async () => {
    const folder = temporaryFolder();
    const output = path.join(folder, 'out.arrow');
    await logitmill(['run', DIGITS, '-o', output, '--op', 'both']);
    const bytes = fs.readFileSync(output);
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('ARROW1\0\0');
    expect(bytes.subarray(-6).toString('latin1')).toBe('ARROW1');
    const ids = Buffer.from(BigInt64Array.from([0n, 1n, 2n, 3n]).buffer);
    expect(bytes.indexOf(ids) % 64).toBe(0);
  });

  test('the same bytes whatever the threads and the memory', async () => {
    const folder = temporaryFolder();
    const files: Buffer[] = [];
    for (const [threads, memory] of [
      ['1', '64MiB'],
      ['2', '16MiB'],
      ['5', '16MiB'],
    ]) {
      const output = path.join(folder, `${threads}.arrow`);
      const args = ['run', DIGITS, '-o', output, '--op', 'both', '--threads', threads, '--memory', memory];
      expect((await logitmill(args)).code).toBe(0);
      files.push(fs.readFileSync(output));
    }
    expect(files[1].equals(files[0])).toBe(true);
    expect(files[2].equals(files[0])).toBe(true);
  });
});

describe('text and Arrow', () => {
  test('the same numbers come out of both, value for value', async () => {
    const folder = temporaryFolder();
    const text = ['run', path.resolve('data/digits.csv'), '-o', 'csv.arrow', '--columns', 'logit_*'];
    const binary = ['run', path.resolve('data/digits-wide.arrow'), '-o', 'arrow.arrow'];
    for (const args of [text, binary]) expect((await logitmill(args, { cwd: folder })).code).toBe(0);
    const [csv, arrow] = ['csv.arrow', 'arrow.arrow'].map((file) => readArrow(path.join(folder, file)));
    expect([...csv.columns.keys()]).toEqual([...arrow.columns.keys()]);
    for (const [name, values] of arrow.columns) expect(csv.columns.get(name)).toEqual(values);
  });

  test('one column a class or one list column: the same probabilities', async () => {
    const folder = temporaryFolder();
    const runs = [
      ['run', DIGITS, '-o', 'list.arrow'],
      ['run', path.resolve('data/digits-wide.arrow'), '-o', 'wide.arrow', '--layout', 'list'],
    ];
    for (const args of runs) expect((await logitmill(args, { cwd: folder })).code).toBe(0);
    const [list, wide] = ['list.arrow', 'wide.arrow'].map((file) => readArrow(path.join(folder, file)));
    expect(wide.columns).toEqual(list.columns);
  });
});

describe('which columns', () => {
  const WIDE = path.resolve('data/digits-wide.arrow');
  const all = Array.from({ length: 10 }, (_, index) => `logit_${index}`);
  const cases: [string, string, string[]][] = [
    ['a glob', 'logit_*', all],
    ['a glob of one character', 'logit_?', all],
    ['a range', 'logit_2..logit_5', all.slice(2, 6)],
    ['names', 'logit_7,logit_1', ['logit_1', 'logit_7']],
    ['names and a range', 'logit_0,logit_8..logit_9', ['logit_0', 'logit_8', 'logit_9']],
  ];
  for (const [what, columns, chosen] of cases) {
    test(`${what}: ${columns}`, async () => {
      const folder = temporaryFolder();
      const args = ['run', WIDE, '-o', 'out.arrow', '--columns', columns, '--keep', 'none', '--summary', '-'];
      const { code, stdout, stderr } = await logitmill(args, { cwd: folder });
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout).classes).toBe(chosen.length);
      const names = [...readArrow(path.join(folder, 'out.arrow')).columns.keys()];
      expect(names.toSorted()).toEqual([...chosen.map((name) => `probs_${name}`), 'row_sum'].toSorted());
    });
  }
});
