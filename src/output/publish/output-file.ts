import fs from 'node:fs';
import { basename } from 'node:path';
import type { BlockList } from '../../arrow/types.ts';
import { LogitmillError } from '../../errors.ts';
import type { InputIdentity } from '../../input/identity.ts';
import { describeIoError, errnoOf } from '../../io/io-error.ts';
import { keepPermissions, newFileIn, setMode } from '../../io/permissions.ts';
import type { BatchBlock, OutputPlan } from '../../layout/output-plan.ts';
import { finishFile } from '../finish.ts';
import type { LateNulls, Output } from '../output.ts';
import { fsyncFolder } from './async-files.ts';
import type { NewCheckpoint, SavedWork } from './journal.ts';
import type { JournalFile } from './journal-file.ts';
import { NO_LINKS, type OutputLock } from './lock.ts';
import { removeIfThere, removeJournal } from './remove.ts';
import { Saver } from './saver.ts';
import { type OutputTarget, outputExists } from './target.ts';

const SAVE = 'save the work done so far';

/**
 * The output while it is being made: OUTPUT.partial, of which some tasks may be done already, and the ways in which
 * it can end. Exactly one of `publish`, `keepForResume` and `discard` has to succeed; each gives up the lock.
 */
export class OutputFile implements Output {
  readonly inOrder = false;
  /** Of OUTPUT.partial, open for reading and writing. Threads of the process share it: write with positions only. */
  readonly fd: number;
  /** What an earlier run has done already and this one leaves out. */
  readonly saved: SavedWork;
  readonly resumed: boolean;
  /** Why an earlier run's work could not be used, for the user to read; null when there was none, or it is used. */
  readonly afreshBecause: string | null;

  readonly #target: OutputTarget;
  readonly #lock: OutputLock;
  readonly #journal: JournalFile;
  readonly #inputs: readonly InputIdentity[];
  readonly #saver: Saver;
  #isOpen = true;
  /** Of the finished output, once that is known. */
  #length: number | null = null;

  constructor(
    target: OutputTarget,
    lock: OutputLock,
    fd: number,
    journal: JournalFile,
    start: {
      work: SavedWork;
      reason: string | null;
      inputs: readonly InputIdentity[];
      resumable: boolean;
      saveAfterMs?: number | undefined;
    },
  ) {
    this.#target = target;
    this.#lock = lock;
    this.fd = fd;
    this.#journal = journal;
    this.#inputs = start.inputs;
    this.saved = start.work;
    this.afreshBecause = start.reason;
    this.resumed = journal.hasRecords;
    this.#saver = new Saver(fd, journal, start.resumable, start.saveAfterMs);
  }

  /** Where it lies, with the partial file beside it. */
  get folder(): string {
    return this.#target.folder;
  }

  isDone(task: number): boolean {
    return task < this.saved.below || this.saved.results.has(task);
  }

  /**
   * Says that all bytes of `task` are written, `bytes` of them. `result` (JSON) comes back in `saved.results` when a
   * later run goes on. Cheap; saving goes on in the background, every two seconds or so.
   *
   * @throws NO_SPACE, OUTPUT_IO when saving has failed meanwhile
   */
  record(task: number, result: unknown, bytes = 0): void {
    this.#saving(() => this.#saver.record(task, result, bytes));
  }

  /**
   * Says that there is a new state to be saved under `name`, in place of the one before. `make` is called when the
   * next saving begins, and must give a state that holds only what is finished by then. `bytes` were written for it.
   *
   * @throws NO_SPACE, OUTPUT_IO when saving has failed meanwhile
   */
  checkpoint(name: string, make: () => NewCheckpoint, bytes = 0): void {
    this.#saving(() => this.#saver.checkpoint(name, make, bytes));
  }

  /**
   * Null when there is room for another task. Else so much is finished and not yet durable that the disk has to
   * catch up: wait, then go on.
   *
   * @throws NO_SPACE, OUTPUT_IO when saving has failed meanwhile
   */
  room(): Promise<void> | null {
    return this.#saving(() => this.#saver.room());
  }

  /** Returns when `value` (JSON) and all that was recorded before are durable; it comes back in `saved.mark`. */
  async mark(value: unknown): Promise<void> {
    try {
      await this.#saver.save({ value });
    } catch (error) {
      throw this.#describe(error, SAVE);
    }
  }

  /** Tasks write to their places: nothing has to be there before. */
  async begin(): Promise<void> {}

  /** @throws NO_SPACE, OUTPUT_IO */
  finish(plan: OutputPlan, input: number, blocks: BlockList<BatchBlock>, nulls: LateNulls): number {
    try {
      this.#length = finishFile(this.fd, input, plan, blocks, nulls);
      return this.#length;
    } catch (error) {
      throw this.#describe(error, 'finish the output');
    }
  }

  /**
   * Makes the partial file, which has to be complete, the output: durable first, then in one step. Returns the
   * paths beside it that could not be removed. `signal` is looked at last thing before the rename.
   *
   * @throws INPUT_CHANGED, OUTPUT_EXISTS, LOCKED, NO_SPACE, OUTPUT_IO, or the signal's reason
   */
  async publish(options: { signal?: AbortSignal | undefined } = {}): Promise<string[]> {
    const { partial, path, folder, overwrite } = this.#target;
    try {
      await this.#saver.finish();
    } catch (error) {
      throw this.#describe(error, `make ${basename(partial)} durable`);
    }
    for (const input of this.#inputs) input.check();
    options.signal?.throwIfAborted();
    try {
      this.#checkBeforeRename();
      const existing = fs.lstatSync(path, { throwIfNoEntry: false });
      if (existing === undefined) setMode(this.fd, newFileIn(folder).mode);
      else keepPermissions(this.fd, path, existing);
      if (overwrite) fs.renameSync(partial, path);
      else this.#publishNew();
    } catch (error) {
      throw this.#describe(error, `rename ${basename(partial)} to ${basename(path)}`);
    }
    let failure: unknown = null;
    await fsyncFolder(folder).catch((error: unknown) => {
      failure = error;
    });
    const left = this.#end('journal');
    if (failure !== null)
      throw this.#describe(failure, `make the folder durable (${path} is whole, and in place)`);
    return left;
  }

  /**
   * Leaves the partial file and the journal for a later run, if there is anything in them to go on from; else
   * removes them. Returns whether they stay. Takes `withinMs` at most to save what was not saved yet. Never throws.
   */
  async keepForResume(withinMs = 1500): Promise<boolean> {
    if (!this.#isOpen) return false;
    if (!this.#isOurs()) {
      this.#end('nothing');
      return false;
    }
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), withinMs);
    });
    const saved = this.#saver.save().catch(() => undefined);
    const outcome = await Promise.race([saved, timeout]);
    clearTimeout(timer);
    if (outcome === 'late') {
      // The disk is busy with our files: they are closed, and the lock given up, when it is done with them.
      this.#isOpen = false;
      void saved.then(() => this.#end('nothing'));
      return this.#journal.hasRecords;
    }
    if (this.#journal.hasRecords) this.#end('nothing');
    else await this.discard();
    return this.#journal.hasRecords;
  }

  /** Removes the partial file and the journal. An old output stays as it was. Never throws. */
  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    await this.#saver.idle();
    this.#end('all');
  }

  /** The last look at everything that may have changed under our hands. */
  #checkBeforeRename(): void {
    const { name, path, partial, lock, overwrite } = this.#target;
    if (!this.#lock.isHeld())
      throw new LogitmillError(
        'LOCKED',
        `${basename(lock)} was removed or taken while this run was writing`,
        {
          file: name,
          hint: 'run again; only remove the lock of a run that is dead',
        },
      );
    const [open, named] = [fs.fstatSync(this.fd, { bigint: true }), fs.lstatSync(partial, { bigint: true })];
    if (open.ino !== named.ino || open.dev !== named.dev)
      throw new LogitmillError(
        'OUTPUT_IO',
        `${basename(partial)} was replaced while this run was writing it`,
        {
          file: name,
        },
      );
    if (this.#length !== null && open.size !== BigInt(this.#length))
      throw new LogitmillError(
        'OUTPUT_IO',
        `${basename(partial)} was cut or written to by somebody else: it has ${open.size} bytes and should have ${this.#length}`,
        { file: name },
      );
    if (!overwrite && fs.lstatSync(path, { throwIfNoEntry: false })) throw outputExists(this.#target);
  }

  /** By link(2), which replaces nothing, not even what appears this very moment; where there are no links, by rename. */
  #publishNew(): void {
    const { partial, path } = this.#target;
    try {
      fs.linkSync(partial, path);
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno === 'EEXIST') throw outputExists(this.#target);
      if (!NO_LINKS.has(errno)) throw error;
      fs.renameSync(partial, path);
      return;
    }
    try {
      fs.unlinkSync(partial);
    } catch {
      // The output stands; the next run clears its other name away.
    }
  }

  /** Closes everything, removes what shall go, and the lock; returns what could not be removed. */
  #end(remove: 'nothing' | 'journal' | 'all'): string[] {
    const { partial, journal, lock } = this.#target;
    this.#isOpen = false;
    const left: string[] = [];
    const attempt = (action: () => void, path?: string): void => {
      try {
        action();
      } catch {
        if (path !== undefined) left.push(path);
      }
    };
    attempt(() => fs.closeSync(this.fd));
    attempt(() => this.#journal.close());
    if (remove !== 'nothing' && this.#isOurs()) {
      attempt(() => removeJournal(this.#target), journal);
      if (remove === 'all') attempt(() => removeIfThere(partial), partial);
    }
    if (!this.#lock.release()) left.push(lock);
    return left;
  }

  /** Without the lock, what lies beside the output is another run's. */
  #isOurs(): boolean {
    try {
      return this.#lock.isHeld();
    } catch {
      return false;
    }
  }

  #saving<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#describe(error, SAVE);
    }
  }

  #describe(error: unknown, action: string): Error {
    return describeIoError(error, this.#target.name, action);
  }
}
