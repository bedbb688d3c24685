import fs from 'node:fs';
import os from 'node:os';

/** Names one process for good: a process id alone is used again, and means nothing on another machine. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to its start (`/proc/PID/stat`, field 22); empty where there is no /proc. */
  start: string;
  /** One run of one kernel; empty where it is not known. */
  boot: string;
  /** The namespace in which `pid` counts: each container has its own. */
  namespace: string;
  host: string;
}

/** `unknown`: it runs, or ran, where this process cannot look. */
export type Liveness = 'alive' | 'dead' | 'unknown';

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    start: processStart('self')?.start ?? '',
    boot: read('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
    namespace: readLink('/proc/self/ns/pid') ?? '',
    host: os.hostname(),
  };
  return own;
}

/**
 * A kernel that has been started again has none of its old processes. Two machines of the same name count as one,
 * as they do in restic and borg: give machines that share a folder different names.
 */
export function livenessOf(other: ProcessIdentity, self: ProcessIdentity = ownIdentity()): Liveness {
  const bootsKnown = other.boot !== '' && self.boot !== '';
  if (bootsKnown && other.boot !== self.boot) return other.host === self.host ? 'dead' : 'unknown';
  if (!bootsKnown && other.host !== self.host) return 'unknown';
  if (other.namespace !== self.namespace) return 'unknown';
  return pidLiveness(other);
}

function pidLiveness({ pid, start }: ProcessIdentity): Liveness {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, of another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead';
  }
  const now = processStart(String(pid));
  // Without /proc, or where it hides other users' processes, a pid that is in use counts as the holder: never
  // take a lock from the living; at worst a person has to remove it.
  if (now === undefined || start === '') return 'alive';
  return now.start === start && !now.ended ? 'alive' : 'dead';
}

/** `ended`: killed, and only not yet waited for by its parent (often so in containers). */
function processStart(pid: string): { start: string; ended: boolean } | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, and may hold blanks and parentheses itself.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const start = fields?.[19];
  return start === undefined ? undefined : { start, ended: fields?.[0] === 'Z' || fields?.[0] === 'X' };
}

function read(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}
