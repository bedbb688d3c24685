import fs from 'node:fs';
import { LogitmillError } from '../../errors.ts';
import type { OutputTarget } from './target.ts';

/**
 * Refuses a job that cannot fit, before any work. `available` are bytes that are in use now and will be the job's:
 * what an interrupted run has written already, or what a stale partial file gives back.
 *
 * @throws NO_SPACE with both numbers
 */
export function checkFreeSpace(target: OutputTarget, needed: number, available: number): void {
  const stats = freeSpaceOf(target.folder);
  // Some user-space file systems know nothing of their size.
  if (stats === null || stats.blocks === 0) return;
  // Blocks are counted in units of frsize, which Node gives from version 26 on only. Where the two differ, bsize is
  // the larger (virtiofs): the check then lets too much through, and never refuses what would fit.
  const free = stats.bavail * (stats.frsize ?? stats.bsize) + available;
  if (needed <= free) return;
  throw new LogitmillError(
    'NO_SPACE',
    `the output needs ${inBytes(needed)}, and ${target.folder} has ${inBytes(free)} free`,
    { file: target.name, hint: 'free some space, or choose a folder on another disk' },
  );
}

/** Null where the file system does not tell. */
function freeSpaceOf(folder: string): (fs.StatsFs & { frsize?: number }) | null {
  try {
    return fs.statfsSync(folder);
  } catch {
    return null;
  }
}

const inBytes = (bytes: number): string => `${Math.ceil(bytes).toLocaleString('en-US')} bytes`;
