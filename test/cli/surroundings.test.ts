import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CLI, filesBelow, logitmill, othersCanRun, temporaryFolder } from './run.ts';

// Names, limits and folders as they are found on machines that others use too.

const DIGITS = path.resolve('data/digits.arrow');

test('a folder of inputs: what cannot be read is reported, never left out', async () => {
  const folder = temporaryFolder();
  const inputs = path.join(folder, 'in');
  fs.mkdirSync(inputs);
  fs.copyFileSync(DIGITS, path.join(inputs, 'good.arrow'));
  fs.symlinkSync('nowhere', path.join(inputs, 'dangling.arrow'));
  fs.symlinkSync('looping.arrow', path.join(inputs, 'looping.arrow'));
  fs.symlinkSync('good.arrow', path.join(inputs, 'link.arrow'));
  fs.copyFileSync(
    DIGITS,
    Buffer.concat([Buffer.from(`${inputs}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.arrow')]),
  );
  for (const command of [
    ['run', 'in', '-o', 'out', '--summary', 's.json'],
    ['inspect', 'in'],
  ]) {
    const { code, stderr } = await logitmill(command, { cwd: folder });
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('dangling.arrow: no such file');
    expect(stderr).toMatch(/looping\.arrow: cannot be read: .*\(ELOOP\)/);
    expect(stderr).toContain('cannot be opened: its name is not UTF-8');
  }
  expect(filesBelow(path.join(folder, 'out'))).toEqual(['good.arrow', 'link.arrow']);
  expect(JSON.parse(fs.readFileSync(path.join(folder, 's.json'), 'utf8')).files.length).toBe(5);
});

test('a folder whose files may not be looked at: each is reported', ({ skip }) => {
  if (!othersCanRun(CLI)) return skip('a second user needs root, and a checkout that others may enter');
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o777);
  const inputs = path.join(folder, 'in');
  fs.mkdirSync(inputs);
  fs.copyFileSync(DIGITS, path.join(inputs, 'a.arrow'));
  fs.chmodSync(inputs, 0o744);
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, CLI];
  const { status, stderr } = spawnSync('setpriv', [...asNobody, 'run', 'in', '-o', 'out'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toContain('in/a.arrow: cannot be read: permission denied (EACCES)');
  expect(status).toBe(3);
});

test('--skip-existing leaves outputs alone, and takes no empty file, folder or pipe for one', async () => {
  const folder = temporaryFolder();
  const args = ['run', DIGITS, '-o', 'out.arrow', '--skip-existing'];
  const output = path.join(folder, 'out.arrow');
  expect(await logitmill(args, { cwd: folder })).toMatchObject({ code: 0 });
  const { ino } = fs.statSync(output);
  expect(await logitmill(args, { cwd: folder })).toMatchObject({ code: 0 });
  expect(fs.statSync(output).ino).toBe(ino);
  for (const [make, says] of [
    [() => fs.writeFileSync(output, ''), 'the output exists already'],
    [() => fs.mkdirSync(output), 'is not'],
    [() => execFileSync('mkfifo', [output]), 'is a named pipe'],
  ] as const) {
    fs.rmSync(output, { recursive: true });
    make();
    const { code, stderr } = await logitmill(args, { cwd: folder });
    if (says === 'is not') {
      // A folder is where outputs go.
      expect([0, 5], stderr).toContain(code);
      continue;
    }
    expect(code, stderr).toBe(5);
    expect(stderr).toContain(says);
  }
});

test('standard output that is closed is not written to as if it were there', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', `'${process.execPath}' '${CLI}' run '${DIGITS}' -o - >&-`],
    { encoding: 'utf8' },
  );
  expect(stderr).toContain('standard output is closed');
  expect(status).toBe(5);
  const nowhere = ['-c', `'${process.execPath}' '${CLI}' run '${DIGITS}' -o - >/dev/null`];
  expect(spawnSync('sh', nowhere).status).toBe(0);
});

test('what a file calls its columns reaches no terminal as it is', async () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'in.csv'), 'a\u001b[2J,b\u009b31m\n0.5,1.5\n2.5,3.5\n');
  const escapes = /(?![\n\t])\p{Cc}/u;
  for (const args of [
    ['inspect', 'in.csv'],
    ['run', 'in.csv', '-o', 'out.arrow', '--summary', '-'],
    ['run', 'in.csv', '-o', 'out2.arrow', '--log-format', 'json'],
    ['run', 'in.csv', '-o', 'out3.arrow', '--columns', 'x'],
    ['run', 'in\u001b[2J.csv', '-o', 'out4.arrow'],
  ]) {
    const { stdout, stderr } = await logitmill(args, { cwd: folder });
    expect(stdout, args.join(' ')).not.toMatch(escapes);
    expect(stderr, args.join(' ')).not.toMatch(escapes);
  }
});

test('paths in hints are quoted for the shell', async () => {
  const folder = temporaryFolder();
  const { stderr } = await logitmill(['run', DIGITS, '-o', "it's here/out.arrow"], { cwd: folder });
  const command = /try: (mkdir -p .*)\n/.exec(stderr)?.[1];
  execFileSync('sh', ['-c', command ?? 'false'], { cwd: folder });
  expect(filesBelow(folder)).toEqual(["it's here"]);
});

test('a chmod or a second name of the input is no change of it', async () => {
  const folder = temporaryFolder();
  const input = path.join(folder, 'in.arrow');
  fs.copyFileSync(DIGITS, input);
  const preload = path.join(folder, 'preload.mjs');
  const lines = [
    "import fs from 'node:fs';",
    'const link = fs.linkSync;',
    'fs.linkSync = (from, to) => {',
    `  if (to.endsWith('out.arrow')) { fs.chmodSync('${input}', 0o600); link('${input}', '${input}.2'); }`,
    '  return link(from, to);',
    '};',
    'const fsync = fs.fsync;',
    `fs.fsync = (...args) => { fs.chmodSync('${input}', 0o640); return fsync(...args); };`,
  ];
  fs.writeFileSync(preload, lines.join('\n'));
  const env = { NODE_OPTIONS: `--import ${preload}` };
  const { code, stderr } = await logitmill(['run', input, '-o', 'out.arrow'], { cwd: folder, env });
  expect(code, stderr).toBe(0);
  expect(fs.statSync(input).mode & 0o777).not.toBe(0o644);
});

test('a partial file that somebody cuts is not published', async () => {
  const folder = temporaryFolder();
  const preload = path.join(folder, 'preload.mjs');
  const lines = [
    "import fs from 'node:fs';",
    'const fsync = fs.fsync;',
    'fs.fsync = (fd, done) => fsync(fd, (error) => {',
    "  if (fs.readlinkSync('/proc/self/fd/' + fd).endsWith('.partial')) fs.ftruncateSync(fd, 1000);",
    '  done(error);',
    '});',
  ];
  fs.writeFileSync(preload, lines.join('\n'));
  const env = { NODE_OPTIONS: `--import ${preload}` };
  const { code, stderr } = await logitmill(['run', DIGITS, '-o', 'out.arrow'], { cwd: folder, env });
  expect(code, stderr).toBe(5);
  expect(stderr).toContain('was cut or written to by somebody else: it has 1000 bytes');
  expect(fs.existsSync(path.join(folder, 'out.arrow'))).toBe(false);
});

test('limits of the system: one clear line', () => {
  const limited = (limit: string) =>
    spawnSync(
      'bash',
      ['-c', `ulimit ${limit}; '${process.execPath}' '${CLI}' run '${DIGITS}' -o out.arrow --threads 2`],
      {
        cwd: temporaryFolder(),
        encoding: 'utf8',
      },
    );
  const memory = limited('-v 8388608');
  // Versions from 26 on run within that.
  const fits = memory.status === 0 && Number(process.versions.node.split('.')[0]) >= 26;
  if (!fits) {
    expect(memory.stderr).toMatch(/^logitmill: .*address space.*\ntry: ulimit -v unlimited/);
    expect(memory.status).toBe(1);
  }
  // What Node itself needs depends on its version.
  for (const count of [18, 20, 22, 24, 26, 28]) {
    const { status, stderr } = limited(`-n ${count}`);
    if (status === 0 || !stderr.includes('logitmill')) continue;
    expect(stderr).toMatch(/^logitmill: .*may not open more files \(EMFILE\)\ntry: raise the limit/);
    expect(status).toBe(5);
  }
});
