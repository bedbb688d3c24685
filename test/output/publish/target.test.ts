import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { LogitmillError } from '../../../src/errors.ts';
import { acquireLock, checkOutputPath } from '../../../src/output/publish/index.ts';
import { buildMiniJob } from '../../faults/build-mini.ts';
import { fastFolder } from '../../faults/fast-folder.ts';

const root = fs.mkdtempSync(join(fastFolder(), 'logitmill-target-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  fs.mkdirSync(folder);
  fs.writeFileSync(`${folder}/input`, 'input');
});
const at = (name: string): string => join(folder, name);

function errorOf(output: string, inputs: string[] = [], overwrite = true): LogitmillError {
  try {
    checkOutputPath(output, inputs, { overwrite });
  } catch (error) {
    expect(error).toBeInstanceOf(LogitmillError);
    expect((error as LogitmillError).file).toBe(output === '' ? undefined : output);
    return error as LogitmillError;
  }
  throw new Error('expected an error');
}

test('a new file, by an absolute and by a relative name', () => {
  const target = checkOutputPath(at('out'), [at('input')], { overwrite: false });
  expect(target).toEqual({
    name: at('out'),
    path: at('out'),
    folder,
    partial: at('.out.partial'),
    journal: at('.out.journal'),
    lock: at('.out.lock'),
    overwrite: false,
  });
  expect(checkOutputPath('out-of-nowhere', [], { overwrite: false }).path).toBe(
    join(process.cwd(), 'out-of-nowhere'),
  );
});

test('an existing file needs --overwrite', () => {
  fs.writeFileSync(at('out'), 'old', { mode: 0o640 });
  const error = errorOf(at('out'), [at('input')], false);
  expect(error).toMatchObject({ code: 'OUTPUT_EXISTS', exitCode: 5 });
  expect(error.hint).toContain('--overwrite');
  expect(checkOutputPath(at('out'), [at('input')], { overwrite: true }).path).toBe(at('out'));
});

test('folders, devices, pipes and sockets are refused', () => {
  execFileSync('mkfifo', [at('pipe')]);
  fs.mkdirSync(at('sub'));
  for (const [output, what] of [
    [at('pipe'), 'is a named pipe'],
    [at('sub'), 'is a folder'],
    [`${at('new')}/`, 'names a folder'],
    ['.', 'is a folder'],
    ['..', 'is a folder'],
    ['/', 'names a folder'],
    ['/dev/null', 'is a device'],
  ] as const) {
    expect(errorOf(output).message).toBe(`the output ${what}, and must be a regular file to be`);
    expect(errorOf(output)).toMatchObject({ code: 'OUTPUT_NOT_A_FILE', exitCode: 5 });
  }
  expect(errorOf('/dev/null').hint).toContain('-o -');
  expect(errorOf('')).toMatchObject({ code: 'USAGE', exitCode: 2 });
});

test('a missing folder is named, with the way out', () => {
  const error = errorOf(at('no/such/out'));
  expect(error).toMatchObject({
    code: 'OUTPUT_FOLDER_MISSING',
    exitCode: 5,
    hint: `mkdir -p ${at('no/such')}`,
  });
  expect(error.message).toBe(`the folder ${at('no/such')} does not exist`);
  expect(errorOf(at('input/out')).message).toBe(`the folder ${at('input')} is not a folder`);
  expect(errorOf(at('input/out')).code).toBe('OUTPUT_FOLDER_MISSING');
});

test('symbolic links are followed, also to what does not exist yet', () => {
  fs.mkdirSync(at('real'));
  fs.mkdirSync(at('a'));
  fs.symlinkSync('real', at('linked'));
  fs.symlinkSync('../linked/b', at('a/link')); // relative, through a linked folder
  fs.symlinkSync(at('a/link'), at('twice'));
  expect(checkOutputPath(at('twice'), [], { overwrite: false })).toMatchObject({
    path: at('real/b'),
    partial: at('real/.b.partial'),
  });
  fs.writeFileSync(at('real/b'), '');
  expect(errorOf(at('twice'), [], false).code).toBe('OUTPUT_EXISTS');
  // `..` behind a linked folder leads to where the kernel goes, not to where the text says.
  fs.mkdirSync(at('real/deep'));
  fs.symlinkSync('real/deep', at('deep'));
  expect(checkOutputPath(`${folder}/deep/../c`, [], { overwrite: false }).path).toBe(at('real/c'));
  fs.symlinkSync('loop', at('loop'));
  expect(errorOf(at('loop'))).toMatchObject({ code: 'OUTPUT_NOT_A_FILE' });
  fs.symlinkSync('nowhere/x', at('dangling'));
  expect(errorOf(at('dangling')).code).toBe('OUTPUT_FOLDER_MISSING');
});

test('an output that is an input, by whatever name', () => {
  fs.linkSync(at('input'), at('hard'));
  fs.symlinkSync('input', at('soft'));
  for (const output of ['input', 'hard', 'soft', `../${join(folder, 'input').split('/').at(-2)}/input`])
    for (const input of ['input', 'hard', 'soft'])
      for (const overwrite of [true, false])
        expect(errorOf(at(output), [at(input)], overwrite)).toMatchObject({
          code: 'OUTPUT_IS_INPUT',
          exitCode: 2,
        });
  // What the output is made by way of would be lost as well.
  fs.writeFileSync(at('.x.partial'), 'an input');
  const error = errorOf(at('x'), [at('input'), at('.x.partial')]);
  expect(error.code).toBe('OUTPUT_IS_INPUT');
  expect(error.message).toContain('by way of .x.partial, which is the input');
  // A missing input is not this check's business.
  expect(checkOutputPath(at('out'), [at('missing')], { overwrite: false }).path).toBe(at('out'));
});

test('a folder that this user cannot write to, and a file that only its owner may replace', async () => {
  if (process.getuid?.() !== 0) return;
  fs.chmodSync(root, 0o755);
  fs.mkdirSync(at('readonly'), { mode: 0o555 });
  fs.mkdirSync(at('sticky'));
  fs.chmodSync(at('sticky'), 0o1777);
  fs.writeFileSync(at('sticky/out'), '');
  const built = await buildMiniJob();
  const program = join(root, 'program');
  fs.cpSync(dirname(built), program, { recursive: true });
  fs.rmSync(dirname(built), { recursive: true });
  fs.chmodSync(program, 0o755);
  // Node itself may lie in a folder of root's that nobody else can look into.
  const node = join(program, 'node');
  fs.copyFileSync(process.execPath, node);
  const runAsNobody = (output: string): unknown => {
    const options = { input: at('input'), output, mode: 'plain', tasks: 1, taskBytes: 5, overwrite: true };
    const args = [join(program, 'mini-cli.mjs'), JSON.stringify(options)];
    const { stdout } = spawnSync(node, args, {
      uid: 65534,
      gid: 65534,
      cwd: '/',
      encoding: 'utf8',
    });
    return JSON.parse(stdout);
  };
  expect(runAsNobody(at('readonly/out'))).toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    line: `${at('readonly/out')}: the folder ${at('readonly')} cannot be written to by this user`,
  });
  expect(runAsNobody(at('sticky/out'))).toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    line: expect.stringContaining('the file that is there belongs to another user'),
  });
  expect(runAsNobody(at('sticky/new'))).toMatchObject({ resumed: false, left: [] });
  expect(fs.statSync(at('sticky/new')).uid).toBe(65534);
});

test('a refused run clears up what a killed one left behind a finished output', () => {
  const target = checkOutputPath(at('out'), [], { overwrite: false });
  const text = (() => {
    const lock = acquireLock(target);
    const held = fs.readFileSync(target.lock, 'utf8');
    lock.release();
    return held;
  })();
  const dead = text.replace(/"start":"\d+"/, '"start":"1"');
  fs.writeFileSync(at('out'), 'whole');
  for (const name of ['.out.journal', '.out.lock']) fs.writeFileSync(at(name), dead);
  expect(errorOf(at('out'), [], false).code).toBe('OUTPUT_EXISTS');
  expect(fs.readdirSync(folder).sort()).toEqual(['input', 'out']);

  // But not what an interrupted run that was to replace the output can go on from, and not what is being written.
  for (const name of ['.out.journal', '.out.partial']) fs.writeFileSync(at(name), '');
  errorOf(at('out'), [], false);
  expect(fs.readdirSync(folder).sort()).toEqual(['.out.journal', '.out.partial', 'input', 'out']);
  fs.rmSync(at('.out.partial'));
  const lock = acquireLock(target);
  errorOf(at('out'), [], false);
  expect(fs.readdirSync(folder).sort()).toEqual(['.out.journal', '.out.lock', 'input', 'out']);
  lock.release();
});

test('standard input that is the output', () => {
  const { fstatSync } = fs;
  const stdin = fs.statSync(at('input'), { bigint: true });
  (fs as { fstatSync: unknown }).fstatSync = (fd: number, options: object) =>
    fd === 0 ? stdin : fstatSync(fd, options);
  try {
    expect(errorOf(at('input'), ['-']).code).toBe('OUTPUT_IS_INPUT');
    expect(checkOutputPath(at('out'), ['-'], { overwrite: true }).path).toBe(at('out'));
  } finally {
    fs.fstatSync = fstatSync;
  }
});
