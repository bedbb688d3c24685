import type fs from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fingerprintChange, type InputIdentity } from '../../input/identity.ts';
import { closeQuietly, readFully } from '../../io/files.ts';
import { errnoOf, systemReason } from '../../io/io-error.ts';
import {
  decodeJournal,
  emptyWork,
  type JournalHeader,
  type PlanIdentity,
  type SavedWork,
} from './journal.ts';
import type { OutputTarget } from './target.ts';
import { distrust, openWarily } from './trust.ts';

export interface ResumeDecision {
  work: SavedWork;
  /** Bytes of the journal to go on with; 0: start afresh. */
  journalEnd: number;
  /** Why what lies there is of no use, or null when there is nothing or all of it is used. */
  reason: string | null;
}

/**
 * Looks whether an interrupted run left a journal and a partial file from which this very job can go on. `owner` is
 * that of the files which this process makes there.
 */
export function decideResume(
  target: OutputTarget,
  plan: PlanIdentity,
  inputs: readonly InputIdentity[],
  partial: fs.BigIntStats | null,
  owner: number,
): ResumeDecision {
  const fresh = (reason: string | null): ResumeDecision => ({ work: emptyWork(), journalEnd: 0, reason });
  const bytes = readJournal(target.journal, owner);
  if (bytes === null || typeof bytes === 'string') return fresh(bytes);
  // Room that was taken, and nothing said in it.
  if (bytes.length === 0 || bytes[0] === 0) return fresh(null);
  const { header, work, end } = decodeJournal(bytes);
  if (header === null) return fresh(`${basename(target.journal)} cannot be read`);
  const reason =
    planChange(header.plan, plan) ??
    partialChange(target, header, work, partial, owner) ??
    inputsChange(header, inputs);
  return reason === null ? { work, journalEnd: end, reason: null } : fresh(reason);
}

/** More than any of ours; a sparse file can pretend to anything. */
const LARGEST_JOURNAL = 256 * 1024 * 1024;

/** Its bytes; a text says why it is of no use; null when there is none. */
function readJournal(path: string, owner: number): Buffer | string | null {
  let fd: number | undefined;
  try {
    const found = openWarily(path);
    if (found === null || typeof found === 'string') return found;
    fd = found.fd;
    const reason = distrust(path, found.stats, owner);
    if (reason !== null) return reason;
    if (found.stats.size > LARGEST_JOURNAL) return `${basename(path)} is too large`;
    const bytes = Buffer.alloc(Number(found.stats.size));
    return bytes.subarray(0, readFully(fd, bytes, 0));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return `${basename(path)} cannot be read: ${systemReason(error)}`;
  } finally {
    if (fd !== undefined) closeQuietly(fd);
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
  owner: number,
): string | null {
  const name = basename(target.partial);
  if (partial === null) return `${name} is gone`;
  const reason = distrust(target.partial, partial, owner);
  if (reason !== null) return reason;
  if (String(partial.ino) !== header.partial) return `${name} is not the file that the journal is about`;
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
