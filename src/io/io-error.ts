import os from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { type ErrorCode, LogitmillError } from '../errors.ts';

const RESUMABLE = 'free some space, then run the same command again';

/** What the usual causes mean to the person who has to act; every other errno keeps the system's own words. */
const CAUSES: Record<string, { code: ErrorCode; text: string; hint?: string }> = {
  ENOSPC: { code: 'NO_SPACE', text: 'no space left on the device', hint: RESUMABLE },
  EDQUOT: { code: 'NO_SPACE', text: 'the disk quota is used up', hint: RESUMABLE },
  EFBIG: {
    code: 'NO_SPACE',
    text: 'the file would be larger than is allowed here',
    hint: 'raise the limit (ulimit -f) or use a file system that takes larger files, then run the same command again',
  },
  EPIPE: { code: 'OUTPUT_CLOSED', text: 'nobody reads it any more' },
  EIO: { code: 'OUTPUT_IO', text: 'the device reports an input/output error' },
  EROFS: { code: 'OUTPUT_IO', text: 'the file system is read-only' },
  EACCES: { code: 'OUTPUT_IO', text: 'permission denied' },
  EPERM: { code: 'OUTPUT_IO', text: 'the system does not permit it' },
  EMFILE: {
    code: 'OUTPUT_IO',
    text: 'this process may not open more files',
    hint: 'raise the limit (ulimit -n 1024), or use fewer threads (--threads 1)',
  },
  ENAMETOOLONG: {
    code: 'OUTPUT_IO',
    text: 'the name is too long',
    hint: 'choose a shorter output name',
  },
};

/**
 * What libuv and Node have no name for; libuv then says `Unknown system error`, and only the number tells. By name of
 * Linux, whose numbers these are: file systems give them that live on a network, are encrypted, or are damaged.
 */
const LINUX_NAMES: Readonly<Record<number, string>> = {
  37: 'ENOLCK',
  52: 'EBADE',
  61: 'ENODATA',
  67: 'ENOLINK',
  70: 'ECOMM',
  72: 'EMULTIHOP',
  74: 'EBADMSG',
  77: 'EBADFD',
  78: 'EREMCHG',
  116: 'ESTALE',
  117: 'EUCLEAN',
  121: 'EREMOTEIO',
  122: 'EDQUOT',
  123: 'ENOMEDIUM',
  124: 'EMEDIUMTYPE',
  126: 'ENOKEY',
  127: 'EKEYEXPIRED',
  128: 'EKEYREVOKED',
  129: 'EKEYREJECTED',
  133: 'EHWPOISON',
};

/**
 * The errno's name (`errno 52` where it has none that is known), or undefined when `error` is not a system error: by
 * its number wherever that is given.
 */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof LogitmillError) return undefined;
  const { code, errno, message } = error as NodeJS.ErrnoException;
  // An error from another thread arrives without its `code`; Node's messages begin with it.
  const name = typeof code === 'string' ? code : /^(E[A-Z0-9]+): /.exec(message)?.[1];
  if (name !== undefined && /^E[A-Z0-9]+$/.test(name)) return name;
  const unknown = /^Unknown system error -(\d+)/.exec(message)?.[1];
  const number = typeof errno === 'number' ? -errno : unknown === undefined ? Number.NaN : Number(unknown);
  return Number.isSafeInteger(number) && number > 0 ? nameOf(number) : undefined;
}

function nameOf(number: number): string {
  const known = getSystemErrorMap().get(-number)?.[0];
  if (known !== undefined) return known;
  const linux = process.platform === 'linux' ? LINUX_NAMES[number] : undefined;
  const named = Object.entries(os.constants.errno).find(([, value]) => value === number)?.[0];
  return linux ?? named ?? `errno ${number}`;
}

/**
 * An I/O failure on the output's side as one line: `cannot ACTION: CAUSE`. `file` is the output as the user wrote
 * it; `action` says what was being done to which file ("write out.arrow.partial"). A LogitmillError comes back as
 * it is, and so does anything that is not a system error: that is a fault of ours, not of the disk.
 */
export function describeIoError(error: unknown, file: string, action: string): Error {
  const errno = errnoOf(error);
  if (errno === undefined) return error instanceof Error ? error : new Error(String(error));
  const { code, text, hint } = CAUSES[errno] ?? { code: 'OUTPUT_IO', text: systemText(errno) };
  return new LogitmillError(code, `cannot ${action}: ${text} (${errno})`, { file, hint, cause: error });
}

/** Runs `action`, which reads an input: where the system refuses, that is the input's fault. */
export function readingInput<T>(file: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw describeInputError(error, file);
  }
}

/** An I/O failure on the input's side; what is no system error comes back as it is. */
export function describeInputError(error: unknown, file: string | undefined): unknown {
  if (errnoOf(error) === undefined) return error;
  return new LogitmillError('INPUT_UNREADABLE', `cannot be read: ${systemReason(error)}`, {
    file,
    cause: error,
  });
}

/** Why the system refused. */
export function systemReason(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === undefined) return error instanceof Error ? error.message : String(error);
  return `${CAUSES[errno]?.text ?? systemText(errno)} (${errno})`;
}

/** Of what libuv has no words for. */
const TEXTS: Readonly<Record<string, string>> = {
  ESTALE: 'the file is gone from its server (stale file handle)',
  EUCLEAN: 'the file system is damaged',
  ENOLINK: 'the link to the server is cut',
  EREMOTEIO: 'the server reports an input/output error',
  EBADMSG: 'the file system is damaged (bad checksum)',
  ENOKEY: 'the key of the encrypted file is missing',
  EKEYEXPIRED: 'the key of the file system has expired',
  EKEYREVOKED: 'the key of the file system was revoked',
  EKEYREJECTED: 'the key of the file system was rejected',
  ENOMEDIUM: 'there is no medium in the drive',
};

function systemText(errno: string): string {
  if (TEXTS[errno] !== undefined) return TEXTS[errno];
  for (const [name, text] of getSystemErrorMap().values()) if (name === errno) return text;
  return 'the system refused';
}
