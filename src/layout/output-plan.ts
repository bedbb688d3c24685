import type { Block, BlockList, Schema } from '../arrow/types.ts';
import type { ColumnNulls } from './batch-layout.ts';

/** A dictionary batch: a message of our own, and its body as it stands in the input, padded. */
export interface PlannedDictionary {
  message(): Uint8Array;
  from: number;
  length: number;
  to: Block;
}

/** A batch of the output: where it stands, in bytes from the start of the file. */
export interface BatchBlock extends Block {
  batch: number;
  rows: number;
}

/** What the output file consists of, before a body byte is read. Offsets and sizes are in bytes. */
export interface OutputPlan {
  /** Of the output; not kept. */
  readonly schema: Schema;
  /** Magic and schema; put together anew each time. */
  readonly start: Uint8Array;
  startLength: number;
  dictionaries: readonly PlannedDictionary[];
  /** The message before a batch's body, when so many rows turned out to be null; `message` stands there now. */
  headerWithNulls(block: BatchBlock, nullRows: number, message: Uint8Array): Uint8Array;
  /**
   * Where a batch's rows say whether they are null and what they sum to, `message` being its header; null where the
   * output has no sums.
   */
  rowStates(block: BatchBlock, message: Uint8Array): RowStates | null;
  /** Of dim 0 where invalid columns are to be null, else null. */
  columnNulls: ColumnNulls | null;
  /** End-of-stream marker, footer and magic; they stand after the last block. */
  end(blocks: BlockList): Uint8Array;
}

/** Positions in the output file. */
export interface RowStates {
  bitmap: number;
  sums: number;
  /** Sums in one row. */
  slices: number;
}
