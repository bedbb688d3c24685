import type { CsvSetup } from './tasks/csv.ts';
import { readSetup, type SharedSetup, shareSetup } from './tasks/setup.ts';

/** A job's CsvSetup as its tasks carry it. */
export interface SharedCsvSetup extends SharedSetup {
  chain: SharedArrayBuffer;
  parts: SharedArrayBuffer;
  /** Where the text is, when it comes in order; see sync/text-ring.ts. */
  ring: SharedArrayBuffer | null;
}

export function shareCsvSetup(
  { chain, batches: { parts, ...batches }, ...setup }: CsvSetup,
  ring: SharedArrayBuffer | null = null,
): SharedCsvSetup {
  return { ...shareSetup({ ...setup, batches }), chain, parts, ring };
}

export function readCsvSetup({ chain, parts, ring: _, ...shared }: SharedCsvSetup): CsvSetup {
  const { batches, ...setup } = readSetup(shared) as Omit<CsvSetup, 'chain'>;
  return { ...setup, chain, batches: { ...batches, parts } };
}
