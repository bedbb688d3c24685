import type { CsvPlan } from '../input/csv/reading.ts';
import type { CsvDescription } from '../input/csv/types.ts';
import type { TargetForm } from '../layout/batch-layout.ts';
import type { CsvNulls } from '../layout/csv-batch.ts';
import type { Dtype } from '../options/types.ts';
import type { Emission } from './emission.ts';
import type { SharedSetup } from './setup.ts';
import { readSetup, shareSetup } from './setup.ts';
import type { TransformSpec } from './spec.ts';

/** dim 0 over text: chunks hold parts of blocks, so that one folds its rows after the one before. */
export interface CsvOverRows {
  pass: 'fold' | 'write';
  /** The state, or the sums, of the block that chunks are folding into. */
  open: SharedArrayBuffer;
  parameters: SharedArrayBuffer | null;
}

/** What the output's batches are like. */
export interface CsvBatches extends CsvNulls {
  dtype: Dtype;
  targetForm: TargetForm;
  /** Bytes of statistics: see `bytesOfStatistics`. */
  statistics: number;
  /** See CsvParts. */
  parts: SharedArrayBuffer;
}

/** What all tasks of a CSV file have in common; see csv-setup.ts for its way to the workers. */
export interface CsvSetup {
  plan: CsvPlan;
  /** Without its columns, of which there may be 100,000: the coordinator puts messages together. */
  description: Pick<CsvDescription, 'dataOffset' | 'dataLine'>;
  /** Of the text; infinite when nobody knows, and tasks have windows. */
  bytes: number;
  batches: CsvBatches;
  /** Bytes of text in a chunk. */
  chunkBytes: number;
  /** Where the first batch of the output stands. */
  firstOffset: number;
  /** see sync/chunk-chain.ts. */
  chain: SharedArrayBuffer;
}

/** One chunk of a CSV file: the rows that begin in it become one batch. */
export interface CsvTask {
  kind: 'csv';
  /** Of the chunk, too; where there is a queue, the worker takes another one from there. */
  id: number;
  /** See sync/chunk-queue.ts; null where chunks are bound to their tasks. */
  queue: SharedArrayBuffer | null;
  input: number;
  output: number;
  spec: TransformSpec;
  columns: CsvOverRows | null;
  setup: SharedCsvSetup;
  /** Of the chunks before this one, lines and rows are only counted: they belong to another shard. */
  firstOwn: number;
  emission: Emission | null;
  /** Set where the text comes in order. */
  window?: CsvWindow;
}

/** What of a text stands in the ring when a chunk is begun; positions are bytes from the text's start. */
export interface CsvWindow {
  /** Where the chunk ends, and where its last row does. */
  to: number;
  limit: number;
  /** The text ends at `limit`. */
  atEnd: boolean;
  /** Of the input, which may be compressed. */
  inputBytes: number;
}

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
