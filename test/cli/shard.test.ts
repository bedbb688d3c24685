import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ReadTable, readArrow } from './arrow.ts';
import { filesBelow, logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');

/** Four chunks; rows over two lines, so that chunks begin inside quotes as well as outside. */
const CSV = Buffer.from(
  `label,a,b\n${Array.from({ length: 40_000 }, (_, row) => `"x\n${'y'.repeat(150 + (row % 31))}",${row % 9}.25,-${row % 7}.5\n`).join('')}`,
);

async function run(cwd: string, ...args: string[]) {
  const { code, stderr, stdout } = await logitmill(['run', ...args], { cwd });
  expect(code, stderr).toBe(0);
  return { stderr, stdout };
}

/** The columns of all parts, one after the other. */
function joined(parts: ReadTable[]): [string, unknown[]][] {
  return [...parts[0].columns.keys()].map((name) => [
    name,
    parts.flatMap(({ columns }) => columns.get(name) ?? []),
  ]);
}

describe('--shard I/N', () => {
  test.each([
    ['Arrow', DIGITS, 3, []],
    ['CSV', 'in.csv', 3, ['--columns', 'a,b']],
    ['more shards than batches', DIGITS, 7, []],
  ])('the parts are the whole: %s', async (_what, input, count, args) => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv'), CSV);
    await run(cwd, input, '-o', 'whole.arrow', ...args);
    const parts: ReadTable[] = [];
    for (let index = 0; index < count; index++) {
      const output = `part-${index}.arrow`;
      await run(cwd, input, '-o', output, '--shard', `${index}/${count}`, ...args);
      parts.push(readArrow(path.join(cwd, output)));
    }
    const whole = readArrow(path.join(cwd, 'whole.arrow'));
    expect(joined(parts)).toEqual([...whole.columns]);
    expect(parts.flatMap(({ batches }) => batches)).toEqual(whole.batches);
    expect(parts.map(({ schema }) => schema.fields.map(String))).toEqual(
      parts.map(() => whole.schema.fields.map(String)),
    );
  });

  test('of CSV not even the bytes of batches depend on the shards', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv'), CSV);
    await run(cwd, 'in.csv', '-o', 'one.arrow', '--shard', '0/1', '--columns', 'a,b');
    await run(cwd, 'in.csv', '-o', 'whole.arrow', '--columns', 'a,b', '--threads', '1');
    const [one, whole] = ['one', 'whole'].map((name) => fs.readFileSync(path.join(cwd, `${name}.arrow`)));
    expect(one.equals(whole)).toBe(true);
  });

  test('the summary names the shard; rows are counted as in the whole file', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv'), Buffer.concat([CSV, Buffer.from('z,nan,1\n')]));
    const args = ['in.csv', '-o', 'out.arrow', '--columns', 'a,b', '--on-invalid', 'keep', '--summary', '-'];
    const { stdout, stderr } = await run(cwd, ...args, '--shard', '2/3');
    const { shard, validation, output } = JSON.parse(stdout);
    expect(shard).toEqual({ index: 2, count: 3 });
    expect(validation.first_invalid).toEqual([{ row: 40_000, sum: null, reason: 'nan' }]);
    expect(output.rows).toBeLessThan(20_000);
    expect(stderr).toMatch(/^logitmill: shard 2\/3: /);
  });

  test('parts count from 0', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow', '--shard', '3/3'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/0 <= I < N, got "3\/3"\ntry: --shard 2\/3, the last one\n/);
  });

  test('compressed text has no shards', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'in.csv.gz'), zlib.gzipSync('a,b\n1.5,2.5\n'));
    const { code, stderr } = await logitmill(['run', 'in.csv.gz', '-o', 'out.arrow', '--shard', '0/2'], {
      cwd,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/in\.csv\.gz: `--shard` needs an input whose length is known/);
  });

  test('of several inputs, the parts can share a folder', async () => {
    const cwd = temporaryFolder();
    fs.mkdirSync(path.join(cwd, 'in'));
    for (const name of ['a', 'b']) fs.copyFileSync(DIGITS, path.join(cwd, `in/${name}.arrow`));
    for (const part of ['0/2', '1/2']) await run(cwd, 'in', '-o', 'out', '--shard', part);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual([
      'a.0-of-2.arrow',
      'a.1-of-2.arrow',
      'b.0-of-2.arrow',
      'b.1-of-2.arrow',
    ]);
  });

  test('an interrupted shard does not go on as another one', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(
      path.join(cwd, 'in.csv'),
      Buffer.concat([Buffer.from('label,a,b\nz,nan,1\n'), CSV.subarray(10)]),
    );
    const args = ['run', 'in.csv', '-o', 'out.arrow', '--columns', 'a,b'];
    expect((await logitmill([...args, '--shard', '0/3'], { cwd })).code).toBe(4);
    const other = await run(cwd, ...args.slice(1), '--shard', '1/3');
    expect(other.stderr).toMatch(/starting afresh: shard was/);
  });
});
