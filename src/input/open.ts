import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { fileReader } from '../io/byte-reader.ts';
import { closeQuietly } from '../io/files.ts';
import { describeInputError, systemReason } from '../io/io-error.ts';
import { shellQuoted } from '../io/shell.ts';
import { inTurns } from '../io/steps.ts';
import type { InputFormatName, RunOptions } from '../options/types.ts';
import type { Table } from './arrow/table.ts';
import { type Archive, archiveOf, isArchive } from './bytes/archive.ts';
import { type ByteSource, byteSource, type Pieces } from './bytes/byte-source.ts';
import { inflatePieces } from './bytes/decompress.ts';
import { spool } from './bytes/spool.ts';
import { STDIN, stdinIsFile, stdinPieces } from './bytes/stdin.ts';
import { filePieces, pipePieces } from './bytes/streams.ts';
import type { CsvFile } from './csv/types.ts';
import type { DescribedInput, ReadingOptions } from './format.ts';
import { formatNamed } from './formats.ts';
import { type InputIdentity, inputIdentity } from './identity.ts';
import { HEAD_LENGTH, type InputKind, recognise } from './recognise.ts';

interface Opened {
  /** -1 where there is no file that can be read anywhere: `source` has the bytes. */
  fd: number;
  /** To find out whether the file was changed since; null when it cannot be read again. */
  identity: InputIdentity | null;
  close(): void;
}

export type ArrowInput = Table & Opened;
export type CsvInput = CsvFile & Opened;

/** An input whose metadata has been read, and the open file. */
export type Input = ArrowInput | CsvInput;

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
  options: ReadingOptions,
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
    decimal: '.',
    nullValues: [],
    types: new Map(),
  } as const;
  const input = await openInput(path, { ...options, ...reading }, signal, onRecognised);
  if (input.kind === 'table') return input;
  input.close();
  throw new LogitmillError('INPUT_UNSUPPORTED', 'is CSV; only Arrow files can be validated', { file: path });
}

/** A file that can be read anywhere, unless it is compressed as a whole. */
async function openFile(
  fd: number,
  path: string,
  name: string,
  options: ReadingOptions,
  signal: AbortSignal | undefined,
  onRecognised: OnRecognised | undefined,
): Promise<Input> {
  const close = (): void => (path === STDIN ? undefined : closeQuietly(fd));
  try {
    const { size } = fs.fstatSync(fd);
    const file = fileReader(fd, name, size);
    let facts: DescribedInput | undefined;
    const identity = inputIdentity(path, fd, () => metadataText(facts));
    const head = new Uint8Array(Math.min(size, HEAD_LENGTH));
    const kind = kindOf(head.subarray(0, file.read(head, 0)), name, options);
    await onRecognised?.(kind, size);
    if (isArchive(kind)) {
      const source = byteSource(inflatePieces(filePieces(fd), kind, name));
      const input = await openSource(source, { name, size, fd, identity, close }, options, signal);
      facts = input;
      return input;
    }
    facts = await inTurns(formatNamed(kind).describe(file, options), signal);
    return { ...facts, fd, identity, close };
  } catch (error) {
    close();
    throw describeInputError(error, name);
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
  options: ReadingOptions,
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
    if (isArchive(kind)) {
      if (size !== null)
        throw new LogitmillError('INPUT_UNSUPPORTED', `is compressed twice, the inner time by ${kind}`, {
          file: name,
        });
      return await openSource(inflated(source, kind, name), { name, size, ...beneath }, options, signal);
    }
    const described = formatNamed(kind).describeInOrder?.(source, name, size, options, signal);
    if (described) return { ...(await described), ...beneath, close };
    return await openSpooled(kind, source, { name, size, ...beneath }, options, close, signal);
  } catch (error) {
    source.close();
    signal?.removeEventListener('abort', letGo);
    signal?.throwIfAborted();
    throw error;
  }
}

/** What is read from its end, in several places at a time, or twice, is kept in a temporary file first. */
async function openSpooled(
  kind: InputFormatName,
  source: ByteSource,
  { name, identity }: Beneath,
  options: ReadingOptions,
  close: () => void,
  signal: AbortSignal | undefined,
): Promise<Input> {
  const { fd, size } = await spool(source);
  const closeAll = (): void => {
    closeQuietly(fd);
    close();
  };
  try {
    const facts = await inTurns(formatNamed(kind).describe(fileReader(fd, name, size), options), signal);
    return { ...facts, fd, identity, close: closeAll };
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
function kindOf(head: Uint8Array, name: string, { inputFormat }: ReadingOptions): InputKind {
  return archiveOf(head, name) ?? inputFormat ?? recognise(head, name);
}

/** What the plan is made from; an Arrow footer's blocks are in the hash of the last 64 KiB, and in the file's size. */
function metadataText(file: DescribedInput | undefined): Uint8Array {
  const facts = !file
    ? null
    : file.kind === 'text'
      ? file.description
      : [file.schema, file.rows, file.batches.count];
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  return new TextEncoder().encode(JSON.stringify(facts, plain));
}

/** Node makes texts of names: what is not UTF-8 in them is lost. */
function missing(path: string, cause: unknown): LogitmillError {
  if (!path.includes('\ufffd'))
    return new LogitmillError('INPUT_MISSING', 'no such file', { file: path, cause });
  return new LogitmillError('INPUT_UNREADABLE', 'cannot be opened: its name is not UTF-8', {
    file: path,
    hint: 'rename it, or read it from standard input',
    cause,
  });
}

/** A file, or what only comes in order: a pipe, named or not. */
function openBytes(path: string): { fd: number } | { source: ByteSource } {
  if (path === STDIN && fs.fstatSync(0).isDirectory())
    throw new LogitmillError('INPUT_UNREADABLE', 'is a folder', {
      file: 'standard input',
      hint: 'name the folder',
    });
  if (path === STDIN) return stdinIsFile() ? { fd: 0 } : { source: byteSource(stdinPieces()) };
  try {
    // A named pipe is opened without waiting for its writer: else no signal would be heard meanwhile.
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    if (stats.isFIFO()) return { source: byteSource(pipePieces(fd, path)) };
    if (!stats.isDirectory()) return { fd };
    closeQuietly(fd);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw missing(path, cause);
    throw new LogitmillError('INPUT_UNREADABLE', `cannot be read: ${systemReason(cause)}`, {
      file: path,
      cause,
    });
  }
  throw new LogitmillError('INPUT_UNREADABLE', 'is a folder', {
    file: path,
    hint: `the files in it: ${shellQuoted(path)}/*`,
  });
}
