import type { BodyCodec } from '../arrow/types.ts';

/** A buffer of a compressed batch: where it stands in the file, with the length before it, and where once inflated. */
export interface StoredBuffer {
  batch: number;
  buffer: number;
  from: number;
  stored: number;
  /** See `InflatedBatches`. */
  to: number;
  length: number;
  /** Null: of a batch that is not compressed, among others that are. */
  codec: BodyCodec | null;
}

/** What has to be inflated for a task, whose positions are then those of the inflated bytes. */
export interface Inflation {
  /** In ascending order of `to`. */
  buffers: StoredBuffer[];
  /** A folder for what does not fit into the slab. */
  scratch: string;
}
