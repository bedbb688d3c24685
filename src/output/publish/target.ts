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

export function outputExists(target: OutputTarget): LogitmillError {
  return new LogitmillError('OUTPUT_EXISTS', 'the output exists already', {
    file: target.name,
    hint: '--overwrite replaces it, in one step and only when the new one is whole',
  });
}
