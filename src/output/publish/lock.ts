import fs from 'node:fs';
import { basename } from 'node:path';
import { threadId } from 'node:worker_threads';
import { LogitmillError } from '../../errors.ts';
import { describeIoError, errnoOf } from '../../io/io-error.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from './process.ts';
import { removeIfThere } from './remove.ts';
import type { OutputTarget } from './target.ts';

/**
 * OUTPUT.lock names the one process that may write beside OUTPUT. The rules that make it hold:
 *
 * 1. A lock comes into being whole, by link(2) of a finished file: nobody ever reads half of one. Who holds it is
 *    who is named in it.
 * 2. A holder that lives removes its own lock; nobody else touches it.
 * 3. The lock of a dead process is replaced, never removed, and only by who holds OUTPUT.lock.takeover, a lock of
 *    the same kind; who has that looks again whether the dead one's lock still stands, then renames the takeover
 *    onto it: one step that takes the lock and gives up the takeover. Of two that find the same dead lock, one gets
 *    the takeover; the other, however late it wakes, finds another name in the lock. A process that dies with the
 *    takeover in hand leaves a dead lock like any other, to be taken over likewise.
 *
 * Reclaiming by unlink or rename alone, as common lock packages do, lets a late process remove a fresh lock
 * (moxystudio/node-proper-lockfile#121); flock(2) is not to be had in Node without native code.
 */
export interface OutputLock {
  /** False once somebody removed the lock by hand or took it: then the files beside OUTPUT are not ours any more. */
  isHeld(): boolean;
  /** Removes the lock if it is still ours; false when it could not be removed. Never throws. */
  release(): boolean;
}

interface Holder extends ProcessIdentity {
  thread: number;
  since: string;
}

/** The locks that this thread holds, across all copies of this module that it has loaded. */
const REGISTRY = Symbol.for('logitmill.locks');
const registry = globalThis as { [REGISTRY]?: Set<string> };
registry[REGISTRY] ??= new Set();
const held = registry[REGISTRY];

/** @throws LOCKED (exit 6), naming who holds it; NO_SPACE or OUTPUT_IO when the lock cannot be written. */
export function acquireLock(target: OutputTarget): OutputLock {
  // The counter from the kernel's clock sets apart several locks of one process.
  const mine: Holder & { id: string } = {
    ...ownIdentity(),
    thread: threadId,
    since: new Date().toISOString(),
    id: String(process.hrtime.bigint()),
  };
  const text = `${JSON.stringify({ logitmill: 'lock', ...mine })}\n`;
  const path = target.lock;
  try {
    held.add(text);
    take(target, path, text, 0);
  } catch (error) {
    // It may have come into being before the failure.
    for (const name of [path, takeoverOf(path)]) tryRemoveOwn(name, text);
    held.delete(text);
    throw describeIoError(error, target.name, `create ${basename(path)}`);
  }
  return {
    isHeld: () => readLock(path) === text,
    release: () => {
      held.delete(text);
      return tryRemoveOwn(path, text);
    },
  };
}

const ATTEMPTS = 200;
const PAUSE_MS = 5;
/** A lock without its end that stays so for half a second has no writer any more. */
const TORN_ATTEMPTS = 100;

function take(target: OutputTarget, path: string, text: string, depth: number): void {
  let holder: Holder | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    create(path, text);
    const found = readLock(path);
    if (found === text) return;
    if (found === undefined) continue;
    // Torn by a machine that lost its power, or, where link(2) is missing, being written this very moment.
    const isTorn = !found.endsWith('\n');
    if (isTorn && attempt < TORN_ATTEMPTS) {
      pause();
      continue;
    }
    holder = parseHolder(found);
    if (!isTorn && (holder === undefined || isHeldBy(holder, found))) break;
    if (depth < 4 && takeOver(target, path, found, text, depth)) return;
  }
  throw locked(target, path, holder);
}

/** `dead`: the lock as it was found. */
function takeOver(target: OutputTarget, path: string, dead: string, text: string, depth: number): boolean {
  const takeover = takeoverOf(path);
  take(target, takeover, text, depth + 1);
  if (readLock(path) !== dead) {
    removeOwn(takeover, text);
    return false;
  }
  fs.renameSync(takeover, path);
  return true;
}

const takeoverOf = (path: string): string => `${path}.takeover`;

/** Tries to bring `path` into being with `text`; whether it did, and not somebody else, its text tells. */
function create(path: string, text: string): void {
  // One name for all, so that a process killed here leaves nothing that the next one does not clear away. If two
  // are here at once, either may link the other's file: then that other one holds the lock, as the lock says.
  const draft = `${path}.new`;
  try {
    fs.writeFileSync(draft, text, { flag: 'wx' });
    fs.linkSync(draft, path);
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (NO_LINKS.has(errno)) createInPlace(path, text);
    else if (errno !== 'EEXIST' && errno !== 'ENOENT') throw error;
  } finally {
    removeIfThere(draft);
  }
}

/** What link(2) answers on FAT, on SMB, and on most user-space file systems. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function createInPlace(path: string, text: string): void {
  try {
    fs.writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Undefined when there is none. */
function readLock(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isHeldBy(holder: Holder, text: string): boolean {
  const liveness = livenessOf(holder);
  // Our own, given up, but it could not be removed at the time.
  const isOwn = liveness === 'alive' && holder.pid === process.pid && holder.thread === threadId;
  return liveness !== 'dead' && !(isOwn && !held.has(text));
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { logitmill, pid, thread, start, boot, namespace, host, since } = JSON.parse(text);
    const strings = [start, boot, namespace, host, since].every((value) => typeof value === 'string');
    if (logitmill !== 'lock' || !Number.isSafeInteger(pid) || pid <= 0 || !strings) return undefined;
    return { pid, thread, start, boot, namespace, host, since };
  } catch {
    return undefined;
  }
}

function removeOwn(path: string, text: string): void {
  if (readLock(path) === text) removeIfThere(path);
}

function tryRemoveOwn(path: string, text: string): boolean {
  try {
    removeOwn(path, text);
    return true;
  } catch {
    return false;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

function locked(target: OutputTarget, path: string, holder: Holder | undefined): LogitmillError {
  const file = target.name;
  const clear = `if no run is writing it any more: rm ${path}`;
  if (holder === undefined)
    return new LogitmillError('LOCKED', `${basename(path)} is there, and does not say which run holds it`, {
      file,
      hint: clear,
    });
  const who = `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  if (livenessOf(holder) !== 'unknown')
    return new LogitmillError('LOCKED', `another run is writing this output: ${who}`, {
      file,
      hint: `wait for it, or stop it: kill ${holder.pid}`,
    });
  const self = ownIdentity();
  const where =
    holder.boot !== '' && holder.boot === self.boot
      ? 'in another container of this machine'
      : `on another machine than this one (${self.host})`;
  return new LogitmillError(
    'LOCKED',
    `another run holds this output, ${where}: ${who}${lastWrite(target)}; from here it cannot be seen whether it still lives`,
    { file, hint: clear },
  );
}

/** A sign of life for a person to judge by: a run that works writes at least every few seconds. */
function lastWrite(target: OutputTarget): string {
  const times = [target.partial, target.journal].map(
    (path) => fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  const latest = Math.max(...times);
  return latest === 0 ? '' : `, last written ${new Date(latest).toISOString()}`;
}
