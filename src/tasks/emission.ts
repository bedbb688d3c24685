import type { MetadataVersion } from '../arrow/types.ts';
import type { BatchLayout } from '../layout/batch-layout.ts';

/** How a task's batches go out where their places are not known beforehand. */
export interface Emission {
  codec: 'lz4' | 'zstd' | null;
  /** One after the other, without seeking. */
  toPipe: boolean;
  /** What follows an invalid row is not sent: nothing from its batches on. */
  untilInvalid: boolean;
  version: MetadataVersion;
  turnstile: SharedArrayBuffer;
  /** Among the tasks of this run, counted from 0. */
  turn: number;
  /** Where the task begins in the output; null: where the one before it ended, as the turnstile says. */
  start: number | null;
  /** A folder for what does not fit into the slab. */
  scratch: string;
  batches: EmittedBatch[];
}

export interface EmittedBatch {
  batch: number;
  /** Where the body would begin in an uncompressed file: the task's pieces go there. */
  bodyStart: number;
  layout: Omit<BatchLayout, 'copies' | 'values' | 'sliceColumns'>;
  /** What a stream has to hold before this batch. */
  dictionaries: EmittedDictionary[];
}

/** A message of our own, with a body from the input, and zeros. */
export interface EmittedDictionary {
  message: Uint8Array;
  from: number;
  length: number;
  padding: number;
}
