import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { logitmill, temporaryFolder } from './run.ts';

const DIGITS = path.resolve('data/digits.arrow');
const VERSION = JSON.parse(fs.readFileSync('package.json', 'utf8')).version;

describe('what was meant', () => {
  test.each([
    ['--force', '--overwrite'],
    ['--workers=3', '--threads'],
    ['-j', '--threads'],
    ['--resume', 'without it: an interrupted run is gone on with by itself'],
    ['--overwite', '--overwrite'],
    ['--tempreature=2', '--temperature'],
    ['--Keep', '--keep'],
    ['--keep_logits', '--keep-logits'],
    ['--log-softmax', '--op log_softmax'],
    ['--no-progress', '--progress never'],
    ['--axis=1', '--dim'],
  ])('run %s: try %s', async (typed, meant) => {
    const { code, stderr } = await logitmill(['run', 'a', '-o', 'b', typed]);
    const shown = typed.replace(/=.*/, '');
    expect(stderr).toBe(`logitmill: unknown option ${shown}\ntry: ${meant}\nsee logitmill run --help\n`);
    expect(code).toBe(2);
  });

  test('nothing, where nothing is near; nothing that the command has not', async () => {
    const far = await logitmill(['run', 'a', '-o', 'b', '--xyzzy']);
    expect(far.stderr).toBe('logitmill: unknown option --xyzzy\nsee logitmill run --help\n');
    const elsewhere = await logitmill(['validate', 'a', '--force']);
    expect(elsewhere.stderr).toBe('logitmill: unknown option --force\nsee logitmill validate --help\n');
  });

  test.each([
    ['rnu', 'logitmill run'],
    ['softmax', 'logitmill run'],
    ['check', 'logitmill validate'],
    ['info', 'logitmill inspect'],
    ['inspekt', 'logitmill inspect'],
  ])('command %s: try %s', async (typed, meant) => {
    const { code, stderr } = await logitmill([typed, 'a']);
    expect([code, stderr]).toEqual([
      2,
      `logitmill: unknown command ${typed}\ntry: ${meant}\nsee logitmill --help\n`,
    ]);
  });

  test.each([
    ['--op', 'logsoftmax', 'log_softmax'],
    ['--dtype', 'fp16', 'float16'],
    ['--dtype', 'flaot32', 'float32'],
    ['--compression', 'gzip', 'zstd'],
    ['--format', 'feather', 'arrow'],
    ['--on-invalid', 'skip', 'keep'],
  ])('%s %s: try %s', async (option, typed, meant) => {
    const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'b', option, typed]);
    expect(code).toBe(2);
    expect(stderr).toContain(`got "${typed}"\ntry: ${option} ${meant}\n`);
  });
});

describe('where a value comes from', () => {
  const run = (env: Record<string, string>, ...args: string[]) => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'c.json'), '{"threads": "many"}');
    fs.writeFileSync(path.join(cwd, 'typo.json'), '{"thread": 2}');
    return { cwd, done: logitmill(['run', DIGITS, ...args], { cwd, env }) };
  };

  test('a bad one names its source', async () => {
    const expected = 'to be a whole number from 1 to 1024, got "many"\n';
    const named = async (env: Record<string, string>, ...args: string[]) =>
      (await run(env, '-o', 'b', ...args).done).stderr;
    expect(await named({}, '--threads', 'many')).toContain(`expected \`--threads\` ${expected}`);
    expect(await named({ LOGITMILL_THREADS: 'many' })).toContain(
      `expected \`LOGITMILL_THREADS\` ${expected}`,
    );
    expect(await named({}, '--config', 'c.json')).toContain(`expected \`threads in c.json\` ${expected}`);
    expect(await named({ LOGITMILL_CONFIG: 'c.json' })).toContain('threads in c.json');
    expect(await named({}, '--config', 'typo.json')).toContain('in "thread"\ntry: "threads"\n');
  });

  test('a variable that is no option is refused', async () => {
    const { code, stderr } = await run({ LOGITMILL_THREDS: '2' }, '-o', 'b').done;
    expect([code, stderr]).toEqual([
      2,
      'logitmill: the environment has LOGITMILL_THREDS, which is no option\n' +
        'try: LOGITMILL_THREADS  or  unset LOGITMILL_THREDS\nsee logitmill run --help\n',
    ]);
    // Another command's is none of this one's.
    expect((await logitmill(['validate', DIGITS], { env: { LOGITMILL_OP: 'both' } })).stderr).not.toContain(
      'no option',
    );
  });

  test('LOGITMILL_OUTPUT, and -oNAME', async () => {
    const { cwd, done } = run({ LOGITMILL_OUTPUT: 'from-environment.arrow' });
    expect((await done).code).toBe(0);
    expect(fs.existsSync(path.join(cwd, 'from-environment.arrow'))).toBe(true);
    const attached = run({}, '-oattached.arrow', '-q');
    expect(await attached.done).toMatchObject({ code: 0, stderr: '' });
    expect(fs.existsSync(path.join(attached.cwd, 'attached.arrow'))).toBe(true);
  });
});

test.each([['-V'], ['version'], ['--version']])('%s', async (asked) => {
  expect(await logitmill([asked])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test('help run is run --help', async () => {
  const [help, asked] = [await logitmill(['help', 'run']), await logitmill(['run', '--help'])];
  expect([help.code, help.stdout]).toEqual([0, asked.stdout]);
  expect((await logitmill(['help', 'rum'])).stderr).toContain('try: logitmill run\n');
});

describe('every summary says of its call', () => {
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const facts = { host: os.hostname(), started_at: time, ended_at: time };

  test('also of one that is refused', async () => {
    for (const args of [
      ['run', 'a', '-o', 'b', '--force'],
      ['run', 'missing.arrow', '-o', 'b', '--op', 'both'],
      ['run', DIGITS, '-o', 'b.csv'],
      ['rnu', 'a'],
    ]) {
      const cwd = temporaryFolder();
      const { code } = await logitmill([...args, '--summary', 's.json'], { cwd });
      expect(code).toBeGreaterThan(0);
      const summary = JSON.parse(fs.readFileSync(path.join(cwd, 's.json'), 'utf8'));
      expect(summary).toMatchObject({
        ...facts,
        schema_version: 1,
        status: 'failed',
        error: { code: expect.any(String) },
      });
      expect(summary.arguments).toEqual([...args, '--summary', 's.json']);
      if (args.includes('both')) expect(summary.options).toMatchObject({ op: 'both', output: 'b' });
    }
  });

  test('of several files, the totals', async () => {
    const cwd = temporaryFolder();
    fs.writeFileSync(path.join(cwd, 'bad.arrow'), 'no Arrow at all');
    const inputs = [DIGITS, path.resolve('data/example.arrow'), 'bad.arrow'];
    const { code, stdout } = await logitmill(['run', ...inputs, '-o', 'out', '--summary', '-'], { cwd });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ...facts,
      command: 'run',
      totals: { files: 3, ok: 2, failed: 1, skipped: 0, rows: 1801, rows_invalid: 0 },
    });
  });
});
