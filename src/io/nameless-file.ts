import fs from 'node:fs';
import { join } from 'node:path';
import { closeQuietly } from './files.ts';
import { errnoOf } from './io-error.ts';

/** Linux's flag, which Node does not name, holds that of folders. */
const { O_DIRECTORY, O_RDWR } = fs.constants;
const O_TMPFILE = process.platform === 'linux' ? 0o20000000 | O_DIRECTORY : null;

/** How a file system, or an old kernel, says that it knows no such files. */
const NOT_KNOWN = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'EINVAL', 'ENOSYS']);

/**
 * Opens a file that has no name in `folder`, whose file system it lies on: however the process ends, nothing of it is
 * left. Where there are none, a file that loses its name at once.
 */
export function openNameless(folder: string, mode = 0o600): number {
  if (O_TMPFILE !== null) {
    try {
      return fs.openSync(folder, O_TMPFILE | O_RDWR, mode);
    } catch (error) {
      if (!NOT_KNOWN.has(errnoOf(error) ?? '')) throw error;
    }
  }
  const path = join(folder, `.logitmill-${crypto.randomUUID()}.scratch`);
  const fd = fs.openSync(path, 'wx+', mode);
  try {
    fs.unlinkSync(path);
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
  return fd;
}
