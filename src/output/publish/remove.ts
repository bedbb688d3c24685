import fs from 'node:fs';
import { errnoOf } from '../../io/io-error.ts';
import { fsyncFolderSync } from './async-files.ts';
import type { OutputTarget } from './target.ts';

/** Whether there was such a file. */
export function removeIfThere(path: string): boolean {
  try {
    fs.unlinkSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return false;
  }
}

/** Where a journal is written anew before it takes the old one's place. */
export const draftOf = (journal: string): string => `${journal}.new`;

/**
 * Removes the journal for good: one that came back when the machine does must not be taken for the next partial
 * file's, which may have the same inode.
 */
export function removeJournal({ journal, folder }: OutputTarget): void {
  removeIfThere(draftOf(journal));
  if (removeIfThere(journal)) fsyncFolderSync(folder);
}
