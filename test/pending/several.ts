import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from '../cli/arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from '../cli/run.ts';

const golden = (file: string): string => path.resolve('data/golden', file);

/** A folder `in` with copies of the files, and an empty folder `out` beside it. */
function folders(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const name of ['in', 'out']) fs.mkdirSync(path.join(folder, name));
  for (const [name, source] of Object.entries(files)) fs.copyFileSync(source, path.join(folder, 'in', name));
  return folder;
}

describe('several inputs', () => {
  test('a folder: one output for each, named after it, and one summary', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.csv': golden('csv-comma.csv') });
    const { code, stdout, stderr } = await logitmill(['run', 'in', '-o', 'out', '--summary', '-'], { cwd });
    expect(code, stderr).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['a.arrow', 'b.arrow']);
    expect(readArrow(path.join(cwd, 'out/a.arrow')).columns.get('probs')).toHaveLength(5);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ schema_version: 1, status: 'ok' });
    expect(
      summary.files.map((file: { status: string; output: { rows: number } }) => [
        file.status,
        file.output.rows,
      ]),
    ).toEqual([
      ['ok', 5],
      ['ok', 3],
    ]);
  });

  test('files by name, into a folder that is made', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.arrow': golden('wide.arrow') });
    const { code, stderr } = await logitmill(['run', 'in/a.arrow', 'in/b.arrow', '-o', 'out'], { cwd });
    expect(code, stderr).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['a.arrow', 'b.arrow']);
  });

  test('one that fails does not stop the others; the exit code is that of the worst', async () => {
    const cwd = folders({
      'a.arrow': path.resolve('data/hostile/cut-in-batch.arrow'),
      'b.arrow': golden('specials.arrow'),
      'c.arrow': golden('list.arrow'),
    });
    const { code, stdout, stderr } = await logitmill(['run', 'in', '-o', 'out', '--summary', '-'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/a\.arrow: /);
    expect(stderr).toMatch(/b\.arrow: .*invalid/);
    expect(filesBelow(path.join(cwd, 'out')).filter((file) => file.endsWith('.arrow'))).toEqual(['c.arrow']);
    const { files, status } = JSON.parse(stdout);
    expect(status).toBe('failed');
    expect(files.map((file: { status: string }) => file.status)).toEqual(['failed', 'invalid', 'ok']);
    expect(files[0].error.code).toBe('INPUT_CORRUPT');
  });

  test('two outputs of one name are refused before any work', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'a.csv': golden('csv-comma.csv') });
    const { code, stderr } = await logitmill(['run', 'in', '-o', 'out'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\.arrow/);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual([]);
  });

  test('outputs that exist are refused one by one', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.arrow': golden('list.arrow') });
    fs.writeFileSync(path.join(cwd, 'out/a.arrow'), 'old');
    const { code, stderr } = await logitmill(['run', 'in', '-o', 'out'], { cwd });
    expect(code).toBe(5);
    expect(stderr).toMatch(/a\.arrow.*exists/);
    expect(fs.readFileSync(path.join(cwd, 'out/a.arrow'), 'utf8')).toBe('old');
    expect(readArrow(path.join(cwd, 'out/b.arrow')).columns.get('probs')).toHaveLength(5);
  });
});
