// @module-tag long
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CLI, filesBelow, logitmill, temporaryFolder } from './run.ts';

const LOGITS = ['--columns', 'a,b,c'];

/** Rows over several chunks, some of them over several lines; a quote now and then just where a chunk ends. */
function text(rows: number): Buffer {
  const lines = ['id,label,a,b,c\n'];
  for (let row = 0; row < rows; row++) {
    const label = row % 5 === 0 ? `"x, ""y""\n${'z'.repeat(row % 97)}"` : `label ${row % 10}`;
    lines.push(`${row},${label},${(row % 13) / 4},${-(row % 7) / 8},${row % 3}.125\n`);
  }
  return Buffer.from(lines.join(''));
}

/** A folder with the text and the output of a plain run. */
async function plainRun(bytes: Uint8Array, ...args: string[]) {
  const cwd = temporaryFolder();
  fs.writeFileSync(path.join(cwd, 'plain.csv'), bytes);
  const { code, stderr } = await logitmill(['run', 'plain.csv', '-o', 'plain.arrow', ...LOGITS, ...args], {
    cwd,
  });
  expect(code, stderr).toBe(0);
  return { cwd, expected: fs.readFileSync(path.join(cwd, 'plain.arrow')) };
}

describe('text that comes in order', () => {
  const bytes = text(110_000);
  const middle = bytes.length >> 1;
  const gzip = (part: Uint8Array) => zlib.gzipSync(part, { level: 1 });

  test.each([
    ['gzip', 'gz', gzip(bytes)],
    [
      'gzip in two members',
      'gz',
      Buffer.concat([gzip(bytes.subarray(0, middle)), gzip(bytes.subarray(middle))]),
    ],
  ])('%s gives the bytes of the plain text, whatever the threads', async (_what, ending, packed) => {
    const { cwd, expected } = await plainRun(bytes);
    fs.writeFileSync(path.join(cwd, `in.csv.${ending}`), packed);
    for (const threads of ['1', '3']) {
      const { code, stderr } = await logitmill(
        ['run', `in.csv.${ending}`, '-o', 'out.arrow', '--overwrite', '--threads', threads, ...LOGITS],
        { cwd },
      );
      expect(code, stderr).toBe(0);
      expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
    }
  });

  test('so does a pipe; nothing is left beside the output', async () => {
    const { cwd, expected } = await plainRun(bytes);
    const summary = ['--summary', '-'];
    const { code, stdout, stderr } = await logitmill(['run', '-', '-o', 'out.arrow', ...LOGITS, ...summary], {
      cwd,
      input: bytes,
    });
    expect(code, stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
    expect(JSON.parse(stdout).inputs).toEqual([
      { path: '-', format: 'csv', bytes: bytes.length, rows: 110_000, batches: 3 },
    ]);
    expect(filesBelow(cwd)).toEqual(['out.arrow', 'plain.arrow', 'plain.csv']);
  });

  test('so do a compressed pipe and a named one', async () => {
    const { cwd, expected } = await plainRun(bytes);
    const packed = await logitmill(['run', '-', '-o', 'out.arrow', ...LOGITS], { cwd, input: gzip(bytes) });
    expect(packed.code, packed.stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
    spawnSync('mkfifo', [path.join(cwd, 'pipe')]);
    const named = logitmill(['run', 'pipe', '-o', 'out.arrow', '--overwrite', ...LOGITS], { cwd });
    await fs.promises.writeFile(path.join(cwd, 'pipe'), bytes);
    expect((await named).code, (await named).stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
  });

  test('a file on standard input is that file; of one begun already, the rest', async () => {
    const { cwd, expected } = await plainRun(bytes);
    const run = (script: string) => spawnSync('sh', ['-c', script], { cwd, encoding: 'utf8' });
    const command = `"${process.execPath}" "${CLI}" run - -o out.arrow --overwrite ${LOGITS.join(' ')}`;
    const whole = run(`${command} < plain.csv`);
    expect(whole.status, whole.stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
    fs.writeFileSync(path.join(cwd, 'two.csv'), Buffer.concat([Buffer.from('0123456789abcde\n'), bytes]));
    const rest = run(`(dd bs=16 count=1 of=/dev/null 2>/dev/null; ${command}) < two.csv`);
    expect(rest.status, rest.stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
  });

  test.each([
    ['in quotes', `"${'y\n'.repeat(2_500_000)}"`],
    ['without', 'y'.repeat(5_000_000)],
  ])('a row longer than chunks, %s', async (_what, label) => {
    const long = Buffer.from(`label,a,b,c\nx,1.5,2.5,3.5\n${label},1.5,2.5,3.5\nz,1.5,2.5,3.5\n`);
    const { cwd, expected } = await plainRun(long);
    const args = ['run', '-', '-o', 'out.arrow', ...LOGITS];
    const { code, stderr } = await logitmill(args, { cwd, input: long });
    expect(code, stderr).toBe(0);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
    if (label.startsWith('"')) return;
    const small = await logitmill([...args, '--overwrite', '--memory', '8MiB'], { cwd, input: long });
    expect(small.code, small.stderr).toBe(2);
    expect(small.stderr).toMatch(/^try: .*--memory \d+MiB$/m);
    expect(fs.readFileSync(path.join(cwd, 'out.arrow')).equals(expected)).toBe(true);
  });

  test('problems are named as in a plain file, by line and row', async () => {
    const broken = Buffer.concat([bytes, Buffer.from('7,"word",0.5,x,0.5\n')]);
    const { cwd } = await plainRun(bytes);
    fs.writeFileSync(path.join(cwd, 'broken.csv'), broken);
    fs.writeFileSync(path.join(cwd, 'broken.csv.gz'), gzip(broken));
    const problems = [];
    for (const input of ['broken.csv', 'broken.csv.gz', '-']) {
      const args = ['run', input, '-o', 'out.arrow', ...LOGITS];
      const { code, stderr } = await logitmill(args, { cwd, input: input === '-' ? broken : '' });
      expect(code).toBe(3);
      problems.push(stderr.replace(/^logitmill: [^:]+: /, ''));
    }
    expect(problems[0]).toMatch(/^line \d+ \(row 110000\), column b: "x" is not a number\ntry: /);
    expect(problems).toEqual([problems[0], problems[0], problems[0]]);
    expect(filesBelow(cwd)).not.toContain('.out.arrow.partial');
  });

  test('compressed data that end half-way: nothing stays', async () => {
    const cwd = temporaryFolder();
    const packed = gzip(bytes);
    fs.writeFileSync(path.join(cwd, 'in.csv.gz'), packed.subarray(0, packed.length - 20_000));
    for (const input of ['in.csv.gz', '-']) {
      const { code, stderr } = await logitmill(['run', input, '-o', 'out.arrow', ...LOGITS], {
        cwd,
        input: packed.subarray(0, packed.length - 20_000),
      });
      expect(code, stderr).toBe(3);
      expect(stderr).toMatch(
        /^logitmill: (in\.csv\.gz|standard input): its compressed data end too early\ntry: gzip -t/,
      );
      expect(filesBelow(cwd)).toEqual(['in.csv.gz']);
    }
  });

  test('nothing on standard input', async () => {
    const { code, stderr } = await logitmill(['run', '-', '-o', 'out.arrow'], {
      cwd: temporaryFolder(),
      input: '',
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^logitmill: standard input: is empty/);
  });

  test('invalid rows from a pipe: nothing is kept, and nothing else is said', async () => {
    const cwd = temporaryFolder();
    const input = 'a,b\n1.5,nan\n1.5,2.5\n';
    const { code, stderr } = await logitmill(['run', '-', '-o', 'out.arrow'], { cwd, input });
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^logitmill: standard input: 1 row is invalid, .*\ntry: the same command with --on-invalid null or --on-invalid keep\n$/,
    );
    expect(filesBelow(cwd)).toEqual([]);
  });
});
