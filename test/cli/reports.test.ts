import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CLI, filesBelow, logitmill, temporaryFolder } from './run.ts';

// What becomes of standard error and of the summary changes nothing else: neither the exit code of the work, nor what it
// publishes.

const DIGITS = path.resolve('data/digits.arrow');

interface Ended {
  code: number | null;
  stdout: string;
}

/** Runs the program with standard streams of one's own choosing, by the shell: `2>/dev/full`. */
function shell(command: string, cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn('bash', ['-c', command.replaceAll('logitmill', `"${process.execPath}" "${CLI}"`)], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout })));
}

function someFiles(): string {
  const folder = temporaryFolder();
  fs.copyFileSync(DIGITS, path.join(folder, 'good.arrow'));
  fs.writeFileSync(path.join(folder, 'invalid.csv'), 'a,b\n1.5,2.5\nnan,3.5\n');
  fs.writeFileSync(path.join(folder, 'bad.arrow'), fs.readFileSync(DIGITS).subarray(0, 1000));
  return folder;
}

const WORKS: [string, number][] = [
  ['run good.arrow -o out.arrow', 0],
  ['run bad.arrow -o out.arrow', 3],
  ['run invalid.csv -o out.arrow', 4],
  ['run good.arrow invalid.csv -o outputs', 4],
  ['run good.arrow -o no/such/folder', 5],
  ['run good.arrow -o out.arrow --no-such-option', 2],
  ['validate good.arrow', 4],
  ['--no-such-command', 2],
];

test.for([
  ['a full disk', '2>/dev/full'],
  ['a pipe that nobody reads', '2> >(true)'],
  ['nothing', '2>&-'],
] as const)('standard error is %s: the exit codes stay', async ([_name, redirection]) => {
  for (const format of ['text', 'json'])
    for (const [args, code] of WORKS) {
      const folder = someFiles();
      const ended = await shell(`logitmill ${args} ${redirection}`, folder, { LOGITMILL_LOG_FORMAT: format });
      expect(ended.code, `${args}, ${format}`).toBe(code);
      if (code === 0) expect(filesBelow(folder)).toContain('out.arrow');
    }
});

test('a summary that cannot be written is told, and changes no exit code', async () => {
  const folder = someFiles();
  for (const [args, code] of WORKS.slice(0, 4)) {
    fs.rmSync(path.join(folder, 'out.arrow'), { force: true });
    const result = await logitmill([...args.split(' '), '--summary', '/dev/full'], { cwd: folder });
    expect(result.code, args).toBe(code);
    expect(result.stderr).toContain('/dev/full: cannot write the summary: no space left on the device');
  }
});

test('what cannot be written to standard output makes 5 out of 0, and nothing of another code', async () => {
  const folder = someFiles();
  const codes: (number | null)[] = [];
  for (const command of [
    'run good.arrow -o out.arrow --summary -',
    'run bad.arrow -o out2.arrow --summary -',
    'inspect good.arrow',
    '--help',
  ])
    codes.push((await shell(`logitmill ${command} >/dev/full 2>/dev/null`, folder)).code);
  expect(codes).toEqual([5, 3, 5, 5]);
});

test('a summary path that cannot be written is found before any work', async () => {
  const folder = someFiles();
  fs.mkdirSync(path.join(folder, 'a-folder'));
  for (const [summary, says] of [
    ['no/such.json', 'the folder no does not exist'],
    ['a-folder', 'it is a folder'],
    ['good.arrow/x.json', 'ENOTDIR'],
  ] as const) {
    for (const option of ['--summary', '--trace']) {
      const args = ['run', 'good.arrow', '-o', 'out.arrow', option, summary];
      const { code, stderr } = await logitmill(args, { cwd: folder });
      expect(stderr).toContain(says);
      expect(code).toBe(5);
    }
  }
  expect(filesBelow(folder)).toEqual(['a-folder', 'bad.arrow', 'good.arrow', 'invalid.csv']);
});

/** A module that changes what `fs` does, before the program starts. */
function preloaded(lines: string): Record<string, string> {
  const file = path.join(temporaryFolder(), 'preload.mjs');
  fs.writeFileSync(file, `import fs from 'node:fs';\n${lines}\n`);
  return { NODE_OPTIONS: `--import ${file}` };
}

test('what the system takes in parts arrives whole', async () => {
  const folder = someFiles();
  const env = preloaded(`
    const write = fs.writeSync;
    let count = 0;
    fs.writeSync = (fd, bytes, offset = 0, length = bytes.length, ...rest) => {
      if (fd <= 2 && ++count % 3 === 0)
        throw Object.assign(new Error('EAGAIN: not now, write'), { code: 'EAGAIN', errno: -11 });
      return write(fd, bytes, offset, Math.ceil(length / 7), ...rest);
    };`);
  const whole = await logitmill(['run', 'good.arrow', '-o', 'out.arrow', '--summary', '-'], { cwd: folder });
  const parts = await logitmill(['run', 'good.arrow', '-o', '-', '--summary', 's.json'], {
    cwd: folder,
    env,
  });
  expect(parts.code, parts.stderr).toBe(0);
  const { validation } = JSON.parse(fs.readFileSync(path.join(folder, 's.json'), 'utf8'));
  expect(validation).toEqual(JSON.parse(whole.stdout).validation);
  expect(parts.stderr).toMatch(/memory at most, kernel \S+\n$/);
  const shown = await logitmill(['inspect', 'good.arrow'], { cwd: folder, env });
  expect(shown.stdout).toBe((await logitmill(['inspect', 'good.arrow'], { cwd: folder })).stdout);
});

test('a summary is replaced in one step: a write that fails leaves the old one, and nothing else', async () => {
  const folder = someFiles();
  const summary = path.join(folder, 's.json');
  fs.writeFileSync(summary, 'yesterday');
  fs.chmodSync(summary, 0o640);
  const env = preloaded(`
    const write = fs.writeSync;
    fs.writeSync = (fd, ...rest) => {
      if (/\\.tmp$/.test(fs.readlinkSync('/proc/self/fd/' + fd)))
        throw Object.assign(new Error('ENOSPC: full, write'), { code: 'ENOSPC', errno: -28 });
      return write(fd, ...rest);
    };`);
  const args = ['run', 'good.arrow', '-o', 'out.arrow', '--overwrite', '--summary', 's.json'];
  const failed = await logitmill(args, { cwd: folder, env });
  expect(failed).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('s.json: cannot write the summary'),
  });
  expect(fs.readFileSync(summary, 'utf8')).toBe('yesterday');
  expect(filesBelow(folder)).toEqual(['bad.arrow', 'good.arrow', 'invalid.csv', 'out.arrow', 's.json']);
  const { ino } = fs.statSync(summary);
  expect(await logitmill(args, { cwd: folder })).toMatchObject({ code: 0 });
  expect(JSON.parse(fs.readFileSync(summary, 'utf8')).status).toBe('ok');
  expect(fs.statSync(summary).ino).not.toBe(ino);
  expect(fs.statSync(summary).mode & 0o777).toBe(0o640);
});

test('a link to a summary stays a link', async () => {
  const folder = someFiles();
  fs.symlinkSync('real.json', path.join(folder, 'link.json'));
  const args = ['run', 'good.arrow', '-o', 'out.arrow', '--overwrite', '--summary', 'link.json'];
  for (let time = 0; time < 2; time++)
    expect(await logitmill(args, { cwd: folder })).toMatchObject({ code: 0 });
  expect(fs.readlinkSync(path.join(folder, 'link.json'))).toBe('real.json');
  expect(JSON.parse(fs.readFileSync(path.join(folder, 'real.json'), 'utf8')).status).toBe('ok');
});

test('a named pipe as summary: its reader may come late, and a signal is heard when there is none', async () => {
  const folder = someFiles();
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  const args = ['run', 'good.arrow', '-o', 'out.arrow', '--overwrite', '--summary', 'pipe'];
  const start = () => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: 'ignore' });
    return { child, ended: new Promise((resolve) => child.on('close', resolve)) };
  };
  const published = async () => {
    while (!fs.existsSync(path.join(folder, 'out.arrow')))
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const first = start();
  await published();
  const text = execFileSync('cat', ['pipe'], { cwd: folder, encoding: 'utf8' });
  expect(JSON.parse(text).status).toBe('ok');
  expect(await first.ended).toBe(0);

  fs.rmSync(path.join(folder, 'out.arrow'));
  const second = start();
  await published();
  second.child.kill('SIGTERM');
  // The work was done by then.
  expect(await second.ended).toBe(0);
});

test('a reader of standard error that does not read keeps no signal away', async () => {
  const folder = temporaryFolder();
  const names = Array.from({ length: 1500 }, (_, at) => `no-such-file-with-a-rather-long-name-${at}.arrow`);
  fs.mkdirSync(path.join(folder, 'outputs'));
  const run = () =>
    spawn(process.execPath, [CLI, 'run', ...names, '-o', 'outputs'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const deaf = run();
  const ended = new Promise((resolve) => deaf.on('exit', resolve));
  // One piece is read, then no more.
  await new Promise((resolve) => deaf.stderr.once('readable', resolve));
  deaf.kill('SIGTERM');
  expect([143, 3]).toContain(await ended);
  deaf.stderr.destroy();

  const slow = run();
  let text = '';
  await new Promise((resolve) => setTimeout(resolve, 300));
  slow.stderr.on('data', (piece) => {
    text += piece;
  });
  expect(await new Promise((resolve) => slow.on('close', resolve))).toBe(3);
  for (const name of names) expect(text).toContain(`${name}:`);
});

test('a call that is refused has its summary too', async () => {
  const folder = someFiles();
  const summary = path.join(folder, 's.json');
  for (const [args, code] of [
    ['run good.arrow -o out.arrow --no-such-option', 'USAGE'],
    ['run good.arrow -o out.arrow --op sofmax', 'USAGE'],
    ['run good.arrow', 'USAGE'],
    ['run -o out.arrow', 'USAGE'],
    ['run good.arrow -o good.arrow --overwrite', 'OUTPUT_IS_INPUT'],
    ['validate', 'USAGE'],
    ['inspect', 'USAGE'],
    ['run good.arrow -o good.arrow', 'OUTPUT_IS_INPUT'],
  ] as const) {
    const result = await logitmill([...args.split(' '), '--summary', 's.json'], { cwd: folder });
    expect(result.code, args).toBe(2);
    expect(JSON.parse(fs.readFileSync(summary, 'utf8')), args).toMatchObject({
      schema_version: 1,
      status: 'failed',
      error: { code },
    });
    const printed = await logitmill([...args.split(' '), '--summary=-'], { cwd: folder });
    expect(JSON.parse(printed.stdout), args).toMatchObject({ status: 'failed', error: { code } });
  }
});

test('a call that is refused writes its summary over nothing but a summary', async () => {
  const folder = someFiles();
  const before = fs.readFileSync(path.join(folder, 'bad.arrow'));
  for (const args of [
    'run good.arrow -o out.arrow --no-such-option --summary bad.arrow',
    'run good.arrow -o out.arrow --op sofmax --summary out.arrow',
    'run new.csv -o out.arrow --op sofmax --summary new.csv',
    'run good.arrow -o - --summary - --op softmax',
  ]) {
    const { code, stdout } = await logitmill(args.split(' '), { cwd: folder });
    expect(code, args).toBe(2);
    expect(stdout, args).toBe('');
    expect(filesBelow(folder), args).toEqual(['bad.arrow', 'good.arrow', 'invalid.csv']);
  }
  expect(fs.readFileSync(path.join(folder, 'bad.arrow')).equals(before)).toBe(true);
});
