import fs from 'node:fs';
import { LogitmillError } from '../../errors.ts';
import { readFully, writeFully } from '../../io/files.ts';
import { fdatasync, fsyncFolder, writeAll } from './async-files.ts';
import { decodeJournal, encodeWork } from './journal.ts';
import { draftOf, removeIfThere } from './remove.ts';
import type { OutputTarget } from './target.ts';
import { distrust, WARILY } from './trust.ts';

/** Checkpoints pile up; beyond this, and three times what was last found worth keeping, they are thinned out. */
const COMPACT_BYTES = 16 * 1024 * 1024;

/** Tasks by the thousand. */
const RESERVED_BYTES = 64 * 1024;

/** OUTPUT.journal while it is written. It comes into being with the first record: most jobs end before. */
export class JournalFile {
  readonly #target: OutputTarget;
  readonly #header: () => Uint8Array[];
  readonly #owner: number;
  #fd: number | null = null;
  #end: number;
  #compactAt = COMPACT_BYTES;

  /**
   * `end`: bytes of the journal that stands already and is gone on with; 0 when there is none. `owner`: of the files
   * that this process makes there.
   */
  constructor(target: OutputTarget, header: () => Uint8Array[], end: number, owner: number) {
    this.#owner = owner;
    this.#target = target;
    this.#header = header;
    this.#end = end;
  }

  /** Whether a later run will find anything in it. */
  get hasRecords(): boolean {
    return this.#end > 0;
  }

  /** Returns when the records are durable. After a failure the journal says what it said before. */
  async append(records: Uint8Array): Promise<void> {
    const isNew = this.#end === 0;
    const bytes = isNew ? Buffer.concat([...this.#header(), records]) : records;
    this.#fd ??= this.#open();
    // Always at the end of the last whole record, so that what a failed write left behind is written over.
    await writeAll(this.#fd, bytes, this.#end);
    await fdatasync(this.#fd);
    // Makes the partial file's name durable as well.
    if (isNew) await fsyncFolder(this.#target.folder);
    this.#end += bytes.length;
    if (this.#end > this.#compactAt) await this.#compact();
  }

  /**
   * Takes the room that a journal of an ordinary job needs: when the disk is full, what was done could not be said any
   * more. To a reader it is a journal without a record.
   */
  reserve(): void {
    if (this.#end > 0) return;
    this.#fd = this.#open();
    writeFully(this.#fd, new Uint8Array(RESERVED_BYTES), 0);
  }

  #open(): number {
    const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
    const flags = this.#end === 0 ? O_CREAT | O_EXCL : 0;
    const fd = fs.openSync(this.#target.journal, O_RDWR | WARILY | flags, 0o600);
    const reason = distrust(this.#target.journal, fs.fstatSync(fd, { bigint: true }), this.#owner);
    if (reason !== null) {
      fs.closeSync(fd);
      throw new LogitmillError('OUTPUT_IO', reason, { file: this.#target.name });
    }
    // Takes away a torn tail.
    if (this.#end > 0) fs.ftruncateSync(fd, this.#end);
    return fd;
  }

  async #compact(): Promise<void> {
    const written = Buffer.alloc(this.#end);
    readFully(this.#fd as number, written, 0);
    const { work } = decodeJournal(written);
    const bytes = Buffer.concat([...this.#header(), ...encodeWork(work)]);
    const path = draftOf(this.#target.journal);
    removeIfThere(path);
    const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
    const fd = fs.openSync(path, O_RDWR | O_CREAT | O_EXCL | WARILY, 0o600);
    try {
      await writeAll(fd, bytes, 0);
      await fdatasync(fd);
      fs.renameSync(path, this.#target.journal);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    fs.closeSync(this.#fd!);
    this.#fd = fd;
    this.#end = bytes.length;
    this.#compactAt = Math.max(COMPACT_BYTES, 3 * bytes.length);
    await fsyncFolder(this.#target.folder);
  }

  close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}
