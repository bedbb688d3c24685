import type { SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import { closeQuietly } from './files.ts';
import { errnoOf } from './io-error.ts';
import { openNameless } from './nameless-file.ts';

/**
 * Gives the new file open as `fd` the owner, group, mode and ACL of the file at `path` that it is to replace. What
 * cannot be kept is narrowed, never widened: whoever could not read the old file cannot read the new one.
 *
 * @returns what could not be kept, for people; null when all was
 */
export function keepPermissions(fd: number, path: string, old: fs.Stats): string | null {
  const made = fs.fstatSync(fd);
  // Without rights for anybody but the owner there is nothing to be widened, and an ACL gives nothing.
  const isPrivate = (old.mode & 0o077) === 0;
  if (made.uid !== old.uid || made.gid !== old.gid) keepOwner(fd, made, old);
  const now = fs.fstatSync(fd);
  const kept = now.uid === old.uid && now.gid === old.gid;
  const mode = narrowed(old.mode & 0o777, old.uid !== now.uid, old.gid !== now.gid);
  setMode(fd, mode);
  if (isPrivate || !keepAcl(fd, path, kept)) {
    if (!isPrivate) setMode(fd, mode & 0o700);
    return isPrivate ? null : 'the access control list of the old output could not be kept';
  }
  return kept || (mode & 0o077) === (old.mode & 0o077) ? null : 'its group could not be kept';
}

/** What the system gives to a file that is made in `folder` today: umask, default ACL and the server's wishes in it. */
export function newFileIn(folder: string): { mode: number; uid: number; mtimeMs: number } {
  const fd = openNameless(folder, 0o666);
  try {
    const { mode, uid, mtimeMs } = fs.fstatSync(fd);
    return { mode: mode & 0o777, uid, mtimeMs };
  } finally {
    closeQuietly(fd);
  }
}

/** Sets the mode of an open file; a file system that has none of its own is left alone. */
export function setMode(fd: number, mode: number): void {
  if ((fs.fstatSync(fd).mode & 0o777) === mode) return;
  try {
    fs.fchmodSync(fd, mode);
  } catch (error) {
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/** Owner and group need a privilege each; the group alone mostly works. */
function keepOwner(fd: number, made: fs.Stats, old: fs.Stats): void {
  for (const uid of [old.uid, made.uid]) {
    try {
      fs.fchownSync(fd, uid, old.gid);
      return;
    } catch {
      // Not permitted to this user, or not known to this file system.
    }
  }
}

/** Somebody of the old group is now one of the others, and one of the others may be of the new group. */
function narrowed(mode: number, otherOwner: boolean, otherGroup: boolean): number {
  let [owner, group, others] = [(mode >> 6) & 7, (mode >> 3) & 7, mode & 7];
  if (otherGroup) group = others = group & others;
  if (otherOwner) {
    group &= owner;
    others &= owner;
  }
  return (owner << 6) | (group << 3) | others;
}

/** Node knows nothing of ACLs; the system's own programs do. False when it could not be done as it should. */
function keepAcl(fd: number, path: string, isOwnersOwn: boolean): boolean {
  if (process.platform !== 'linux') return true;
  const marks = aclMarks(fd, path);
  if (marks === null || (!marks.old && !marks.made)) return true;
  if (!isOwnersOwn) return false;
  tool('cp', ['--attributes-only', '--preserve=mode', '--', path, MADE], fd);
  const now = aclMarks(fd, path);
  return now !== null && now.made === now.old;
}

const MADE = '/proc/self/fd/3';

/** Whether the files have ACLs, by the plus sign of `ls`, which is asked once; null where there is no `ls` to tell. */
function aclMarks(fd: number, path: string): { old: boolean; made: boolean } | null {
  const lines = (tool('ls', ['-ldL', '--', path, MADE], fd).stdout ?? '').split('\n');
  const at = lines.findIndex((line) => line.endsWith(` ${MADE}`));
  const [old, made] = [lines[at === 0 ? 1 : 0], lines[at]].map((line) => /^\S{10}(.)/.exec(line ?? ''));
  return old && made ? { old: old[1] === '+', made: made[1] === '+' } : null;
}

function tool(name: string, args: string[], fd: number): SpawnSyncReturns<string> {
  // Fetched when needed: most runs replace nothing.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(name, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore', fd],
    timeout: 10_000,
  });
}
