import fs from 'node:fs';
import { basename } from 'node:path';
import { closeQuietly } from '../../io/files.ts';
import { errnoOf } from '../../io/io-error.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** How files beside an output are opened: no link is followed, and no pipe or device is waited for. */
export const WARILY = O_NOFOLLOW | O_NONBLOCK;

/**
 * Why a file found beside the output may be somebody else's making, or null. In a folder that others can write to,
 * anybody can put a partial file and a journal there, with checksums that fit.
 *
 * @param owner of the files that this process makes there
 */
export function distrust(path: string, stats: fs.BigIntStats, owner: number): string | null {
  const name = basename(path);
  if (stats.isSymbolicLink()) return `${name} is a link`;
  if (!stats.isFile()) return `${name} is no regular file`;
  if (stats.uid !== BigInt(owner)) return `${name} belongs to another user`;
  if (stats.nlink !== 1n) return `${name} has another name too`;
  return (stats.mode & 0o022n) === 0n ? null : `${name} can be written to by others`;
}

export interface FoundFile {
  fd: number;
  stats: fs.BigIntStats;
}

/** Opens what lies there, if anything; a text says that it is no file to be opened. Throws what `fs` throws. */
export function openWarily(path: string, flags = O_RDONLY): FoundFile | string | null {
  let fd: number;
  try {
    fd = fs.openSync(path, flags | WARILY);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return null;
    if (errno === 'ELOOP') return `${basename(path)} is a link`;
    if (errno === 'ENXIO') return `${basename(path)} is no regular file`;
    throw error;
  }
  try {
    return { fd, stats: fs.fstatSync(fd, { bigint: true }) };
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}
