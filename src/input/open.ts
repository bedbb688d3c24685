import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import type { RunOptions } from '../options/types.ts';
import { openArrowFile } from './arrow-file.ts';
import type { ArrowFile } from './arrow-table.ts';

/** An input whose metadata has been read, and the open file. */
export interface Input extends ArrowFile {
  fd: number;
  close(): void;
}

/**
 * Opens a file and reads its metadata.
 * @throws LogitmillError INPUT_MISSING, INPUT_UNREADABLE, INPUT_EMPTY, INPUT_NOT_RECOGNISED, INPUT_CORRUPT, INPUT_UNSUPPORTED
 */
export function openInput(
  path: string,
  _options: Pick<RunOptions, 'inputFormat' | 'allowMissingEos'>,
): Input {
  const fd = openFile(path);
  try {
    const { size } = fs.fstatSync(fd);
    return { ...openArrowFile(fd, path, size), fd, close: () => fs.closeSync(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function openFile(path: string): number {
  try {
    const fd = fs.openSync(path, 'r');
    if (!fs.fstatSync(fd).isDirectory()) return fd;
    fs.closeSync(fd);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new LogitmillError('INPUT_MISSING', 'no such file', { file: path, cause });
    throw new LogitmillError('INPUT_UNREADABLE', `cannot be read: ${message}`, { file: path, cause });
  }
  throw new LogitmillError('INPUT_UNREADABLE', 'is a folder', {
    file: path,
    hint: `the files in it: ${path}/*`,
  });
}
