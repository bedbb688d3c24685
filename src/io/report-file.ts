import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LogitmillError } from '../errors.ts';
import { closeQuietly, writeFully } from './files.ts';
import { describeIoError, errnoOf } from './io-error.ts';
import { behindLinks } from './links.ts';
import { openNameless } from './nameless-file.ts';
import { keepPermissions } from './permissions.ts';
import { writeInOrderAsync } from './pipe.ts';
import { patience } from './standard-stream.ts';

const { O_WRONLY, O_NONBLOCK, O_CREAT, O_EXCL, O_NOFOLLOW, O_NOCTTY } = fs.constants;

/**
 * A file beside the work: the summary, a trace, a report. Looked at before the work, written after it: whole, in one
 * step, or, where a device or a pipe stands in its place, in order.
 */
export class ReportFile {
  /** As the user wrote it. */
  readonly name: string;
  readonly #what: string;
  readonly #path: string;
  /** What is written to as it is, or null for a file that is replaced. */
  #fd: number | null = null;
  #isPipe = false;

  /**
   * @param what for messages: `summary`
   * @throws LogitmillError OUTPUT_UNWRITABLE, OUTPUT_FOLDER_MISSING when it could not be written at the end
   */
  constructor(name: string, what: string) {
    this.name = name;
    this.#what = what;
    this.#path = behindLinks(name);
    try {
      this.#open();
    } catch (error) {
      throw this.#describe(error);
    }
  }

  #open(): void {
    const stats = fs.statSync(this.#path, { throwIfNoEntry: false });
    if (stats?.isFIFO()) {
      this.#isPipe = true;
      this.#fd = this.#tryPipe();
    } else if (stats?.isDirectory()) {
      throw new LogitmillError('OUTPUT_UNWRITABLE', `the ${this.#what} cannot be written: it is a folder`, {
        file: this.name,
        hint: 'name a file in it',
      });
    } else if (stats === undefined || stats.isFile()) {
      if (!canReplace(this.#path, stats)) this.#fd = fs.openSync(this.#path, O_WRONLY | O_NOCTTY);
    } else this.#fd = fs.openSync(this.#path, O_WRONLY | O_NOCTTY);
  }

  /** Null while nobody has it open for reading. */
  #tryPipe(): number | null {
    try {
      return fs.openSync(this.#path, O_WRONLY | O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) !== 'ENXIO') throw error;
      return null;
    }
  }

  /**
   * Once. A reader of a pipe is waited for, until `signal` is aborted.
   * @throws LogitmillError OUTPUT_UNWRITABLE, NO_SPACE, OUTPUT_IO, OUTPUT_CLOSED; a file that was there is as it was
   */
  async write(text: string, signal?: AbortSignal): Promise<void> {
    try {
      const bytes = Buffer.from(text);
      if (this.#isPipe) await this.#writePipe(bytes, signal);
      else if (this.#fd === null) replace(this.#path, bytes);
      else {
        // A file in a folder that takes no new one.
        if (fs.fstatSync(this.#fd).isFile()) fs.ftruncateSync(this.#fd);
        await writeInOrderAsync(this.#fd, bytes, signal, patience(signal));
      }
    } catch (error) {
      throw this.#describe(error);
    } finally {
      if (this.#fd !== null) closeQuietly(this.#fd);
      this.#fd = null;
    }
  }

  async #writePipe(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const isLate = patience(signal);
    for (; this.#fd === null; this.#fd = this.#tryPipe()) {
      if (isLate()) throw signal?.reason;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await writeInOrderAsync(this.#fd, bytes, signal, isLate);
  }

  #describe(error: unknown): Error {
    if (error instanceof LogitmillError && error.code !== 'INTERRUPTED') return error;
    if (error instanceof LogitmillError)
      return new LogitmillError('OUTPUT_UNWRITABLE', `the ${this.#what} is not written: nobody reads it`, {
        file: this.name,
      });
    const errno = errnoOf(error);
    const folder = dirname(this.#path);
    if (errno === 'ENOENT')
      return new LogitmillError('OUTPUT_FOLDER_MISSING', `the folder ${folder} does not exist`, {
        file: this.name,
        hint: 'make the folder first',
      });
    return describeIoError(error, this.name, `write the ${this.#what}`);
  }
}

/** Whether a file can be made in its folder, and take its place. */
function canReplace(path: string, existing: fs.Stats | undefined): boolean {
  const folder = dirname(path);
  try {
    closeQuietly(openNameless(folder));
    if (existing === undefined) return true;
    const { mode, uid } = fs.statSync(folder);
    return (mode & 0o1000) === 0 || [0, existing.uid, uid].includes(process.geteuid?.() ?? 0);
  } catch (error) {
    if (existing === undefined || !['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) throw error;
    return false;
  }
}

function replace(path: string, bytes: Uint8Array): void {
  const draft = join(
    dirname(path),
    `.${basename(path).slice(0, 100)}.${crypto.randomUUID().slice(0, 8)}.tmp`,
  );
  const existing = fs.statSync(path, { throwIfNoEntry: false });
  const mode = existing ? existing.mode & 0o700 : 0o666;
  const fd = fs.openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    try {
      writeFully(fd, bytes, 0);
      if (existing) keepPermissions(fd, path, existing);
      fs.fdatasyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(draft, path);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
}
