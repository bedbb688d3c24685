import { basename, dirname, join } from 'node:path';
import { LogitmillError } from '../../errors.ts';

/** Where an output will stand, and the names of the files that lie beside it while it is being made. */
export interface OutputTarget extends SideNames {
  /** The output as the user wrote it: for messages. */
  name: string;
  /** The file that the rename replaces: symbolic links are followed, so that a link to the output stays a link. */
  path: string;
  folder: string;
  overwrite: boolean;
}

export interface SideNames {
  partial: string;
  journal: string;
  lock: string;
}

/** The files that may lie beside an output at `path` while it is made: hidden, so that readers of datasets pass over them. */
export function sideNames(path: string): SideNames {
  const hidden = join(dirname(path), `.${shortened(basename(path))}`);
  return { partial: `${hidden}.partial`, journal: `${hidden}.journal`, lock: `${hidden}.lock` };
}

/** Under which version 0.1 left them; null for a name to which it could add none. */
export function oldSideNames(path: string): SideNames | null {
  if (Buffer.byteLength(basename(path)) > 255 - '.partial'.length) return null;
  return { partial: `${path}.partial`, journal: `${path}.journal`, lock: `${path}.lock` };
}

/** All of them, with what lies there for a moment only. */
export function sideFilesOf(path: string): string[] {
  const old = oldSideNames(path);
  const { partial, journal, lock } = sideNames(path);
  return [
    ...[partial, journal, `${journal}.new`, lock, `${lock}.new`, `${lock}.takeover`],
    ...(old ? [old.partial, old.journal, old.lock] : []),
  ];
}

/** Names have 255 bytes at most, and some of those beside an output are 46 bytes longer than its own. */
const LONGEST_NAME = 200;

/** A long name is cut, and told from others that begin so by a hash. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(name).digest('hex');
  const start = Buffer.from(name)
    .subarray(0, LONGEST_NAME - 20)
    .toString()
    .replace(/\ufffd+$/, '');
  return `${start}-${hash.slice(0, 16)}`;
}

export function outputExists(target: OutputTarget): LogitmillError {
  return new LogitmillError('OUTPUT_EXISTS', 'the output exists already', {
    file: target.name,
    hint: '--overwrite replaces it, in one step and only when the new one is whole',
  });
}
