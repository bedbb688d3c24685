import { getSystemErrorMap } from 'node:util';
import { type ErrorCode, LogitmillError } from '../errors.ts';

const RESUMABLE = 'free some space, then run the same command again: it goes on where it stopped';

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
  ENAMETOOLONG: {
    code: 'OUTPUT_IO',
    text: 'the name is too long (OUTPUT.partial and OUTPUT.journal must fit too)',
    hint: 'choose a shorter output name',
  },
};

/** The errno's name, or undefined when `error` is not a system error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof LogitmillError) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  // An error from another thread arrives without its `code`; Node's messages begin with it.
  const name = typeof code === 'string' ? code : /^(E[A-Z0-9]+): /.exec(message)?.[1];
  return name !== undefined && /^E[A-Z0-9]+$/.test(name) ? name : undefined;
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

function systemText(errno: string): string {
  for (const [name, text] of getSystemErrorMap().values()) if (name === errno) return text;
  return 'the system refused';
}
