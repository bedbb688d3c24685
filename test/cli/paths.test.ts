import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/commands/commands.ts';
import { logitmill, temporaryFolder } from './run.ts';

// No call writes to a file that it also reads, or two things to one file: whatever the name of the option, whatever
// the spelling of the path. Everything stays as it was, and nothing new is there.

function folderOf(): { folder: string; state: () => Record<string, string> } {
  const folder = temporaryFolder();
  for (const name of ['a.arrow', 'b.arrow']) fs.copyFileSync('data/digits.arrow', path.join(folder, name));
  fs.copyFileSync('data/digits.arrow', path.join(folder, 'old.arrow'));
  fs.writeFileSync(path.join(folder, 'config.json'), '{"threads":1}');
  fs.writeFileSync(path.join(folder, 'options'), '{"threads":1}');
  fs.symlinkSync('a.arrow', path.join(folder, 'link-to-a'));
  fs.symlinkSync('out.arrow', path.join(folder, 'link-to-nothing'));
  fs.linkSync(path.join(folder, 'a.arrow'), path.join(folder, 'hard-a'));
  fs.symlinkSync('.', path.join(folder, 'here'));
  fs.mkdirSync(path.join(folder, 'several'));
  for (const name of ['c.arrow', 'd.arrow'])
    fs.copyFileSync('data/digits.arrow', path.join(folder, 'several', name));
  const state = () =>
    Object.fromEntries(
      fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .sort()
        .filter((name) => !name.startsWith('here/'))
        .map((name) => {
          const file = path.join(folder, name);
          return [name, fs.lstatSync(file).isFile() ? fs.readFileSync(file, 'latin1') : ''];
        }),
    );
  return { folder, state };
}

const RUN = ['run', 'a.arrow', '-o', 'out.arrow'];
const SEVERAL = ['run', 'several', '-o', 'outputs'];
const REFUSED: [string, string[]][] = [
  ['the summary is the input', [...RUN, '--summary', 'a.arrow']],
  ['the summary is the input by a link', [...RUN, '--summary', 'link-to-a']],
  ['the summary is the input by a hard link', [...RUN, '--summary', 'hard-a']],
  ['the summary is the input by another folder', [...RUN, '--summary', 'here/several/../a.arrow']],
  ['the trace is the input', [...RUN, '--trace', 'a.arrow']],
  ['the summary is the output', [...RUN, '--summary', 'out.arrow']],
  ['the summary is the output by another spelling', [...RUN, '--summary', './here/out.arrow']],
  ['the summary is the output by a link that leads nowhere yet', [...RUN, '--summary', 'link-to-nothing']],
  [
    'the output is a link, the summary what it leads to',
    ['run', 'a.arrow', '-o', 'link-to-nothing', '--trace', 'out.arrow'],
  ],
  [
    'the summary is the output that is replaced',
    ['run', 'a.arrow', '-o', 'old.arrow', '--overwrite', '--summary', 'old.arrow'],
  ],
  ['the summary is the config', [...RUN, '--config', 'config.json', '--summary', 'config.json']],
  ['the output is the config', ['run', 'a.arrow', '-o', 'options', '--overwrite', '--config', 'options']],
  ['summary and trace are one file', [...RUN, '--summary', 's.json', '--trace', './s.json']],
  ['the summary is a side file', [...RUN, '--summary', '.out.arrow.partial']],
  ['the trace is a side file', [...RUN, '--trace', '.out.arrow.lock']],
  ['the input is a side file', ['run', '.b.arrow.partial', '-o', 'b.arrow', '--overwrite']],
  ['the summary is one of several inputs', [...SEVERAL, '--summary', 'several/d.arrow']],
  ['the summary is one of several outputs', [...SEVERAL, '--summary', 'outputs/d.arrow']],
  ['the trace is a side file of several outputs', [...SEVERAL, '--trace', 'outputs/.d.arrow.journal']],
  ['several outputs beside their inputs', ['run', 'several', '-o', 'several', '--overwrite']],
  ['validate: the summary is the file', ['validate', 'a.arrow', '--summary', 'a.arrow']],
  ['validate: the summary is in the folder', ['validate', 'several', '--summary', 'several/c.arrow']],
  ['inspect: the summary is the file', ['inspect', 'a.arrow', '--summary', 'hard-a']],
];

test.each(REFUSED)('%s', async (_name, args) => {
  const { folder, state } = folderOf();
  fs.copyFileSync(path.join(folder, 'a.arrow'), path.join(folder, '.b.arrow.partial'));
  const before = state();
  const { code, stdout, stderr } = await logitmill(args, { cwd: folder });
  expect(stderr).toMatch(/^logitmill: .* is .*\ntry: /);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(state()).toEqual(before);
});

test('the environment and the config file name paths too', async () => {
  const { folder, state } = folderOf();
  const before = state();
  expect(await logitmill(RUN, { cwd: folder, env: { LOGITMILL_SUMMARY: 'a.arrow' } })).toMatchObject({
    code: 2,
  });
  expect(state()).toEqual(before);
  fs.writeFileSync(path.join(folder, 'config.json'), '{"trace":"a.arrow"}');
  const changed = state();
  expect(await logitmill([...RUN, '--config', 'config.json'], { cwd: folder })).toMatchObject({ code: 2 });
  expect(state()).toEqual(changed);
});

test('standard output and standard error may be one file, but not a file of the call', async () => {
  const { folder } = folderOf();
  const spawned = async (
    args: string[],
    stdio: [number | 'ignore', number | 'ignore', number | 'ignore'],
  ) => {
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], { cwd: folder, stdio });
    return await new Promise((resolve) => child.on('close', resolve));
  };
  const log = fs.openSync(path.join(folder, 'log'), 'a');
  expect(await spawned([...RUN, '--summary', '-'], ['ignore', log, log])).toBe(0);
  const input = fs.openSync(path.join(folder, 'b.arrow'), 'a+');
  const { size } = fs.fstatSync(input);
  const run = ['run', 'b.arrow', '-o', 'other.arrow'];
  expect(await spawned([...run, '--summary', '-'], ['ignore', input, log])).toBe(2);
  expect(await spawned(['run', 'b.arrow', '-o', '-'], ['ignore', input, log])).toBe(2);
  expect(await spawned(['inspect', 'b.arrow'], ['ignore', input, log])).toBe(2);
  expect(await spawned(['run', '-', '-o', 'other.arrow', '--summary', 'b.arrow'], [input, log, log])).toBe(2);
  expect(fs.fstatSync(input).size).toBe(size);
});

test('what a killed run left beside the output may be two names of one file', async () => {
  const { folder } = folderOf();
  const lock = path.join(folder, '.out.arrow.lock');
  fs.writeFileSync(lock, '');
  fs.linkSync(lock, `${lock}.new`);
  expect(await logitmill(RUN, { cwd: folder })).toMatchObject({ code: 0 });
});

test('devices may be named as often as one likes', async () => {
  const { folder } = folderOf();
  const args = [...RUN, '--summary', '/dev/null', '--trace', '/dev/null'];
  expect(await logitmill(args, { cwd: folder })).toMatchObject({ code: 0 });
});

test('an option that takes a file says whether it reads or writes it', () => {
  for (const { definitions } of Object.values(COMMANDS))
    for (const { name, placeholder, file } of Object.values(definitions))
      if (placeholder?.includes('FILE')) expect(file, name).toMatch(/^(read|write)$/);
});
