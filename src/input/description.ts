import type { BatchHeader, Block, ColumnLayout, Metadata, Schema } from '../arrow/types.ts';

/** A record batch's header and where its body lies in the file, in bytes. */
export interface PlacedBatch extends BatchHeader {
  bodyOffset: number;
  bodyLength: number;
}

export interface DictionaryBlock extends Block {
  id: bigint;
  isDelta: boolean;
}

/** An Arrow file, or a stream in a file: everything that can be known without reading a body byte. */
export interface ArrowInput {
  format: 'arrow' | 'stream';
  path: string;
  fd: number;
  bytes: number;
  schema: Schema;
  layouts: readonly ColumnLayout[];
  rows: number;
  batches: {
    readonly count: number;
    rowsOf(index: number): number;
    /** Read again from the file when it is no longer in the cache. */
    header(index: number): PlacedBatch;
  };
  dictionaries: readonly DictionaryBlock[];
  /** The footer's own metadata; empty for a stream. */
  metadata: Metadata;
}
