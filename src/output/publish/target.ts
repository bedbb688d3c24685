import { LogitmillError } from '../../errors.ts';

/** Where an output will stand, and the names of the files that lie beside it while it is being made. */
export interface OutputTarget {
  /** The output as the user wrote it: for messages. */
  name: string;
  /** The file that the rename replaces: symbolic links are followed, so that a link to the output stays a link. */
  path: string;
  folder: string;
  partial: string;
  journal: string;
  lock: string;
  overwrite: boolean;
  /** Permission bits of the file that is there already, null when there is none. */
  replacedMode: number | null;
}

/** The files that may lie beside an output at `path` while it is made. */
export function sideNames(path: string): Pick<OutputTarget, 'partial' | 'journal' | 'lock'> {
  return { partial: `${path}.partial`, journal: `${path}.journal`, lock: `${path}.lock` };
}

/** All of them, with what lies there for a moment only. */
export function sideFilesOf(path: string): string[] {
  const { partial, journal, lock } = sideNames(path);
  return [partial, journal, `${journal}.new`, lock, `${lock}.new`, `${lock}.takeover`];
}

export function outputExists(target: OutputTarget): LogitmillError {
  return new LogitmillError('OUTPUT_EXISTS', 'the output exists already', {
    file: target.name,
    hint: '--overwrite replaces it, in one step and only when the new one is whole',
  });
}
