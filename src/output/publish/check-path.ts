import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LogitmillError } from '../../errors.ts';
import { describeIoError, errnoOf } from '../../io/io-error.ts';
import { refusePlanted } from '../../io/links.ts';
import { shellQuoted } from '../../io/shell.ts';
import { removeLeftovers } from './leftovers.ts';
import type { OutputTarget } from './target.ts';
import { outputExists, sideFilesOf, sideNames } from './target.ts';

/**
 * Checks everything about the output's path that can be known before any work. `inputs` are paths as the user
 * wrote them, `-` for standard input.
 *
 * @throws USAGE, OUTPUT_NOT_A_FILE, OUTPUT_FOLDER_MISSING, OUTPUT_UNWRITABLE, OUTPUT_IS_INPUT, OUTPUT_EXISTS
 */
export function checkOutputPath(
  output: string,
  inputs: readonly string[],
  options: { overwrite: boolean },
): OutputTarget {
  if (output === '') throw new LogitmillError('USAGE', 'the name of the output is empty');
  if (output.endsWith('/')) throw notAFile(output, 'names a folder');
  try {
    return check(output, inputs, options);
  } catch (error) {
    throw describeIoError(error, output, 'look at the place of the output');
  }
}

function check(output: string, inputs: readonly string[], options: { overwrite: boolean }): OutputTarget {
  const { path, existing } = followLinks(output);
  const folder = dirname(path);
  const target: OutputTarget = {
    name: output,
    path,
    folder,
    ...sideNames(path),
    overwrite: options.overwrite,
  };
  refuseInputs(target, inputs);
  if (existing !== null && !options.overwrite) {
    removeLeftovers(target);
    throw outputExists(target);
  }
  checkFolder(target, existing);
  return target;
}

/** Follows the last name's links by hand, because the file that they lead to need not exist yet. */
function followLinks(output: string): { path: string; existing: fs.BigIntStats | null } {
  let path = output;
  for (let links = 0; links < 40; links++) {
    path = join(realFolder(output, dirname(path)), basename(path));
    const stats = lstatIn(output, path);
    if (stats === null || stats.isFile()) return { path, existing: stats };
    if (!stats.isSymbolicLink()) throw notAFile(output, kindOf(stats));
    refusePlanted(path, output);
    const next = fs.readlinkSync(path);
    path = next.startsWith('/') ? next : `${dirname(path)}/${next}`;
  }
  throw notAFile(output, 'is a symbolic link that leads to itself');
}

function realFolder(output: string, folder: string): string {
  try {
    // The JavaScript version takes `..` away before it follows links, which leads elsewhere than the kernel goes.
    const real = fs.realpathSync.native(folder);
    // It reads links in user space: whether the kernel would follow them too, only the kernel can tell.
    const [meant, found] = [folder, real].map((path) => fs.statSync(path, { bigint: true }));
    if (meant?.ino === found?.ino && meant?.dev === found?.dev) return real;
    throw new LogitmillError('OUTPUT_UNWRITABLE', `the folder ${folder} is being replaced`, { file: output });
  } catch (error) {
    throw folderMissing(output, folder, error);
  }
}

function lstatIn(output: string, path: string): fs.BigIntStats | null {
  try {
    return fs.lstatSync(path, { bigint: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw folderMissing(output, dirname(path), error);
  }
}

/** What the error says of the folder, or the error itself. */
function folderMissing(output: string, folder: string, error: unknown): unknown {
  const errno = errnoOf(error);
  const what = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder' }[errno ?? ''];
  if (what === undefined) return error;
  return new LogitmillError('OUTPUT_FOLDER_MISSING', `the folder ${folder} ${what}`, {
    file: output,
    hint:
      errno === 'ENOENT'
        ? `mkdir -p ${shellQuoted(resolve(folder))}`
        : 'choose another folder for the output',
  });
}

function kindOf(stats: fs.BigIntStats): string {
  if (stats.isDirectory()) return 'is a folder';
  if (stats.isFIFO()) return 'is a named pipe';
  if (stats.isSocket()) return 'is a socket';
  return 'is a device';
}

function notAFile(output: string, what: string): LogitmillError {
  const hint = what.endsWith('folder')
    ? 'name a file in it'
    : '-o - writes a stream to standard output, which can be redirected anywhere';
  return new LogitmillError('OUTPUT_NOT_A_FILE', `the output ${what}, and must be a regular file to be`, {
    file: output,
    hint,
  });
}

/** By device and inode, so that another spelling, a symbolic link or a hard link is found too. */
function refuseInputs(target: OutputTarget, inputs: readonly string[]): void {
  const ours: [string, fs.BigIntStats][] = [];
  for (const path of [target.path, ...sideFilesOf(target.path)]) {
    const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined) ours.push([path, stats]);
  }
  if (ours.length === 0) return;
  for (const input of inputs) {
    const stats = statInput(input);
    const clash = ours.find(([, file]) => file.dev === stats?.dev && file.ino === stats.ino)?.[0];
    if (clash === undefined) continue;
    const what = clash === target.path ? 'is' : `would be made by way of ${basename(clash)}, which is`;
    throw new LogitmillError('OUTPUT_IS_INPUT', `the output ${what} the input ${input}`, {
      file: target.name,
      hint: 'choose another name for the output',
    });
  }
}

/** An input that cannot be looked at is reported where inputs are opened, not here. */
function statInput(input: string): fs.BigIntStats | undefined {
  try {
    return input === '-'
      ? fs.fstatSync(0, { bigint: true })
      : fs.statSync(input, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function checkFolder(target: OutputTarget, existing: fs.BigIntStats | null): void {
  try {
    fs.accessSync(target.folder, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    const why =
      errnoOf(error) === 'EROFS' ? 'is on a read-only file system' : 'cannot be written to by this user';
    throw new LogitmillError('OUTPUT_UNWRITABLE', `the folder ${target.folder} ${why}`, {
      file: target.name,
      hint: 'choose another folder for the output',
      cause: error,
    });
  }
  if (existing === null) return;
  // In a sticky folder (/tmp) the rename at the very end would fail: only the owner may replace a file there.
  const folder = fs.statSync(target.folder);
  const mayReplace = [0, Number(existing.uid), folder.uid].includes(process.geteuid?.() ?? 0);
  if ((folder.mode & 0o1000) !== 0 && !mayReplace) {
    throw new LogitmillError(
      'OUTPUT_UNWRITABLE',
      `the file that is there belongs to another user, and ${target.folder} lets only the owner replace it`,
      { file: target.name, hint: 'choose another name or folder for the output' },
    );
  }
}
