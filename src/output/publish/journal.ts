import type { InputFingerprint } from '../../input/identity.ts';

/**
 * The journal's format. One record after the other, each
 *
 *     CRC-32 as 8 hexadecimal digits, blank, JSON object, newline [, `blob` raw bytes, newline]
 *
 * where the sum is over all that follows the blank. A record that is torn, or does not fit its sum, ends the
 * journal: it and whatever follows it never happened.
 */
const JOURNAL_FORMAT = 1;

/** What decides the bytes of the output, apart from the inputs. */
export interface PlanIdentity {
  /** Of logitmill. */
  version: string;
  /** The kernel build, as the summary names it. */
  kernel: string;
  /** The options that change bytes, by the name that the user knows. JSON values. */
  options: Record<string, unknown>;
  /** How many tasks the plan has. */
  tasks: number;
  /** Bytes of the output, where they are known beforehand. */
  bytes: number | null;
}

export interface JournalHeader {
  kind: 'header';
  format: number;
  plan: PlanIdentity;
  inputs: InputFingerprint[];
  /** Inode of the partial file to which all records refer. */
  partial: string;
}

/** `done`: tasks whose bytes are durable, each with its result. `size`: of the partial file by then. */
interface TasksRecord {
  kind: 'tasks';
  size: number;
  done: [task: number, result: unknown][];
}

/** Replaces the last one of the same name. All tasks before `below` are contained in it. */
interface CheckpointRecord {
  kind: 'checkpoint';
  name: string;
  below: number;
  value: unknown;
  blob?: number;
}

interface MarkRecord {
  kind: 'mark';
  value: unknown;
}

type JournalRecord = JournalHeader | TasksRecord | CheckpointRecord | MarkRecord;

/** A state that is saved as a whole, again and again. */
export interface NewCheckpoint {
  /** JSON */
  value: unknown;
  /** Bytes, for what is long and is not text. */
  blob?: Uint8Array | null;
  /** All tasks before this one are contained in the state: what was recorded for each of them is dropped. */
  below?: number;
}

export interface Checkpoint {
  value: unknown;
  blob: Uint8Array | null;
}

/** What a journal says has been done. */
export interface SavedWork {
  /** All tasks before this one are done, and contained in a checkpoint; they have no entry in `results`. */
  below: number;
  results: Map<number, unknown>;
  checkpoints: Map<string, Checkpoint>;
  /** The last value given to `mark`, or null. */
  mark: unknown;
  /** Bytes that the partial file had at least. */
  size: number;
}

export interface DecodedJournal {
  /** Null when not even the first record is whole. */
  header: JournalHeader | null;
  work: SavedWork;
  /** Bytes up to the end of the last whole record. */
  end: number;
}

export function emptyWork(): SavedWork {
  return { below: 0, results: new Map(), checkpoints: new Map(), mark: null, size: 0 };
}

export function encodeHeader(header: Omit<JournalHeader, 'kind' | 'format'>): Uint8Array[] {
  return encodeRecord({ kind: 'header', format: JOURNAL_FORMAT, ...header });
}

export function encodeTasks(done: [task: number, result: unknown][], size: number): Uint8Array[] {
  return encodeRecord({ kind: 'tasks', size, done });
}

export function encodeCheckpoint(name: string, checkpoint: NewCheckpoint): Uint8Array[] {
  const { value, blob = null, below = 0 } = checkpoint;
  return blob === null
    ? encodeRecord({ kind: 'checkpoint', name, below, value })
    : encodeRecord({ kind: 'checkpoint', name, below, value, blob: blob.length }, blob);
}

export function encodeMark(value: unknown): Uint8Array[] {
  return encodeRecord({ kind: 'mark', value });
}

/** Everything that `work` says, as if it had happened at once. */
export function encodeWork(work: SavedWork): Uint8Array[] {
  const records = encodeTasks([...work.results], work.size);
  for (const [name, checkpoint] of work.checkpoints)
    records.push(...encodeCheckpoint(name, { ...checkpoint, below: work.below }));
  if (work.mark !== null) records.push(...encodeMark(work.mark));
  return records;
}

function encodeRecord(record: JournalRecord, blob?: Uint8Array): Uint8Array[] {
  const line = Buffer.from(`${JSON.stringify(record)}\n`);
  const parts = blob === undefined ? [line] : [line, blob, NEWLINE];
  return [Buffer.from(`${checksum(parts)} `), ...parts];
}

const NEWLINE = Buffer.from('\n');
const SUM_LENGTH = 9;

function checksum(parts: readonly Uint8Array[]): string {
  // Fetched when needed: most jobs are too short to have a journal.
  const { crc32 } = process.getBuiltinModule('node:zlib');
  return parts
    .reduce((sum, part) => crc32(part, sum), 0)
    .toString(16)
    .padStart(8, '0');
}

export function decodeJournal(bytes: Buffer): DecodedJournal {
  const work = emptyWork();
  let header: JournalHeader | null = null;
  let end = 0;
  while (end < bytes.length) {
    const found = decodeRecord(bytes, end);
    if (found === null) break;
    const { record, blob, next } = found;
    // A header stands first and nowhere else; a format of the future is for whoever knows it.
    if ((record.kind === 'header') !== (end === 0)) break;
    if (record.kind === 'header') {
      if (record.format !== JOURNAL_FORMAT) break;
      header = record;
    } else {
      apply(work, record, blob);
    }
    end = next;
  }
  return { header, work, end };
}

function decodeRecord(
  bytes: Buffer,
  start: number,
): { record: JournalRecord; blob: Uint8Array | null; next: number } | null {
  const from = start + SUM_LENGTH;
  const lineEnd = bytes.indexOf(0x0a, from) + 1;
  if (lineEnd === 0) return null;
  try {
    const record: unknown = JSON.parse(bytes.toString('utf8', from, lineEnd));
    if (!isRecord(record)) return null;
    const blobLength = record.kind === 'checkpoint' ? record.blob : undefined;
    const next = blobLength === undefined ? lineEnd : lineEnd + blobLength + 1;
    if (!(next <= bytes.length)) return null;
    if (`${checksum([bytes.subarray(from, next)])} ` !== bytes.toString('latin1', start, from)) return null;
    const blob = blobLength === undefined ? null : Uint8Array.from(bytes.subarray(lineEnd, next - 1));
    return { record, blob, next };
  } catch {
    return null;
  }
}

function apply(
  work: SavedWork,
  record: Exclude<JournalRecord, JournalHeader>,
  blob: Uint8Array | null,
): void {
  if (record.kind === 'tasks') {
    work.size = Math.max(work.size, record.size);
    for (const [task, result] of record.done) if (task >= work.below) work.results.set(task, result);
  } else if (record.kind === 'checkpoint') {
    work.checkpoints.set(record.name, { value: record.value, blob });
    if (record.below <= work.below) return;
    work.below = record.below;
    for (const task of work.results.keys()) if (task < record.below) work.results.delete(task);
  } else {
    work.mark = record.value;
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A good checksum says that somebody meant to write this, not that it makes sense. */
function isRecord(value: unknown): value is JournalRecord {
  if (!isObject(value)) return false;
  switch (value.kind) {
    case 'header':
      return (
        isObject(value.plan) &&
        isObject(value.plan.options) &&
        Array.isArray(value.inputs) &&
        value.inputs.every(isObject) &&
        typeof value.partial === 'string'
      );
    case 'tasks':
      return isCount(value.size) && Array.isArray(value.done) && value.done.every(isDone);
    case 'checkpoint':
      return (
        typeof value.name === 'string' &&
        isCount(value.below) &&
        (value.blob === undefined || isCount(value.blob))
      );
    default:
      return value.kind === 'mark';
  }
}

const isDone = (entry: unknown): boolean => Array.isArray(entry) && entry.length === 2 && isCount(entry[0]);
