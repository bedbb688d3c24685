import fs from 'node:fs';
import { LogitmillError } from '../../errors.ts';
import { closeQuietly, readFully } from '../../io/files.ts';
import { behindLinks } from '../../io/links.ts';
import { decodeJournal } from './journal.ts';
import { acquireLock, describeLock, isLockOfOurs } from './lock.ts';
import { removeIfThere, removeJournal } from './remove.ts';
import { type OutputTarget, oldSideNames, sideNames } from './target.ts';
import { openWarily } from './trust.ts';

/**
 * Clears up after a run that was killed between its last two steps: the output stands, and its journal and lock
 * still lie beside it. A journal with a partial file is no leftover, unless that is the output itself under its old
 * name. Whatever cannot be removed stays.
 */
export function removeLeftovers(target: OutputTarget): void {
  const { path, journal, lock, partial } = target;
  const old = oldSideNames(path);
  const isThere = [journal, lock, ...(old ? [old.lock, old.journal] : [])].some((name) =>
    fs.existsSync(name),
  );
  if (!isThere && !isSameFile(partial, path)) return;
  try {
    const held = acquireLock(target);
    try {
      adoptOld(target);
      if (isSameFile(partial, path)) removeIfThere(partial);
      if (!fs.existsSync(partial)) removeJournal(target);
    } finally {
      held.release();
    }
  } catch {
    // Held by a run that lives, or not ours to remove.
  }
}

function isSameFile(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) =>
    fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

/**
 * Removes the locks of an output, whoever holds them; returns in words whose they were.
 * @throws LogitmillError LOCKED when the run that holds one is alive, as seen from here
 */
export function removeLocks(output: string): string[] {
  const path = behindLinks(output);
  const removed: string[] = [];
  for (const lock of [sideNames(path).lock, ...[oldSideNames(path)?.lock ?? []].flat()]) {
    const found = describeLock(lock);
    if (found?.isAlive)
      throw new LogitmillError('LOCKED', `the run that holds it is at work: ${found.who}`, {
        file: output,
        hint: 'stop that run first',
      });
    for (const name of [lock, `${lock}.takeover`, `${lock}.new`]) removeIfThere(name);
    if (found) removed.push(found.who);
  }
  return removed;
}

/**
 * What version 0.1 left, under names that are not hidden, comes under today's, to be gone on with or cleaned up. Only
 * what is certainly its: beside a journal that tells of the partial file, or a lock. The caller holds the lock.
 */
export function adoptOld(target: OutputTarget): void {
  const old = oldSideNames(target.path);
  if (!old) return;
  const isOurs = isLockOfOurs(old.lock) || isJournalOf(old.journal, old.partial);
  if (!isOurs) return;
  for (const kind of ['partial', 'journal'] as const) {
    if (fs.lstatSync(old[kind], { throwIfNoEntry: false })?.isFile() !== true) continue;
    if (fs.existsSync(target[kind])) removeIfThere(old[kind]);
    else fs.renameSync(old[kind], target[kind]);
  }
  removeIfThere(`${old.journal}.new`);
  removeIfThere(old.lock);
}

const LONGEST_HEADER = 2 ** 20;

function isJournalOf(journal: string, partial: string): boolean {
  const found = openWarily(journal);
  if (found === null || typeof found === 'string') return false;
  try {
    const bytes = Buffer.alloc(Math.min(Number(found.stats.size), LONGEST_HEADER));
    if (!found.stats.isFile() || readFully(found.fd, bytes, 0) === 0) return false;
    const { header } = decodeJournal(bytes);
    const named = fs.lstatSync(partial, { bigint: true, throwIfNoEntry: false });
    return header !== null && (named === undefined || String(named.ino) === header.partial);
  } finally {
    closeQuietly(found.fd);
  }
}
