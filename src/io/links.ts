import fs from 'node:fs';
import { dirname } from 'node:path';
import { LogitmillError } from '../errors.ts';

/**
 * The name that links lead to from `name`, whether a file is there or not: what replaces a file has to replace that
 * one, and not the link. The kernel follows no such links for us, so that its rule against planted ones is ours too.
 *
 * @throws LogitmillError OUTPUT_UNWRITABLE for a link of another user's in a sticky folder, or links without end
 */
export function behindLinks(name: string): string {
  let path = name;
  for (let links = 0; links < 40; links++) {
    const target = linkAt(path);
    if (target === null) return path;
    refusePlanted(path, name);
    path = target.startsWith('/') ? target : `${dirname(path)}/${target}`;
  }
  throw new LogitmillError('OUTPUT_UNWRITABLE', 'is a symbolic link that leads to itself', { file: name });
}

function linkAt(path: string): string | null {
  try {
    return fs.readlinkSync(path);
  } catch {
    return null;
  }
}

const STICKY_AND_OPEN = 0o1002;

/** As fs.protected_symlinks has it: followed are one's own links, and those of the folder's owner. */
export function refusePlanted(link: string, name: string): void {
  const folder = fs.statSync(dirname(link));
  const { uid } = fs.lstatSync(link);
  if ((folder.mode & STICKY_AND_OPEN) !== STICKY_AND_OPEN) return;
  if (uid === process.geteuid?.() || uid === folder.uid) return;
  throw new LogitmillError(
    'OUTPUT_UNWRITABLE',
    `${link} is a link of another user's, in a folder that everybody can write to: it is not followed`,
    { file: name, hint: 'name the file that is meant' },
  );
}
