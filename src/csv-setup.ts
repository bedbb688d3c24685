import v8 from 'node:v8';
import type { CsvSetup } from './tasks.ts';

/**
 * A job's CsvSetup as its tasks carry it: in shared memory, so that a task is small however many columns there are, and
 * workers that are there already can take up another job.
 */
export interface SharedCsvSetup {
  /** Tells one job's from another's. */
  id: number;
  bytes: SharedArrayBuffer;
  chain: SharedArrayBuffer;
  /** Where the text is, when it comes in order; see ring.ts. */
  ring: SharedArrayBuffer | null;
}

let shared = 0;

export function shareCsvSetup(
  { chain, ...setup }: CsvSetup,
  ring: SharedArrayBuffer | null = null,
): SharedCsvSetup {
  const serialized = v8.serialize(setup);
  const bytes = new SharedArrayBuffer(serialized.length);
  new Uint8Array(bytes).set(serialized);
  return { id: shared++, bytes, chain, ring };
}

export function readCsvSetup({ bytes, chain }: SharedCsvSetup): CsvSetup {
  return { ...(v8.deserialize(Buffer.from(bytes)) as Omit<CsvSetup, 'chain'>), chain };
}
