// Makes the file system fail under real code: wraps functions of node:fs's default export, through which all
// product code does its I/O. Plain JavaScript, because it is also preloaded into the built binary (preload.mjs).
import fs from 'node:fs';
import os from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** Calls that can fail in their own right; each in its blocking and in its callback form. */
const CALLS = [
  'access',
  'close',
  'fchmod',
  'fdatasync',
  'fstat',
  'fsync',
  'ftruncate',
  'link',
  'lstat',
  'open',
  'read',
  'readFile',
  'rename',
  'stat',
  'statfs',
  'unlink',
  'write',
  'writeFile',
  'writev',
];

const original = { ...fs };

/**
 * spec.folder   only calls on files in this folder, or on the folder itself, count
 * spec.call     'fsync', 'write', …; '*' for all of them
 * spec.nth      which of the calls fails, from 1; 0: none, for counting
 * spec.errno    a number, or 'EIO', …; or 'KILL': the process kills itself instead of making the call; 'TORN': it writes half of
 *               the bytes before; 'SHORT': the call writes half of the bytes, and says so
 * spec.sticky   from then on all calls of that name fail (a disk that is full stays full)
 * spec.log      a file to which each counted call is appended
 * counter       Int32Array of one element, shared between threads
 */
export function installFaults(spec, counter = new Int32Array(1)) {
  const calls = [];
  let sticky = null;

  const pathOf = (argument) => {
    if (typeof argument !== 'number') return String(argument);
    try {
      return original.readlinkSync(`/proc/self/fd/${argument}`);
    } catch {
      return '';
    }
  };
  const counts = (name, args) => {
    const paths = name === 'rename' || name === 'link' ? args.slice(0, 2) : args.slice(0, 1);
    return paths.map(pathOf).find((path) => path === spec.folder || path.startsWith(`${spec.folder}/`));
  };

  /** The fault that this call has to meet, or null. */
  const fault = (name, args) => {
    const path = counts(name, args);
    if (path === undefined) return null;
    if (sticky === name) return spec.errno;
    if (spec.call !== '*' && spec.call !== name) return null;
    const number = Atomics.add(counter, 0, 1) + 1;
    calls.push(`${name} ${path}`);
    if (spec.log) original.appendFileSync(spec.log, `${name} ${path}\n`);
    if (number !== spec.nth) return null;
    if (spec.sticky) sticky = name;
    return spec.errno;
  };

  /** As Node makes it: of a number that libuv does not know, nothing but the number tells. */
  const errorFor = (errno, name, path) => {
    const number = typeof errno === 'number' ? errno : os.constants.errno[errno];
    const code = getSystemErrorMap().get(-number)?.[0] ?? `Unknown system error -${number}`;
    const properties = { code, errno: -number, syscall: name };
    return Object.assign(new Error(`${code}: injected, ${name} '${path}'`), properties);
  };

  const die = () => {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing may happen until it is here.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  };

  /** write(fd, bytes, offset, length, …) or writev(fd, parts, …) with half the bytes */
  const halved = (name, args) => {
    if (name === 'write') return args.with(3, Math.ceil((args[3] ?? args[1].length) / 2));
    const bytes = Buffer.concat(args[1]);
    return args.with(1, [bytes.subarray(0, Math.ceil(bytes.length / 2))]);
  };

  const meet = (name, real, self, args, fail) => {
    const errno = fault(name, args);
    if (errno === null) return real.apply(self, args);
    const isWrite = name === 'writev' || (name === 'write' && typeof args[1] !== 'string');
    if (errno === 'SHORT' && isWrite) return real.apply(self, halved(name, args));
    if (errno === 'TORN' && isWrite)
      original[`${name}Sync`](...halved(name, args).slice(0, name === 'write' ? 5 : 3));
    if (errno === 'TORN' && name === 'writeFile')
      original.writeFileSync(args[0], args[1].slice(0, args[1].length / 2), args[2]);
    if (errno === 'TORN' || errno === 'KILL') die();
    if (errno === 'SHORT') return real.apply(self, args);
    return fail(errorFor(errno, name, pathOf(args[0])));
  };

  for (const name of CALLS) {
    const sync = original[`${name}Sync`];
    fs[`${name}Sync`] = function (...args) {
      return meet(name, sync, this, args, (error) => {
        // A close that fails has closed the file nevertheless: so it is on Linux.
        if (name === 'close') sync.apply(this, args);
        throw error;
      });
    };
    const withCallback = original[name];
    fs[name] = function (...args) {
      return meet(name, withCallback, this, args, (error) => setImmediate(args.at(-1), error));
    };
  }
  return {
    calls,
    uninstall() {
      for (const name of CALLS) {
        fs[`${name}Sync`] = original[`${name}Sync`];
        fs[name] = original[name];
      }
    },
  };
}

/** Errnos by number: all of Linux but those by which the program learns how things stand. */
export const ERRNOS = Array.from({ length: 133 }, (_, at) => at + 1).filter((number) => {
  const name = getSystemErrorMap().get(-number)?.[0];
  return !['ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO', 'EPIPE'].includes(name);
});

/** Those that say that there is no room: ENOSPC, EDQUOT, EFBIG. */
export const NO_SPACE = new Set([28, 122, 27]);
