import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { readFully } from '../files.ts';
import type { RunOptions } from '../options/types.ts';
import { type InputIdentity, inputIdentity } from '../output/publish/index.ts';
import { openArrowFile } from './arrow-file.ts';
import { openArrowStreamFile } from './arrow-stream.ts';
import type { ArrowFile } from './arrow-table.ts';
import { type ByteSource, byteSource } from './byte-source.ts';
import { type CsvFile, type CsvReading, openCsvFile } from './csv-file.ts';
import { pipePieces } from './pieces.ts';
import { HEAD_LENGTH, recognise } from './recognise.ts';
import { STDIN, stdinIsFile, stdinPieces } from './stdin.ts';

interface Opened {
  /** -1 where there is no file that can be read anywhere: `source` has the bytes. */
  fd: number;
  /** To find out whether the file was changed since; null when it cannot be read again. */
  identity: InputIdentity | null;
  close(): void;
}

export type ArrowInput = ArrowFile & Opened;
export type CsvInput = CsvFile & Opened;

/** An input whose metadata has been read, and the open file. */
export type Input = ArrowInput | CsvInput;

export type InputOptions = Pick<RunOptions, 'inputFormat' | 'allowMissingEos'> & CsvReading;

/**
 * Opens a file, or `-` for standard input, and reads its metadata. Where bytes have yet to come it waits for the first
 * of them, until `signal` is aborted.
 * @throws LogitmillError INPUT_MISSING, INPUT_UNREADABLE, INPUT_EMPTY, INPUT_NOT_RECOGNISED, INPUT_CORRUPT,
 * INPUT_UNSUPPORTED, or the signal's reason
 */
export async function openInput(path: string, options: InputOptions, signal?: AbortSignal): Promise<Input> {
  const opened = openBytes(path);
  const name = path === STDIN ? 'standard input' : path;
  return 'source' in opened
    ? await openSource(opened.source, name, options, signal)
    : openFile(opened.fd, path, name, options);
}

/** Likewise, where only Arrow will do. */
export async function openArrowInput(
  path: string,
  options: Pick<RunOptions, 'inputFormat' | 'allowMissingEos'>,
  signal?: AbortSignal,
): Promise<ArrowInput> {
  const reading = {
    delimiter: undefined,
    header: 'auto',
    quote: '"',
    nullValues: [],
    types: new Map(),
  } as const;
  const input = await openInput(path, { ...options, ...reading }, signal);
  if (input.format !== 'csv') return input;
  input.close();
  throw new LogitmillError('INPUT_UNSUPPORTED', 'is CSV; only Arrow files can be validated', { file: path });
}

/** A file that can be read anywhere. */
function openFile(fd: number, path: string, name: string, options: InputOptions): Input {
  const close = (): void => (path === STDIN ? undefined : fs.closeSync(fd));
  try {
    const { size } = fs.fstatSync(fd);
    const identity = inputIdentity(path, fd, () => metadataText(file));
    const file = describeFile(fd, name, size, options);
    return { ...file, fd, identity, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Bytes in order: what they are, the first of them say. */
async function openSource(
  source: ByteSource,
  path: string,
  options: InputOptions,
  signal: AbortSignal | undefined,
): Promise<Input> {
  const letGo = (): void => source.close();
  signal?.addEventListener('abort', letGo, { once: true });
  const close = (): void => {
    signal?.removeEventListener('abort', letGo);
    source.close();
  };
  try {
    signal?.throwIfAborted();
    const head = (await source.peek(HEAD_LENGTH)).subarray(0, HEAD_LENGTH);
    const kind = options.inputFormat ?? recognise(head, path);
    switch (kind) {
      // An Arrow file, too, is read as the stream that it contains.
      case 'arrow':
      case 'stream':
        throw new LogitmillError('INPUT_UNSUPPORTED', 'Arrow from a pipe is not supported yet', {
          file: path,
        });
      default:
        throw new LogitmillError('INPUT_UNSUPPORTED', `${kind} from a pipe is not supported yet`, {
          file: path,
        });
    }
  } catch (error) {
    close();
    signal?.throwIfAborted();
    throw error;
  }
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

/** A file, or what only comes in order: a pipe, named or not. */
function openBytes(path: string): { fd: number } | { source: ByteSource } {
  if (path === STDIN) return stdinIsFile() ? { fd: 0 } : { source: byteSource(stdinPieces()) };
  try {
    // A named pipe is opened without waiting for its writer: else no signal would be heard meanwhile.
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    if (stats.isFIFO()) return { source: byteSource(pipePieces(fd, path)) };
    if (!stats.isDirectory()) return { fd };
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
