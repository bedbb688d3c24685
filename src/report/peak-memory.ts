import fs from 'node:fs';

/**
 * The most memory that this process has had at a time, in bytes. `maxRSS` is at least that of the process that started
 * this one, at the time: Linux hands it on. So the kernel is asked for this program's own, where it keeps that.
 */
export function peakMemory(): number {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'latin1'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
