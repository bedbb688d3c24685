import type { CsvSetup } from './csv-tasks.ts';
import { readSetup, type SharedSetup, shareSetup } from './shared-setup.ts';

/** A job's CsvSetup as its tasks carry it. */
export interface SharedCsvSetup extends SharedSetup {
  chain: SharedArrayBuffer;
  /** Where the text is, when it comes in order; see ring.ts. */
  ring: SharedArrayBuffer | null;
}

export function shareCsvSetup(
  { chain, ...setup }: CsvSetup,
  ring: SharedArrayBuffer | null = null,
): SharedCsvSetup {
  return { ...shareSetup(setup), chain, ring };
}

export function readCsvSetup({ chain, ring: _, ...shared }: SharedCsvSetup): CsvSetup {
  return { ...(readSetup(shared) as Omit<CsvSetup, 'chain'>), chain };
}
