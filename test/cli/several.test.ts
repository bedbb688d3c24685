import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

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

  test('--skip-existing goes on after an interruption', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.arrow': golden('list.arrow') });
    fs.writeFileSync(path.join(cwd, 'out/a.arrow'), 'old');
    const args = ['in', '-o', 'out', '--skip-existing', '--summary', '-'];
    const { code, stderr, stdout } = await logitmill(['run', ...args], { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^logitmill: 2 files: 1 done, 1 skipped$/m);
    expect(JSON.parse(stdout).files.map((file: { status: string }) => file.status)).toEqual([
      'skipped',
      'ok',
    ]);
    expect(fs.readFileSync(path.join(cwd, 'out/a.arrow'), 'utf8')).toBe('old');
    const one = await logitmill(['run', 'in/a.arrow', '-o', 'out/a.arrow', '--skip-existing'], { cwd });
    expect(one.code).toBe(0);
    expect(one.stderr).toBe('logitmill: out/a.arrow exists already, and is left as it is\n');
    expect((await logitmill(['run', ...args, '--overwrite'], { cwd })).code).toBe(2);
  });

  test('a folder that is not there is made, one level of it', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow') });
    expect((await logitmill(['run', 'in', '-o', 'new'], { cwd })).code).toBe(0);
    expect(filesBelow(path.join(cwd, 'new'))).toEqual(['a.arrow']);
    const deep = await logitmill(['run', 'in', '-o', 'no/where'], { cwd });
    expect(deep.code).toBe(5);
    expect(deep.stderr).toMatch(/^logitmill: no\/where: .*\ntry: mkdir -p no\/where$/m);
  });

  test('a folder takes what is an input by its name; not hidden files, folders and others', async () => {
    const cwd = folders({
      'a.arrow': golden('list.arrow'),
      '.hidden.arrow': golden('list.arrow'),
      'README.md': path.resolve('data/README.md'),
      'b.TSV': golden('csv-tab.csv'),
    });
    fs.mkdirSync(path.join(cwd, 'in/folder.arrow'));
    const { code, stderr } = await logitmill(['run', 'in', '-o', 'out'], { cwd });
    expect(code, stderr).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['a.arrow', 'b.arrow']);
  });

  test('what cannot work at all is refused before any work', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.arrow': golden('wide.arrow') });
    fs.writeFileSync(path.join(cwd, 'file'), '');
    for (const [args, code, says] of [
      [['in', '-o', 'file'], 2, /^logitmill: file: is not a folder/],
      [['in', '-o', '-'], 2, /several inputs cannot go with standard output/],
      [['in', '-', '-o', 'out'], 2, /several inputs cannot go with standard input/],
      [['in', '-o', 'in', '--overwrite'], 2, /the output in\/a\.arrow is the input in\/a\.arrow/],
      [['out', '-o', 'new'], 3, /^logitmill: out: has no file that is an input/],
    ] as const) {
      const before = filesBelow(cwd);
      const result = await logitmill(['run', ...args], { cwd });
      expect(result.code, result.stderr).toBe(code);
      expect(result.stderr).toMatch(says);
      expect(filesBelow(cwd)).toEqual(before);
    }
  });

  test('the exit code is that of the worst: output, input, call, invalid rows', async () => {
    const cwd = folders({ 'a.arrow': golden('integers.arrow'), 'b.arrow': golden('specials.arrow') });
    const codes: (number | null)[] = [];
    const again = async () => codes.push((await logitmill(['run', 'in', '-o', 'out'], { cwd })).code);
    fs.rmSync(path.join(cwd, 'in/a.arrow'));
    await logitmill(['run', 'in', '-o', 'out'], { cwd }).then(({ code }) => codes.push(code));
    await again();
    fs.copyFileSync(golden('integers.arrow'), path.join(cwd, 'in/a.arrow'));
    await again();
    fs.writeFileSync(path.join(cwd, 'in/c.csv'), '');
    await again();
    fs.writeFileSync(path.join(cwd, 'in/d.csv'), 'a,b\n1.5,2.5\n');
    fs.writeFileSync(path.join(cwd, 'out/d.arrow'), 'old');
    await again();
    expect(codes).toEqual([4, 4, 2, 3, 5]);
  });

  test('small and large files, CSV and Arrow, share the workers: the bytes are those of single runs', async () => {
    const cwd = folders({ 'c.csv': golden('csv-comma.csv'), 'd.arrow': golden('float64.arrow') });
    const write = (name: string, text: string) => fs.writeFileSync(path.join(cwd, 'in', name), text);
    write('a.csv', 'a,b\n1.5,2.5\n0.5,\n');
    write('b.csv', `a,b,c,d\n${'0.125,-1.5,2.25,0.5\n'.repeat(300_000)}`);
    write('e.csv', `e,f,g\n${'0.125,-1.5,2.5e1\n'.repeat(300_000)}`);
    const { code, stderr } = await logitmill(['run', 'in', '-o', 'out', '--threads', '2'], { cwd });
    expect(code, stderr).toBe(0);
    for (const name of ['a.csv', 'b.csv', 'c.csv', 'd.arrow', 'e.csv']) {
      const single = `single-${name[0]}.arrow`;
      await logitmill(['run', `in/${name}`, '-o', single, '--threads', '1'], { cwd });
      const together = fs.readFileSync(path.join(cwd, `out/${name[0]}.arrow`));
      expect(together.equals(fs.readFileSync(path.join(cwd, single))), name).toBe(true);
    }
  });

  test('two hundred small files, one summary, no more than a line or two', async () => {
    const cwd = folders({});
    for (let index = 0; index < 200; index++)
      fs.copyFileSync(golden('list.arrow'), path.join(cwd, `in/${String(index).padStart(3, '0')}.arrow`));
    const args = ['run', 'in', '-o', 'out', '--summary', '-', '--progress', 'never'];
    const { code, stderr, stdout } = await logitmill(args, { cwd });
    expect(code, stderr).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toHaveLength(200);
    expect(JSON.parse(stdout).files).toHaveLength(200);
    expect(stderr).toMatch(/^logitmill: 200 files: 200 done\nlogitmill: 1,000 rows, all valid; .*\n$/);
  });

  test('--quiet says what failed, and nothing else', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.arrow': golden('specials.arrow') });
    const { stderr } = await logitmill(['run', 'in', '-o', 'out', '-q'], { cwd });
    expect(stderr).toMatch(/^logitmill: in\/b\.arrow: .* invalid.*\ntry: .*\n$/);
  });

  test('--log-format json: a line for each that failed, and one for all', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.arrow': golden('specials.arrow') });
    const { stderr } = await logitmill(['run', 'in', '-o', 'out', '--log-format', 'json'], { cwd });
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['note', 'error', 'summary']);
    expect(events[1]).toMatchObject({ code: 'INVALID_ROWS', file: 'in/b.arrow' });
    expect(events[2].files).toHaveLength(2);
  });

  test('validate and inspect take a folder, too; the exit code is that of the worst', async () => {
    const cwd = folders({ 'a.arrow': golden('list.arrow'), 'b.csv.gz': golden('csv-gzip.csv.gz') });
    expect((await logitmill(['run', 'in', '-o', 'out'], { cwd })).code).toBe(0);
    const valid = await logitmill(['validate', 'out', '--summary', '-'], { cwd });
    expect(valid.code, valid.stderr).toBe(0);
    expect(JSON.parse(valid.stdout).files.map((file: { status: string }) => file.status)).toEqual([
      'ok',
      'ok',
    ]);
    fs.writeFileSync(path.join(cwd, 'out/c.csv'), '{"a": 0.5}\n');
    const mixed = await logitmill(['validate', 'out', 'in/a.arrow', '--tolerance', '1e-12'], { cwd });
    expect(mixed.code).toBe(3);
    expect(mixed.stderr).toMatch(/out\/c\.csv: is JSON/);
    expect(mixed.stderr).toMatch(/in\/a\.arrow: .* invalid/);
    const shown = await logitmill(['inspect', 'in', 'nowhere.arrow', '--shard', '0/2'], { cwd });
    expect(shown.code).toBe(3);
    expect(shown.stdout).toMatch(/^in\/a\.arrow: Arrow file, .*\n(.*\n)* {2}shard 0\/2: 1 batch$/m);
    expect(shown.stdout).toMatch(
      /^in\/b\.csv\.gz: CSV, .* compressed, .*\n(.*\n)*run would refuse it: `--shard` needs/m,
    );
    expect(shown.stderr).toBe('logitmill: nowhere.arrow: no such file\n');
  });

  test('inspect shows what comes through a pipe', async () => {
    const { code, stdout } = await logitmill(['inspect', '-'], {
      input: fs.readFileSync(golden('csv-comma.csv')),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^standard input: CSV, of unknown size/);
    expect(stdout).toMatch(/output of unknown size, reading what comes, tasks as the text comes/);
  });
});
