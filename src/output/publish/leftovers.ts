import fs from 'node:fs';
import { acquireLock } from './lock.ts';
import { removeJournal } from './remove.ts';
import type { OutputTarget } from './target.ts';

/**
 * Clears up after a run that was killed between its last two steps: the output stands, and its journal and lock
 * still lie beside it. A journal with a partial file is no leftover. Whatever cannot be removed stays.
 */
export function removeLeftovers(target: OutputTarget): void {
  const { journal, lock, partial } = target;
  if (!fs.existsSync(journal) && !fs.existsSync(lock)) return;
  try {
    const held = acquireLock(target);
    try {
      if (!fs.existsSync(partial)) removeJournal(target);
    } finally {
      held.release();
    }
  } catch {
    // Held by a run that lives, or not ours to remove.
  }
}
