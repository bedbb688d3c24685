// A machine that dies: what was written and not synced is lost, kept, or torn in two, at random; likewise files
// made, renamed and removed in a folder that was not synced. Done by remembering, for each change in the folder, how
// to take it back, and by taking some back right before the process kills itself. And, much faster than killing
// processes, a process that dies within this one: from some call on, nothing that it does reaches the folder.
import fs from 'node:fs';
import { join } from 'node:path';

const original = { ...fs };

/**
 * spec.folder   what happens in this folder counts
 * spec.nth      the call before which the machine dies, from 1; 0: never
 * spec.seed     of the choices
 * spec.shadow   an empty folder on the same file system, where removed and replaced files are kept
 * spec.keepsAll nothing is lost: the process dies, the machine lives
 * spec.inside   do not kill this process, only let nothing through to the folder any more
 * spec.log      a file to which each counted call is appended
 */
export function installCrash(spec) {
  const random = randomFrom(spec.seed);
  /** Per inode: changes of its bytes that are not durable yet, oldest first. */
  const data = new Map();
  /** Changes of the folder's names that are not durable yet, oldest first. */
  let names = [];
  const calls = [];
  let isDead = false;

  const pathOf = (file) =>
    typeof file === 'number' ? original.readlinkSync(`/proc/self/fd/${file}`) : String(file);
  const isOurs = (file) => {
    const path = pathOf(file);
    return path === spec.folder || path.startsWith(`${spec.folder}/`);
  };
  const inodeOf = (fd) => original.fstatSync(fd).ino;
  const changesOf = (fd) => {
    const inode = inodeOf(fd);
    if (!data.has(inode)) data.set(inode, { madeAs: pathOf(fd), list: [] });
    return data.get(inode).list;
  };

  const step = (name, file) => {
    calls.push(`${name} ${pathOf(file)}`);
    if (spec.log) original.appendFileSync(spec.log, `${calls.at(-1)}\n`);
    if (calls.length === spec.nth) die();
  };

  /** Keeps a second name for a file, so that removing the first one can be taken back. */
  const keep = (path) => {
    if (!original.existsSync(path)) return null;
    const copy = join(spec.shadow, String(process.hrtime.bigint()));
    original.linkSync(path, copy);
    return copy;
  };

  const die = () => {
    if (!spec.keepsAll) {
      for (const [inode, { madeAs, list }] of data) loseData(inode, madeAs, list);
      loseNames();
    }
    isDead = true;
    if (spec.inside) return;
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  };

  const loseData = (inode, madeAs, list) => {
    const path = findByInode(inode);
    if (path === null || list.length === 0) return;
    // Half a second goes by before a torn lock is taken over: tried, but seldom.
    if (/\.lock(\.|$)/.test(madeAs) && random() < 0.99) return;
    const likelihood = [0, 0.5, 1][Math.floor(random() * 3)];
    const fd = original.openSync(path, 'r+');
    let size = original.fstatSync(fd).size;
    for (const change of list.toReversed()) {
      if (random() >= likelihood) continue;
      if (change.kind === 'size') {
        // Truncated before, and not for long: the old bytes come back; grown: the new ones go.
        size = change.size;
        original.ftruncateSync(fd, size);
        if (change.tail.length > 0) original.writeSync(fd, change.tail, 0, change.tail.length, change.tailAt);
        continue;
      }
      // Torn: only what lies behind some point is lost.
      const from = random() < 0.5 ? 0 : Math.floor(random() * change.before.length);
      original.writeSync(fd, change.before, from, change.before.length - from, change.at + from);
      // The file's length may have been lost as well.
      if (change.at + change.before.length >= size && random() < 0.5) {
        size = Math.max(change.size, change.at + from);
        original.ftruncateSync(fd, Math.min(size, original.fstatSync(fd).size));
      }
    }
    original.closeSync(fd);
  };

  const findByInode = (inode) => {
    for (const folder of [spec.folder, spec.shadow])
      for (const name of original.readdirSync(folder)) {
        const path = join(folder, name);
        if (original.lstatSync(path).ino === inode) return path;
      }
    return null;
  };

  const loseNames = () => {
    const likelihood = [0, 0.5, 1][Math.floor(random() * 3)];
    const inOrder = random() < 0.5;
    // What is taken back first is what was done last; what it rests on can only go with it.
    const lost = new Set();
    let from = names.length;
    if (inOrder) from = Math.floor(random() * (names.length + 1));
    for (let at = 0; at < names.length; at++) {
      const rests = names[at].paths.some((path) => lost.has(path));
      if (!rests && (inOrder ? at < from : random() >= likelihood)) continue;
      for (const path of names[at].paths) lost.add(path);
      names[at].isLost = true;
    }
    for (const change of names.toReversed()) if (change.isLost) change.undo();
  };

  const move = (from, to) => {
    if (original.existsSync(from)) original.renameSync(from, to);
  };

  const nameChanged = (paths, undo) => names.push({ paths, undo, isLost: false });

  const wrappers = {
    openSync: (real, args) => {
      const isNew = isOurs(args[0]) && !original.existsSync(args[0]);
      const fd = real(...args);
      if (isNew) nameChanged([args[0]], () => original.rmSync(args[0], { force: true }));
      return fd;
    },
    writeFileSync: (real, args) => {
      const isNew = isOurs(args[0]) && !original.existsSync(args[0]);
      real(...args);
      if (isNew) nameChanged([args[0]], () => original.rmSync(args[0], { force: true }));
    },
    linkSync: (real, args) => {
      real(...args);
      nameChanged([args[1]], () => original.rmSync(args[1], { force: true }));
    },
    unlinkSync: (real, args) => {
      const copy = keep(args[0]);
      real(...args);
      if (copy !== null) nameChanged([args[0]], () => original.linkSync(copy, args[0]));
    },
    renameSync: (real, args) => {
      const copy = keep(args[1]);
      real(...args);
      nameChanged([args[0], args[1]], () => {
        move(args[1], args[0]);
        if (copy !== null) original.linkSync(copy, args[1]);
      });
    },
    ftruncateSync: (real, args) => {
      const { size } = original.fstatSync(args[0]);
      const tail = readThrough(args[0], Math.max(0, size - args[1]), args[1]);
      changesOf(args[0]).push({ kind: 'size', size, tail, tailAt: args[1] });
      real(...args);
    },
    writeSync: (real, args) => {
      remember(args);
      return real(...args);
    },
    write: (real, args) => {
      remember(args);
      return real(...args);
    },
    writevSync: (real, args) => {
      const [fd, parts, position] = args;
      remember([fd, parts, 0, parts.reduce((sum, { length }) => sum + length, 0), position]);
      return real(...args);
    },
    fsync: (real, args) => synced(real, args),
    fdatasync: (real, args) => synced(real, args),
    fsyncSync: (real, args) => {
      real(...args);
      forget(args[0]);
    },
  };

  const remember = ([fd, , , length, position]) => {
    const { size } = original.fstatSync(fd);
    // Without a position, Node's own writeFileSync is writing a new file.
    const at = position ?? size;
    const before = readThrough(fd, length, at);
    changesOf(fd).push({ kind: 'bytes', at, before, size });
  };

  /** Also what is open for writing only. Zeros where there was nothing. */
  const readThrough = (fd, length, at) => {
    const bytes = Buffer.alloc(length);
    const readable = original.openSync(`/proc/self/fd/${fd}`, 'r');
    original.readSync(readable, bytes, 0, length, at);
    original.closeSync(readable);
    return bytes;
  };

  /** What was done before a sync began is durable when it has ended; what was done meanwhile is not. */
  const synced = (real, args) => {
    const fd = args[0];
    const isFolder = original.fstatSync(fd).isDirectory();
    const covered = new Set(isFolder ? names : changesOf(fd));
    const done = args.at(-1);
    real(fd, (error) => {
      if (error === null) drop(fd, isFolder, covered);
      done(error);
    });
  };

  const forget = (fd) => {
    const isFolder = original.fstatSync(fd).isDirectory();
    drop(fd, isFolder, new Set(isFolder ? names : changesOf(fd)));
  };

  const drop = (fd, isFolder, covered) => {
    if (isFolder) names = names.filter((change) => !covered.has(change));
    else {
      const list = changesOf(fd);
      list.splice(0, list.length, ...list.filter((change) => !covered.has(change)));
    }
  };

  for (const [name, wrapper] of Object.entries(wrappers))
    fs[name] = (...args) => {
      const real = (...real) => original[name].apply(fs, real);
      if (!isOurs(args[0])) return real(...args);
      if (!isDead) step(name, args[0]);
      if (!isDead) return wrapper(real, args);
      const error = new Error('this process is dead');
      if (typeof args.at(-1) !== 'function') throw error;
      setImmediate(args.at(-1), error);
    };
  return {
    calls,
    die,
    uninstall() {
      for (const name of Object.keys(wrappers)) fs[name] = original[name];
    },
  };
}

/** A small generator of numbers in [0, 1): xorshift with 32 bits. */
function randomFrom(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
