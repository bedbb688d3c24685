import fs from 'node:fs';
import { fdatasync, fsync } from './async-files.ts';
import { encodeCheckpoint, encodeMark, encodeTasks, type NewCheckpoint } from './journal.ts';
import type { JournalFile } from './journal-file.ts';

/** How old finished work may grow before it is saved, and how young a job is that needs no journal. */
const SAVE_AFTER_MS = 2000;
/** So many times older not yet saved, and the run hands out no more work: at most 5 s are lost to a kill. */
const PATIENCE = 1.75;
/**
 * So many bytes, and the disk is given them while the next ones are computed: the last sync of a job has little left
 * to wait for. In one sync at the end, 1 GiB took a third of the job's time (bench/, work `disk`).
 */
const FLUSH_BYTES = 64 * 1024 * 1024;
/** Bytes that may wait behind a sync until the disk's own speed is known: it should be done with them in a second. */
const FIRST_LIMIT = 4 * FLUSH_BYTES;

/**
 * Makes finished tasks durable while others run: first their data (fdatasync of the partial file), then the
 * journal's record that they are done. Never the other way round, so that the journal is right whatever dies when.
 */
export class Saver {
  readonly #fd: number;
  readonly #journal: JournalFile;
  readonly #hasJournal: boolean;
  readonly #saveAfter: number;
  #done: [task: number, result: unknown][] = [];
  readonly #checkpoints = new Map<string, () => NewCheckpoint>();
  #bytes = 0;
  #limit = FIRST_LIMIT;
  /** When the oldest work was recorded that is not in the journal, without what is being saved now. */
  #oldest = Number.POSITIVE_INFINITY;
  #oldestInSave = Number.POSITIVE_INFINITY;
  #saving: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failure: unknown = null;

  /** Without `hasJournal`, data is made durable as it comes, and nothing is kept of what was done. */
  constructor(fd: number, journal: JournalFile, hasJournal: boolean, saveAfter = SAVE_AFTER_MS) {
    this.#fd = fd;
    this.#journal = journal;
    this.#saveAfter = saveAfter;
    this.#hasJournal = hasJournal;
  }

  record(task: number, result: unknown, bytes: number): void {
    if (this.#hasJournal) this.#done.push([task, result]);
    this.#bytes += bytes;
    this.#touch();
  }

  checkpoint(name: string, make: () => NewCheckpoint, bytes = 0): void {
    if (this.#hasJournal) this.#checkpoints.set(name, make);
    this.#bytes += bytes;
    this.#touch();
  }

  #touch(): void {
    this.#throwFailure();
    this.#oldest = Math.min(this.#oldest, performance.now());
    this.#schedule();
  }

  /** By a timer, and not only at the next record: tasks may be long. */
  #schedule(): void {
    if (this.#saving !== null || this.#oldest === Number.POSITIVE_INFINITY) return;
    const wait = this.#oldest + this.#saveAfter - performance.now();
    if (wait <= 0) void this.#start(true);
    else if (this.#bytes >= FLUSH_BYTES) void this.#start(false);
    else this.#timer ??= setTimeout(() => this.#start(true), wait).unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Null when the next task may be handed out; else a promise to wait for before asking again. */
  room(): Promise<void> | null {
    this.#throwFailure();
    if (this.#saving === null) return null;
    const age = performance.now() - Math.min(this.#oldest, this.#oldestInSave);
    return age > PATIENCE * this.#saveAfter || this.#bytes > this.#limit ? this.#saving : null;
  }

  /** Returns when all that was recorded before the call is durable and in the journal, with `mark` if one is given. */
  async save(mark?: { value: unknown }): Promise<void> {
    if (!this.#hasJournal) return;
    // Nothing may come between the last look and the start: two at a time would write over each other's records.
    while (this.#saving !== null) await this.#saving;
    this.#throwFailure();
    await this.#start(true, mark);
    this.#throwFailure();
  }

  /** Waits until nothing is under way, and says nothing of failures. */
  async idle(): Promise<void> {
    while (this.#saving !== null) await this.#saving;
    this.#disarm();
  }

  /**
   * Returns when the whole file is durable. A failure is remembered: Linux reports a lost write once, and calls the
   * next sync a success, so after one failure nothing is ever called durable again.
   */
  async finish(): Promise<void> {
    await this.idle();
    this.#throwFailure();
    await fsync(this.#fd).catch((error: unknown) => {
      this.#failure = error;
    });
    this.#throwFailure();
  }

  /** Much data is made durable early, but only old work is worth a journal: most jobs end before. */
  #start(inJournal: boolean, mark?: { value: unknown }): Promise<void> {
    this.#disarm();
    this.#saving = this.#run(inJournal || this.#journal.hasRecords, mark)
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#saving = null;
        if (this.#failure === null) this.#schedule();
      });
    return this.#saving;
  }

  async #run(inJournal: boolean, mark?: { value: unknown }): Promise<void> {
    const started = performance.now();
    const bytes = this.#bytes;
    this.#bytes = 0;
    if (!this.#hasJournal) this.#oldest = Number.POSITIVE_INFINITY;
    // The snapshot is of this moment, before the first wait: of work that is finished, and of no other.
    const records = inJournal && this.#hasJournal ? this.#takeRecords(mark) : null;
    await fdatasync(this.#fd);
    this.#learn(bytes, performance.now() - started);
    if (records === null) return;
    if (records.length > 0) await this.#journal.append(records);
    this.#oldestInSave = Number.POSITIVE_INFINITY;
  }

  #takeRecords(mark?: { value: unknown }): Uint8Array {
    const records: Uint8Array[] = [];
    if (this.#done.length > 0) records.push(...encodeTasks(this.#done, fs.fstatSync(this.#fd).size));
    for (const [name, make] of this.#checkpoints) records.push(...encodeCheckpoint(name, make()));
    if (mark !== undefined) records.push(...encodeMark(mark.value));
    this.#done = [];
    this.#checkpoints.clear();
    this.#oldestInSave = this.#oldest;
    this.#oldest = Number.POSITIVE_INFINITY;
    // A copy: what a checkpoint refers to goes on changing.
    return Buffer.concat(records);
  }

  #learn(bytes: number, milliseconds: number): void {
    if (bytes < FLUSH_BYTES / 4) return;
    this.#limit = Math.max(FLUSH_BYTES, (bytes / Math.max(milliseconds, 1)) * 1000);
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}
