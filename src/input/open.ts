import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { readFully } from '../files.ts';
import type { RunOptions } from '../options/types.ts';
import { type InputIdentity, inputIdentity } from '../output/publish/index.ts';
import { openArrowFile } from './arrow-file.ts';
import { openArrowStreamFile } from './arrow-stream.ts';
import type { ArrowFile } from './arrow-table.ts';
import { HEAD_LENGTH, recognise } from './recognise.ts';

/** An input whose metadata has been read, and the open file. */
export interface Input extends ArrowFile {
  fd: number;
  /** To find out whether the file was changed since. */
  identity: InputIdentity;
  close(): void;
}

/**
 * Opens a file and reads its metadata.
 * @throws LogitmillError INPUT_MISSING, INPUT_UNREADABLE, INPUT_EMPTY, INPUT_NOT_RECOGNISED, INPUT_CORRUPT, INPUT_UNSUPPORTED
 */
export function openInput(path: string, options: Pick<RunOptions, 'inputFormat' | 'allowMissingEos'>): Input {
  const fd = openFile(path);
  try {
    const { size } = fs.fstatSync(fd);
    const identity = inputIdentity(path, fd, () => metadataText(file));
    const file = openTable(fd, path, size, options);
    return { ...file, fd, identity, close: () => fs.closeSync(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function openTable(
  fd: number,
  path: string,
  size: number,
  options: Pick<RunOptions, 'inputFormat' | 'allowMissingEos'>,
): ArrowFile {
  const head = new Uint8Array(Math.min(size, HEAD_LENGTH));
  const kind = options.inputFormat ?? recognise(head.subarray(0, readFully(fd, head, 0)), path);
  if (kind === 'stream')
    return openArrowStreamFile(fd, path, size, { allowMissingEos: options.allowMissingEos });
  if (kind === 'arrow') return openArrowFile(fd, path, size);
  throw new LogitmillError('INPUT_UNSUPPORTED', `${kind} is not supported yet`, { file: path });
}

/** What the plan is made from; the footer's blocks are in the hash of the last 64 KiB, and in the file's size. */
function metadataText({ schema, rows, batches }: ArrowFile): Uint8Array {
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  return new TextEncoder().encode(JSON.stringify([schema, rows, batches.count], plain));
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
