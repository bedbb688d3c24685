import fs from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fingerprintChange, type InputIdentity } from '../../input/identity.ts';
import { errnoOf } from '../../io/io-error.ts';
import {
  decodeJournal,
  emptyWork,
  type JournalHeader,
  type PlanIdentity,
  type SavedWork,
} from './journal.ts';
import type { OutputTarget } from './target.ts';

export interface ResumeDecision {
  work: SavedWork;
  /** Bytes of the journal to go on with; 0: start afresh. */
  journalEnd: number;
  /** Why what lies there is of no use, or null when there is nothing or all of it is used. */
  reason: string | null;
}

/** Looks whether an interrupted run left a journal and a partial file from which this very job can go on. */
export function decideResume(
  target: OutputTarget,
  plan: PlanIdentity,
  inputs: readonly InputIdentity[],
  partial: fs.BigIntStats | null,
): ResumeDecision {
  const bytes = readJournal(target.journal);
  const fresh = (reason: string | null): ResumeDecision => ({ work: emptyWork(), journalEnd: 0, reason });
  if (bytes === null) return fresh(null);
  const { header, work, end } = decodeJournal(bytes);
  if (header === null) return fresh(`${basename(target.journal)} cannot be read`);
  const reason =
    planChange(header.plan, plan) ??
    partialChange(target, header, work, partial) ??
    inputsChange(header, inputs);
  return reason === null ? { work, journalEnd: end, reason: null } : fresh(reason);
}

function readJournal(path: string): Buffer | null {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    return fs.readFileSync(fd);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    // A link, a folder, something unreadable: not a journal of ours.
    if (errnoOf(error) !== undefined) return Buffer.alloc(0);
    throw error;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function planChange(saved: PlanIdentity, now: PlanIdentity): string | null {
  if (saved.version !== now.version)
    return `the interrupted run was of version ${saved.version}, this is ${now.version}`;
  if (saved.kernel !== now.kernel)
    return `the interrupted run computed with kernel ${saved.kernel}, this one with ${now.kernel}`;
  const current: PlanIdentity = JSON.parse(JSON.stringify(now));
  for (const name of new Set([...Object.keys(saved.options), ...Object.keys(current.options)])) {
    const [before, after] = [saved.options[name], current.options[name]];
    if (!isDeepStrictEqual(before, after))
      return `${name} was ${JSON.stringify(before) ?? 'not given'} and is ${JSON.stringify(after) ?? 'not given'}`;
  }
  return isDeepStrictEqual(saved, current) ? null : 'the work is divided in another way';
}

function partialChange(
  target: OutputTarget,
  header: JournalHeader,
  work: SavedWork,
  partial: fs.BigIntStats | null,
): string | null {
  const name = basename(target.partial);
  if (partial === null) return `${name} is gone`;
  if (!partial.isFile() || String(partial.ino) !== header.partial)
    return `${name} is not the file that the journal is about`;
  const wanted = header.plan.bytes ?? work.size;
  const size = Number(partial.size);
  return size < wanted || (header.plan.bytes !== null && size > wanted)
    ? `${name} has ${size} bytes and should have ${wanted}`
    : null;
}

function inputsChange(header: JournalHeader, inputs: readonly InputIdentity[]): string | null {
  if (header.inputs.length !== inputs.length) return 'the number of inputs differs';
  for (const [index, input] of inputs.entries()) {
    const change = fingerprintChange(header.inputs[index]!, input.fingerprint());
    if (change !== null) return `the input ${input.path} changed since: ${change}`;
  }
  return null;
}
