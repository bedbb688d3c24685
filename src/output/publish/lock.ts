import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { threadId } from 'node:worker_threads';
import { LogitmillError } from '../../errors.ts';
import { closeQuietly } from '../../io/files.ts';
import { describeIoError, errnoOf } from '../../io/io-error.ts';
import { newFileIn } from '../../io/permissions.ts';
import { shellQuoted } from '../../io/shell.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from './process.ts';
import { removeIfThere } from './remove.ts';
import { type OutputTarget, oldSideNames } from './target.ts';
import { openWarily } from './trust.ts';

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
 * 4. A holder gives signs of life: every ten seconds it writes the lock's first byte again. A process that cannot be
 *    seen from here, on another host or in another container, counts as dead when there was none for a minute, by the
 *    clock of the file system alone.
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
  /** Seconds between signs of life; none in the locks of version 0.1. */
  heartbeat?: number | undefined;
}

const HEARTBEAT_SECONDS = 10;
/** Without a sign of life for so long, a holder that cannot be seen is dead. */
const PATIENCE_MS = 60_000;
/** No lock is longer. */
const LARGEST_LOCK = 4096;

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
    heartbeat: HEARTBEAT_SECONDS,
    id: String(process.hrtime.bigint()),
  };
  const text = `${JSON.stringify({ logitmill: 'lock', ...mine })}\n`;
  const path = target.lock;
  try {
    held.add(text);
    take(target, path, text, 0);
    refuseOld(target);
  } catch (error) {
    // It may have come into being before the failure.
    for (const name of [path, takeoverOf(path)]) tryRemoveOwn(name, text);
    held.delete(text);
    throw describeIoError(error, target.name, `create ${basename(path)}`);
  }
  const stopBeating = beat(path, text);
  return {
    isHeld: () => readLock(path)?.text === text,
    release: () => {
      stopBeating();
      held.delete(text);
      return tryRemoveOwn(path, text);
    },
  };
}

/** The lock as version 0.1 named it: one of a run that may live is respected. */
function refuseOld(target: OutputTarget): void {
  const path = oldSideNames(target.path)?.lock;
  if (path === undefined) return;
  const found = openable(path) ? readLock(path) : undefined;
  const holder = found && parseHolder(found.text);
  if (found && holder && isHeldBy(holder, found, path)) throw locked(target, path, holder, found);
}

/** Signs of life, by the open file: should another run have taken the lock, they reach nobody. */
function beat(path: string, text: string): () => void {
  let fd: number | null = null;
  const first = Buffer.from(text.slice(0, 1));
  const timer = setInterval(() => {
    try {
      fd ??= openOwn(path, text);
      if (fd === null) return;
      // Not a new time, which would be of this host's clock.
      fs.writeSync(fd, first, 0, 1, 0);
      fs.fdatasync(fd, () => {});
    } catch {
      // A disk that is full or gone has other ways to say so.
    }
  }, HEARTBEAT_SECONDS * 1000).unref();
  return () => {
    clearInterval(timer);
    if (fd !== null) closeQuietly(fd);
    fd = null;
  };
}

function openOwn(path: string, text: string): number | null {
  if (readLock(path)?.text !== text) return null;
  const found = openWarily(path, fs.constants.O_RDWR);
  return found === null || typeof found === 'string' ? null : found.fd;
}

/** Whether there is a lock by that name, of whomever, and not something else. */
export function isLockOfOurs(path: string): boolean {
  const found = openable(path) ? readLock(path) : undefined;
  return found !== undefined && parseHolder(found.text) !== undefined;
}

function openable(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** What `unlock` removes, in words; null when there is no lock. */
export function describeLock(path: string): { who: string; isAlive: boolean } | null {
  if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  const found = openable(path) ? readLock(path) : undefined;
  const holder = found && parseHolder(found.text);
  if (!found || !holder) return { who: 'something that is no lock of logitmill', isAlive: false };
  const age = Math.max(0, Math.round((now(path) - found.mtimeMs) / 1000));
  return {
    who: `process ${holder.pid} on ${holder.host} since ${holder.since}, last sign of life ${age} s ago`,
    isAlive: livenessOf(holder) === 'alive',
  };
}

const ATTEMPTS = 200;
const PAUSE_MS = 5;
/** A lock without its end that stays so for half a second has no writer any more. */
const TORN_ATTEMPTS = 100;

function take(target: OutputTarget, path: string, text: string, depth: number): void {
  let holder: Holder | undefined;
  let last: FoundLock | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    create(path, text);
    const found = readLock(path);
    if (found === undefined) continue;
    if (found.text === text) return;
    // Torn by a machine that lost its power, or, where link(2) is missing, being written this very moment.
    const isTorn = !found.text.endsWith('\n');
    if (isTorn && attempt < TORN_ATTEMPTS) {
      pause();
      continue;
    }
    holder = parseHolder(found.text);
    last = found;
    if (!isTorn && (holder === undefined || isHeldBy(holder, found, path))) break;
    if (depth < 4 && takeOver(target, path, found.text, text, depth)) return;
  }
  throw locked(target, path, holder, last);
}

/** `dead`: the lock as it was found. */
function takeOver(target: OutputTarget, path: string, dead: string, text: string, depth: number): boolean {
  const takeover = takeoverOf(path);
  take(target, takeover, text, depth + 1);
  const now = readLock(path);
  const holder = now && parseHolder(now.text);
  // Another one has it, or the one that seemed dead gave a sign of life meanwhile.
  if (now?.text !== dead || (holder && isHeldBy(holder, now, path))) {
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
    fs.writeFileSync(draft, text, { flag: 'wx', mode: 0o644 });
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
export const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function createInPlace(path: string, text: string): void {
  try {
    fs.writeFileSync(path, text, { flag: 'wx', mode: 0o644 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

interface FoundLock {
  text: string;
  /** Of the last sign of life, by the file system's clock. */
  mtimeMs: number;
  uid: number;
}

/**
 * Undefined when there is none. Of something that is no file it says nothing, as a lock without a holder.
 */
function readLock(path: string): FoundLock | undefined {
  const found = openWarily(path);
  if (found === null) return undefined;
  const nothing = { text: '\n', mtimeMs: Number.POSITIVE_INFINITY, uid: -1 };
  if (typeof found === 'string') {
    // Not to be read by this user, or a link.
    return nothing;
  }
  const { fd, stats } = found;
  try {
    if (!stats.isFile() || stats.size > LARGEST_LOCK) return nothing;
    return { text: fs.readFileSync(fd, 'utf8'), mtimeMs: Number(stats.mtimeMs), uid: Number(stats.uid) };
  } finally {
    closeQuietly(fd);
  }
}

/** By the clock that gives files their times: that of a server may be another than ours. */
function now(path: string): number {
  try {
    return newFileIn(dirname(path)).mtimeMs;
  } catch {
    return Date.now();
  }
}

function isHeldBy(holder: Holder, { text, mtimeMs }: FoundLock, path: string): boolean {
  const liveness = livenessOf(holder);
  if (liveness === 'unknown' && holder.heartbeat !== undefined) return now(path) - mtimeMs <= PATIENCE_MS;
  // Our own, given up, but it could not be removed at the time.
  const isOwn = liveness === 'alive' && holder.pid === process.pid && holder.thread === threadId;
  return liveness !== 'dead' && !(isOwn && !held.has(text));
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { logitmill, pid, thread, start, boot, namespace, host, since, heartbeat } = JSON.parse(text);
    const strings = [start, boot, namespace, host, since].every((value) => typeof value === 'string');
    if (logitmill !== 'lock' || !Number.isSafeInteger(pid) || pid <= 0 || !strings) return undefined;
    const beats = typeof heartbeat === 'number' ? { heartbeat } : {};
    return { pid, thread, start, boot, namespace, host, since, ...beats };
  } catch {
    return undefined;
  }
}

function removeOwn(path: string, text: string): void {
  if (readLock(path)?.text === text) removeIfThere(path);
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

function locked(
  target: OutputTarget,
  path: string,
  holder: Holder | undefined,
  found: FoundLock | undefined,
): LogitmillError {
  const file = target.name;
  const clear = `if no run is writing it any more: logitmill unlock ${shellQuoted(target.name)}`;
  if (holder === undefined)
    return new LogitmillError('LOCKED', `${basename(path)} is there, and does not say which run holds it`, {
      file,
      hint: clear,
    });
  const who = `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  if (livenessOf(holder) !== 'unknown')
    return new LogitmillError('LOCKED', `another run is writing this output: ${who}`, {
      file,
      hint: mayBeKilled(holder, found)
        ? `wait for it, or stop it: kill ${holder.pid}`
        : `wait for it; ${clear}`,
    });
  const self = ownIdentity();
  const where =
    holder.boot !== '' && holder.boot === self.boot
      ? 'in another container of this machine'
      : `on another machine than this one (${self.host})`;
  const waits =
    holder.heartbeat === undefined
      ? ''
      : `wait for it; its lock is taken over ${PATIENCE_MS / 1000} s after its last sign of life; `;
  return new LogitmillError(
    'LOCKED',
    `another run holds this output, ${where}: ${who}${lastWrite(target, found)}; from here it cannot be seen whether it still lives`,
    { file, hint: `${waits}${clear}` },
  );
}

/** Only a process of the user who wrote the lock: a planted one may name any, and the first of all is nobody's to end. */
function mayBeKilled({ pid }: Holder, found: FoundLock | undefined): boolean {
  try {
    return pid > 1 && fs.statSync(`/proc/${pid}`).uid === found?.uid;
  } catch {
    return false;
  }
}

/** A sign of life for a person to judge by: a run that works writes at least every few seconds. */
function lastWrite(target: OutputTarget, found: FoundLock | undefined): string {
  const times = [target.partial, target.journal].map(
    (path) => fs.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  const latest = Math.max(...times, Number.isFinite(found?.mtimeMs) ? (found?.mtimeMs ?? 0) : 0);
  return latest === 0 ? '' : `, last written ${new Date(latest).toISOString()}`;
}
