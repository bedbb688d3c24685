import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');

describe('the name of the output says what is in it', () => {
  test.each([
    ['out.csv', 'CSV', '-o out.arrow'],
    ['out.JSON', 'JSON', '-o out.arrow'],
    ['out.jsonl', 'JSON', '-o out.arrow'],
    ['out.npy', 'NumPy arrays', '-o out.arrow'],
    ['out.pt', 'PyTorch files', '-o out.arrow'],
    ['out.xlsx', 'Excel workbooks', '-o out.arrow'],
    ["it's out.h5", 'HDF5', "-o 'it'\\''s out.arrow'"],
    ['out.arrow.zst', 'files that are compressed as a whole (.zst)', '-o out.arrow --compression zstd'],
    ['out.csv.gz', 'files that are compressed as a whole (.gz)', '-o out.arrow --compression zstd'],
    ['out.lz4', 'files that are compressed as a whole (.lz4)', '-o out.arrow --compression lz4'],
  ])('%s is refused, with what to type', async (name, what, hint) => {
    const cwd = temporaryFolder();
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', name], { cwd });
    expect(stderr).toBe(`logitmill: ${name}: ${what} cannot be written, only Arrow\ntry: ${hint}\n`);
    expect(code).toBe(2);
    expect(filesBelow(cwd)).toEqual([]);
  });

  test.each([
    ['out.arrows', [], false],
    ['out.ARROWS', ['--format', 'stream'], false],
    ['out.feather', [], true],
    ['out.feather', ['--format', 'stream'], false],
    ['out.2024', [], true],
    ['out', [], true],
  ])('%s %j', async (name, args, isFile) => {
    const cwd = temporaryFolder();
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', name, ...args], { cwd });
    expect(code, stderr).toBe(0);
    const start = fs.readFileSync(path.join(cwd, name)).subarray(0, 6).toString('latin1');
    expect(start === 'ARROW1').toBe(isFile);
  });

  test('a stream by its name and a file by the option: one of the two has to give way', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrows', '--format', 'arrow'], {
      cwd,
    });
    expect(stderr).toBe(
      'logitmill: out.arrows: is named like an Arrow stream, and --format says arrow\n' +
        'try: --format stream  or  another name for the output\n',
    );
    expect([code, filesBelow(cwd)]).toEqual([2, []]);
  });

  test.each(['all.arrow', 'all.csv'])('several inputs are not put together in %s', async (name) => {
    const cwd = temporaryFolder();
    const args = ['run', DIGITS, path.resolve('data/example.arrow'), '-o'];
    const { code, stderr } = await logitmill([...args, name], { cwd });
    expect(stderr).toBe(
      `logitmill: ${name}: is named like a file, and several inputs have an output each, in a folder\ntry: -o all\nsee logitmill run --help\n`,
    );
    expect([code, filesBelow(cwd)]).toEqual([2, []]);
    // A slash says that it is a folder.
    expect((await logitmill([...args, `${name}/`], { cwd })).code).toBe(0);
    expect(filesBelow(cwd)).toEqual([name, `${name}/digits.arrow`, `${name}/example.arrow`]);
  });
});
