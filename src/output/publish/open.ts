import fs from 'node:fs';
import { basename } from 'node:path';
import { LogitmillError } from '../../errors.ts';
import type { InputIdentity } from '../../input/identity.ts';
import { describeIoError } from '../../io/io-error.ts';
import { newFileIn } from '../../io/permissions.ts';
import { emptyWork, encodeHeader, type PlanIdentity } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { adoptOld } from './leftovers.ts';
import type { OutputLock } from './lock.ts';
import { OutputFile } from './output-file.ts';
import { removeIfThere, removeJournal } from './remove.ts';
import { decideResume, type ResumeDecision } from './resume.ts';
import { checkFreeSpace } from './space.ts';
import { type OutputTarget, outputExists } from './target.ts';
import { distrust, openWarily, WARILY } from './trust.ts';

export interface OpenOptions {
  plan: PlanIdentity;
  inputs: readonly InputIdentity[];
  /** Bytes of output to expect where `plan.bytes` is null: for the check of free space only. */
  estimatedBytes?: number;
  /** Never go on from what an interrupted run left. */
  fresh?: boolean;
  /** False where no later run could go on (standard input): no journal is kept. */
  resumable?: boolean;
  /** How old finished work may grow before it is made durable; two seconds. Tests want less. */
  saveAfterMs?: number | undefined;
}

/**
 * Opens OUTPUT.partial, gone on with where an interrupted run of the same job left off, else made anew. The caller
 * holds the lock, and still holds it when this throws.
 *
 * @throws OUTPUT_EXISTS, NO_SPACE, OUTPUT_IO, INPUT_CHANGED
 */
export function openPartial(target: OutputTarget, lock: OutputLock, options: OpenOptions): OutputFile {
  const { plan, inputs, fresh = false, resumable = true } = options;
  try {
    // Another run may have published between the check of the path and the lock.
    if (!target.overwrite && lstat(target.path) !== null) throw outputExists(target);
    adoptOld(target);
    const { uid } = newFileIn(target.folder);
    const stale = lstat(target.partial);
    const decision: ResumeDecision =
      fresh || !resumable
        ? { work: emptyWork(), journalEnd: 0, reason: null }
        : decideResume(target, plan, inputs, stale, uid);
    const goesOn = decision.journalEnd > 0;
    const usable = stale !== null && (goesOn || stale.nlink === 1n) ? Number(stale.blocks) * 512 : 0;
    checkFreeSpace(target, plan.bytes ?? options.estimatedBytes ?? 0, usable);
    const expected = plan.bytes ?? options.estimatedBytes ?? 0;
    const fd = goesOn ? reopenPartial(target, stale, uid) : createPartial(target, plan.bytes);
    const header = (): Uint8Array[] =>
      encodeHeader({
        plan,
        inputs: inputs.map((input) => input.fingerprint()),
        partial: String(fs.fstatSync(fd, { bigint: true }).ino),
      });
    const journal = new JournalFile(target, header, decision.journalEnd, uid);
    if (resumable && expected >= WORTH_A_JOURNAL) reserveJournal(journal, target, fd, goesOn);
    return new OutputFile(target, lock, fd, journal, { ...decision, ...options, resumable });
  } catch (error) {
    throw describeIoError(error, target.name, `open ${basename(target.partial)}`);
  }
}

/** Bytes of output from which a job may last so long that it has a journal. */
const WORTH_A_JOURNAL = 2 ** 20;

function reserveJournal(journal: JournalFile, target: OutputTarget, fd: number, goesOn: boolean): void {
  try {
    journal.reserve();
  } catch (error) {
    journal.close();
    fs.closeSync(fd);
    if (!goesOn) {
      removeIfThere(target.partial);
      removeJournal(target);
    }
    throw error;
  }
}

function reopenPartial(target: OutputTarget, decided: fs.BigIntStats | null, owner: number): number {
  const found = openWarily(target.partial, fs.constants.O_RDWR);
  const isFile = found !== null && typeof found !== 'string';
  const isSame = isFile && found.stats.ino === decided?.ino && found.stats.dev === decided.dev;
  if (isSame && distrust(target.partial, found.stats, owner) === null) return found.fd;
  if (isFile) fs.closeSync(found.fd);
  throw new LogitmillError('OUTPUT_IO', `${basename(target.partial)} was replaced while it was looked at`, {
    file: target.name,
  });
}

/**
 * Always a new file, never a stale one emptied: what lies there may be a link to something else, or another user's.
 * Its whole length is claimed at once, so that a limit on file sizes shows before any work. Nobody else reads it before
 * it is published.
 */
function createPartial(target: OutputTarget, bytes: number | null): number {
  // The journal first: without it, nothing will ever take the partial file for work done.
  removeJournal(target);
  removeIfThere(target.partial);
  const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  const fd = fs.openSync(target.partial, O_RDWR | O_CREAT | O_EXCL | WARILY, 0o600);
  try {
    if (bytes !== null) fs.ftruncateSync(fd, bytes);
  } catch (error) {
    fs.closeSync(fd);
    removeIfThere(target.partial);
    throw error;
  }
  return fd;
}

function lstat(path: string): fs.BigIntStats | null {
  return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
}
