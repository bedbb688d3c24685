import fs from 'node:fs';
import { LogitmillError } from '../errors.ts';
import { readFully } from '../io/files.ts';
import { readingInput } from '../io/io-error.ts';

/** Of an input, what the file system says. Decimal strings: nanoseconds and inodes do not fit in a number. */
interface FileFacts {
  size: string;
  mtime: string;
  ctime: string;
  inode: string;
}

/** What a journal stores about an input, and what has to be the same for a run to go on. */
export interface InputFingerprint extends FileFacts {
  path: string;
  /** SHA-256 of its metadata (Arrow footer and batch headers, CSV header), of its first and last 64 KiB. */
  metadata: string;
  head: string;
  tail: string;
}

export interface InputIdentity {
  path: string;
  /** Hashes are taken when first asked for: a small job needs none, and loading node:crypto costs 3 ms. */
  fingerprint(): InputFingerprint;
  /** @throws INPUT_CHANGED unless the file at `path` still is the one that this identity was taken of. */
  check(): void;
}

const EDGE_BYTES = 64 * 1024;

/**
 * Takes the identity of the input open as `fd`, before anything of it is believed. `metadata` gives the bytes from
 * which the plan was made.
 */
export function inputIdentity(path: string, fd: number, metadata: () => Uint8Array): InputIdentity {
  const opened = fs.fstatSync(fd, { bigint: true });
  const facts = factsOf(opened);
  const edges = edgesOf(path, fd, Number(opened.size));
  const check = (): void => {
    const now = statIfThere(path, fd);
    const what = now === undefined ? 'it is gone' : changeOf(facts, factsOf(now), opened.dev !== now.dev);
    if (what === null && (now?.ctimeNs === opened.ctimeNs || areSame(edges, path, fd, facts))) return;
    throw new LogitmillError(
      'INPUT_CHANGED',
      `the input changed while it was read: ${what ?? 'it was written to, and has its old time'}`,
      { file: path, hint: 'wait until it is written completely, then run again' },
    );
  };
  let known: InputFingerprint | undefined;
  const fingerprint = (): InputFingerprint => {
    if (known !== undefined) return known;
    const sha256 = (bytes: Uint8Array): string =>
      process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest('hex');
    known = {
      path,
      ...facts,
      metadata: sha256(metadata()),
      head: sha256(edges.head),
      tail: sha256(edges.tail),
    };
    // The hashes have to be of the file that the facts are of.
    check();
    return known;
  };
  return { path, fingerprint, check };
}

interface Edges {
  head: Uint8Array;
  tail: Uint8Array;
}

function edgesOf(path: string, fd: number, size: number): Edges {
  const edgeAt = (position: number): Uint8Array => {
    const edge = new Uint8Array(Math.min(EDGE_BYTES, size));
    return edge.subarray(
      0,
      readingInput(path, () => readFully(fd, edge, position)),
    );
  };
  return { head: edgeAt(0), tail: edgeAt(Math.max(0, size - EDGE_BYTES)) };
}

/** A new status time alone is that of a link, a chmod, a rename; unless somebody wrote, and set the old time again. */
function areSame({ head, tail }: Edges, path: string, fd: number, { size }: FileFacts): boolean {
  const now = edgesOf(path, fd, Number(size));
  return Buffer.compare(head, now.head) === 0 && Buffer.compare(tail, now.tail) === 0;
}

/**
 * Why a journal's input is not the one at hand, or null. The device's number is left out: network and removable
 * file systems get another one when the machine starts again.
 */
export function fingerprintChange(saved: InputFingerprint, now: InputFingerprint): string | null {
  const facts = changeOf(saved, now, false);
  if (facts !== null) return facts;
  if (saved.metadata !== now.metadata) return 'its metadata differs';
  return saved.head !== now.head || saved.tail !== now.tail ? 'its bytes differ' : null;
}

function factsOf(stats: fs.BigIntStats): FileFacts {
  return {
    size: String(stats.size),
    mtime: String(stats.mtimeNs),
    ctime: String(stats.ctimeNs),
    inode: String(stats.ino),
  };
}

function changeOf(before: FileFacts, now: FileFacts, otherDevice: boolean): string | null {
  if (before.size !== now.size) return `it had ${before.size} bytes and has ${now.size}`;
  if (before.inode !== now.inode || otherDevice) return 'another file has taken its place';
  return before.mtime !== now.mtime ? 'it was written to' : null;
}

/** Standard input has no name to look it up again by; it is the open file itself. */
function statIfThere(path: string, fd: number): fs.BigIntStats | undefined {
  try {
    return path === '-' ? fs.fstatSync(fd, { bigint: true }) : fs.statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
