import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { closeQuietly, readFully } from '../io/files.ts';
import type { RunOptions } from '../options/types.ts';
import { openArrowFile } from './arrow/file.ts';
import { openArrowStreamFile } from './arrow/stream.ts';
import type { ArrowFile } from './arrow/table.ts';
import { type ByteSource, byteSource, type Pieces } from './bytes/byte-source.ts';
import { type Archive, inflatePieces } from './bytes/decompress.ts';
import { spool } from './bytes/spool.ts';
import { STDIN, stdinIsFile, stdinPieces } from './bytes/stdin.ts';
import { filePieces, pipePieces } from './bytes/streams.ts';
import { type CsvFile, type CsvReading, openCsvFile, openCsvSource } from './csv/file.ts';
import { type InputIdentity, inputIdentity } from './identity.ts';
import { archiveOf, HEAD_LENGTH, type InputKind, recognise } from './recognise.ts';

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

export type InputOptions = Pick<RunOptions, 'inputFormat' | 'allowMissingEos'> &
  Partial<Pick<RunOptions, 'dim'>> &
  CsvReading;

/** Told what a file is and its bytes, before more of it is read. */
export type OnRecognised = (kind: InputKind, bytes: number) => Promise<void>;

/**
 * Opens a file, or `-` for standard input, and reads its metadata. Where bytes have yet to come it waits for the first
 * of them, until `signal` is aborted.
 * @throws LogitmillError INPUT_MISSING, INPUT_UNREADABLE, INPUT_EMPTY, INPUT_NOT_RECOGNISED, INPUT_CORRUPT,
 * INPUT_UNSUPPORTED, or the signal's reason
 */
export async function openInput(
  path: string,
  options: InputOptions,
  signal?: AbortSignal,
  onRecognised?: OnRecognised,
): Promise<Input> {
  const opened = openBytes(path);
  const name = path === STDIN ? 'standard input' : path;
  if ('fd' in opened) return await openFile(opened.fd, path, name, options, signal, onRecognised);
  const pipe = { name, size: null, fd: -1, identity: null, close: () => {} };
  return await openSource(opened.source, pipe, options, signal);
}

/** Likewise, where only Arrow will do. */
export async function openArrowInput(
  path: string,
  options: Pick<RunOptions, 'inputFormat' | 'allowMissingEos'>,
  signal?: AbortSignal,
  onRecognised?: OnRecognised,
): Promise<ArrowInput> {
  const reading = {
    delimiter: undefined,
    header: 'auto',
    quote: '"',
    nullValues: [],
    types: new Map(),
  } as const;
  const input = await openInput(path, { ...options, ...reading }, signal, onRecognised);
  if (input.format !== 'csv') return input;
  input.close();
  throw new LogitmillError('INPUT_UNSUPPORTED', 'is CSV; only Arrow files can be validated', { file: path });
}

/** A file that can be read anywhere, unless it is compressed as a whole. */
async function openFile(
  fd: number,
  path: string,
  name: string,
  options: InputOptions,
  signal: AbortSignal | undefined,
  onRecognised: OnRecognised | undefined,
): Promise<Input> {
  const close = (): void => (path === STDIN ? undefined : closeQuietly(fd));
  try {
    const { size } = fs.fstatSync(fd);
    let facts: ArrowFile | CsvFile | undefined;
    const identity = inputIdentity(path, fd, () => metadataText(facts));
    const head = new Uint8Array(Math.min(size, HEAD_LENGTH));
    const kind = kindOf(head.subarray(0, readFully(fd, head, 0)), name, options);
    await onRecognised?.(kind, size);
    if (kind === 'gzip' || kind === 'zstd') {
      const source = byteSource(inflatePieces(filePieces(fd), kind, name));
      const input = await openSource(source, { name, size, fd, identity, close }, options, signal);
      facts = input;
      return input;
    }
    facts = describeFile(kind, fd, name, size, options);
    return { ...facts, fd, identity, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** What a source stands for: a compressed file, or a pipe, of which nothing is known. */
interface Beneath extends Opened {
  name: string;
  size: number | null;
}

/** Bytes in order: what they are, the first of them say. */
async function openSource(
  source: ByteSource,
  { name, size, ...beneath }: Beneath,
  options: InputOptions,
  signal: AbortSignal | undefined,
): Promise<Input> {
  const letGo = (): void => source.close();
  signal?.addEventListener('abort', letGo, { once: true });
  const close = (): void => {
    signal?.removeEventListener('abort', letGo);
    source.close();
    beneath.close();
  };
  try {
    signal?.throwIfAborted();
    const head = (await source.peek(HEAD_LENGTH)).subarray(0, HEAD_LENGTH);
    const kind = kindOf(head, name, options);
    switch (kind) {
      case 'csv':
        if (isReadTwice(options))
          return await openSpooled(kind, source, { name, size, ...beneath }, options, close);
        return { ...(await openCsvSource(source, name, size, options)), ...beneath, close };
      case 'arrow':
      case 'stream':
        return await openSpooled(kind, source, { name, size, ...beneath }, options, close);
      default:
        if (size !== null)
          throw new LogitmillError('INPUT_UNSUPPORTED', `is compressed twice, the inner time by ${kind}`, {
            file: name,
          });
        return await openSource(inflated(source, kind, name), { name, size, ...beneath }, options, signal);
    }
  } catch (error) {
    source.close();
    signal?.removeEventListener('abort', letGo);
    signal?.throwIfAborted();
    throw error;
  }
}

/** A text has two dimensions; sums along its rows take two walks over it. */
function isReadTwice({ dim }: InputOptions): boolean {
  return dim === 0 || dim === -2;
}

/** Arrow is read from its end, or in several places at a time: it is kept in a temporary file first. */
async function openSpooled(
  kind: 'arrow' | 'stream' | 'csv',
  source: ByteSource,
  { name, identity }: Beneath,
  options: InputOptions,
  close: () => void,
): Promise<Input> {
  const { fd, size } = await spool(source);
  const closeAll = (): void => {
    closeQuietly(fd);
    close();
  };
  try {
    return { ...describeFile(kind, fd, name, size, options), fd, identity, close: closeAll };
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

/** What a pipe holds in compressed form. */
function inflated(source: ByteSource, archive: Archive, name: string): ByteSource {
  const pieces: Pieces = {
    async *[Symbol.asyncIterator]() {
      for (let piece = await source.read(); piece; piece = await source.read()) yield piece;
    },
    get taken() {
      return source.taken;
    },
    close: () => source.close(),
  };
  return byteSource(inflatePieces(pieces, archive, name));
}

/** Compressed is what looks so, whatever the user says is in it. */
function kindOf(head: Uint8Array, name: string, { inputFormat }: InputOptions): InputKind {
  return archiveOf(head) ?? inputFormat ?? recognise(head, name);
}

function describeFile(
  kind: Exclude<InputKind, Archive>,
  fd: number,
  path: string,
  size: number,
  options: InputOptions,
): ArrowFile | CsvFile {
  switch (kind) {
    case 'arrow':
      return openArrowFile(fd, path, size);
    case 'stream':
      return openArrowStreamFile(fd, path, size, { allowMissingEos: options.allowMissingEos });
    case 'csv':
      return openCsvFile(fd, path, size, options);
  }
}

/** What the plan is made from; an Arrow footer's blocks are in the hash of the last 64 KiB, and in the file's size. */
function metadataText(file: ArrowFile | CsvFile | undefined): Uint8Array {
  const facts = !file
    ? null
    : file.format === 'csv'
      ? file.description
      : [file.schema, file.rows, file.batches.count];
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
    closeQuietly(fd);
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
