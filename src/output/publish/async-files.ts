// Promises over the callback functions of the default export, which tests can wrap; `fs.promises` they cannot.
import fs from 'node:fs';
import { errnoOf } from '../../io/io-error.ts';

type Done = (error: NodeJS.ErrnoException | null) => void;

const settle = (start: (done: Done) => void): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));

export const fdatasync = (fd: number): Promise<void> => settle((done) => fs.fdatasync(fd, done));

export const fsync = (fd: number): Promise<void> => settle((done) => fs.fsync(fd, done));

/** Writes all of `bytes` at `position`. */
export async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += await new Promise<number>((resolve, reject) =>
      fs.write(fd, bytes, done, bytes.length - done, position + done, (error, count) =>
        error === null ? resolve(count) : reject(error),
      ),
    );
  }
}

/** What fsync answers on a folder where the file system does not have it, or the user may not read the folder. */
const NO_FOLDER_SYNC = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
  'EBADF',
  'EACCES',
  'EPERM',
]);

/** Makes the names in a folder durable: files made, renamed and removed in it. */
export async function fsyncFolder(folder: string): Promise<void> {
  let fd: number | undefined;
  try {
    fd = fs.openSync(folder, 'r');
    await fsync(fd);
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(errnoOf(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

export function fsyncFolderSync(folder: string): void {
  let fd: number | undefined;
  try {
    fd = fs.openSync(folder, 'r');
    fs.fsyncSync(fd);
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(errnoOf(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
