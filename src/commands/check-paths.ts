import fs from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LogitmillError } from '../errors.ts';
import { errnoOf } from '../io/io-error.ts';
import type { Definitions } from '../options/definitions.ts';
import type { RawOptions } from '../options/resolve.ts';
import { sideFilesOf } from '../output/publish/index.ts';

/** A file that a call reads or writes. */
export interface CallPath {
  path: string;
  use: 'read' | 'write';
  /** For messages: `the input`, `--summary`. */
  what: string;
  /** Of one of the standard streams, whose path is `-`. */
  fd?: 0 | 1 | 2;
  /** The output beside which it lies: what a killed run leaves there may be two names of one file. */
  beside?: string;
}

/** Where the process itself is told to write: a file at most by redirection. */
export const STANDARD_OUTPUT: CallPath = { path: '-', use: 'write', what: 'standard output', fd: 1 };
const STANDARD_ERROR: CallPath = { path: '-', use: 'write', what: 'standard error', fd: 2 };

/** The files that options name, by their definitions: those of options to come are among them. */
export function pathsOfOptions(definitions: Definitions, sources: readonly RawOptions[]): CallPath[] {
  return Object.entries(definitions).flatMap(([key, { name, file }]) => {
    const values = sources.map((source) => source[name] ?? source[key]);
    const value = values.find((candidate) => candidate !== undefined);
    if (file === undefined || typeof value !== 'string' || value === '') return [];
    if (value === '-') return file === 'write' ? [STANDARD_OUTPUT] : inputPaths(['-']);
    return [{ path: value, use: file, what: `--${name}` }];
  });
}

export const inputPaths = (paths: readonly string[]): CallPath[] =>
  paths.map((path) => ({ path, use: 'read', what: 'the input', ...(path === '-' ? { fd: 0 } : {}) }));

/** An output with what lies beside it while it is made. */
export function outputPaths(output: string): CallPath[] {
  if (output === '-') return [STANDARD_OUTPUT];
  const beside = sideFilesOf(realName(output)).map((path): CallPath => {
    return { path, use: 'write', what: 'the file beside the output', beside: output };
  });
  return [{ path: output, use: 'write', what: 'the output' }, ...beside];
}

/**
 * Refuses a call that would write to a file that it also reads, or writes two things to one file: by device and inode,
 * and by name where there is no file yet. Done before any work, over all paths of the call at once.
 *
 * @throws LogitmillError OUTPUT_IS_INPUT, PATH_CLASH
 */
export function checkPaths(paths: readonly CallPath[]): void {
  const known = new Map<string, CallPath>();
  // What is only read comes first, so that each path has to be compared with those before it only.
  for (const path of [...paths.filter(isRead), ...paths.filter((path) => !isRead(path)), STANDARD_ERROR]) {
    for (const key of keysOf(path)) {
      const other = known.get(key);
      if (other !== undefined && !isRead(path) && !mayShare(path, other)) throw clash(path, other);
      known.set(key, path);
    }
  }
}

/** Whether `path` is none of `others`, whatever is done with them. */
export function isApart(path: CallPath, others: readonly CallPath[]): boolean {
  const keys = new Set(others.flatMap(keysOf));
  return !keysOf(path).some((key) => keys.has(key));
}

const isRead = ({ use }: CallPath): boolean => use === 'read';

function mayShare(path: CallPath, other: CallPath): boolean {
  const areStreams = other.fd !== undefined && !isRead(other) && path.fd !== undefined;
  return areStreams || (path.beside !== undefined && path.beside === other.beside);
}

const shownAs = ({ path, what }: CallPath): string => (path === '-' ? what : `${what} ${path}`);

function clash(written: CallPath, other: CallPath): LogitmillError {
  const shown = shownAs(written);
  const also = shownAs(other);
  if (isRead(other))
    return new LogitmillError('OUTPUT_IS_INPUT', `${shown} is ${also}, which would be written over`, {
      hint: 'choose another name for what is written',
    });
  return new LogitmillError('PATH_CLASH', `${shown} is ${also} too: one would take the place of the other`, {
    hint: 'a name of its own for each',
  });
}

/** What tells files apart: of one that exists the inode, also of what would be made of a name. */
function keysOf({ path, fd }: CallPath): string[] {
  const stats = statsOf(path, fd);
  // Bytes that go to a device do not meet.
  if (stats?.isCharacterDevice()) return [];
  const keys = stats === undefined ? [] : [`inode ${stats.dev} ${stats.ino}`];
  return fd !== undefined ? keys : [...keys, nameKey(realName(path))];
}

function statsOf(path: string, fd: CallPath['fd']): fs.BigIntStats | undefined {
  try {
    if (fd === undefined) return fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    const stats = fs.fstatSync(fd, { bigint: true });
    return stats.isFile() ? stats : undefined;
  } catch {
    return undefined;
  }
}

/** The name that a file has or will have, behind all links. */
function realName(path: string): string {
  let name = path;
  for (let links = 0; links < 40; links++) {
    try {
      const target = fs.readlinkSync(name);
      name = target.startsWith('/') ? target : `${dirname(name)}/${target}`;
    } catch {
      break;
    }
  }
  return name;
}

/** A name's folder by its inode, so that all spellings of it are one; of a folder to be made, by its nearest that is. */
function nameKey(path: string): string {
  let rest = basename(path);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { dev, ino } = fs.statSync(folder, { bigint: true });
      return `name ${dev} ${ino} ${rest}`;
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || folder === dirname(folder)) return `name ${resolve(path)}`;
      rest = `${basename(folder)}/${rest}`;
    }
  }
}
