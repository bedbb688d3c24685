import type { Block } from '../arrow/types.ts';

/** A dictionary batch: a message of our own, and its body as it stands in the input, padded. */
export interface PlannedDictionary {
  message(): Uint8Array;
  from: number;
  length: number;
  to: Block;
}
