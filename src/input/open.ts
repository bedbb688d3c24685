import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { readFully } from '../files.ts';
import type { RunOptions } from '../options/types.ts';
import { type InputIdentity, inputIdentity } from '../output/publish/index.ts';
import { openArrowFile } from './arrow-file.ts';
import { openArrowStreamFile } from './arrow-stream.ts';
import type { ArrowFile } from './arrow-table.ts';
import { type CsvFile, type CsvReading, openCsvFile } from './csv-file.ts';
import { HEAD_LENGTH, recognise } from './recognise.ts';

interface Opened {
  fd: number;
  /** To find out whether the file was changed since. */
  identity: InputIdentity;
  close(): void;
}

export type ArrowInput = ArrowFile & Opened;
export type CsvInput = CsvFile & Opened;

/** An input whose metadata has been read, and the open file. */
export type Input = ArrowInput | CsvInput;

export type InputOptions = Pick<RunOptions, 'inputFormat' | 'allowMissingEos'> & CsvReading;

/**
 * Opens a file and reads its metadata.
 * @throws LogitmillError INPUT_MISSING, INPUT_UNREADABLE, INPUT_EMPTY, INPUT_NOT_RECOGNISED, INPUT_CORRUPT, INPUT_UNSUPPORTED
 */
export function openInput(path: string, options: InputOptions): Input {
  const fd = openFile(path);
  try {
    const { size } = fs.fstatSync(fd);
    const identity = inputIdentity(path, fd, () => metadataText(file));
    const file = describeFile(fd, path, size, options);
    return { ...file, fd, identity, close: () => fs.closeSync(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Likewise, where only Arrow will do. */
export function openArrowInput(
  path: string,
  options: Pick<RunOptions, 'inputFormat' | 'allowMissingEos'>,
): ArrowInput {
  const reading = {
    delimiter: undefined,
    header: 'auto',
    quote: '"',
    nullValues: [],
    types: new Map(),
  } as const;
  const input = openInput(path, { ...options, ...reading });
  if (input.format !== 'csv') return input;
  input.close();
  throw new LogitmillError('INPUT_UNSUPPORTED', 'is CSV; only Arrow files can be validated', { file: path });
}

function describeFile(fd: number, path: string, size: number, options: InputOptions): ArrowFile | CsvFile {
  const head = new Uint8Array(Math.min(size, HEAD_LENGTH));
  const kind = options.inputFormat ?? recognise(head.subarray(0, readFully(fd, head, 0)), path);
  switch (kind) {
    case 'arrow':
      return openArrowFile(fd, path, size);
    case 'stream':
      return openArrowStreamFile(fd, path, size, { allowMissingEos: options.allowMissingEos });
    case 'csv':
      return openCsvFile(fd, path, size, options);
    default:
      throw new LogitmillError('INPUT_UNSUPPORTED', `${kind} is not supported yet`, { file: path });
  }
}

/** What the plan is made from; an Arrow footer's blocks are in the hash of the last 64 KiB, and in the file's size. */
function metadataText(file: ArrowFile | CsvFile): Uint8Array {
  const facts = file.format === 'csv' ? file.description : [file.schema, file.rows, file.batches.count];
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  return new TextEncoder().encode(JSON.stringify(facts, plain));
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
