import type { Block } from '../arrow/types.ts';
import { readFully, writeFully } from '../files.ts';
import { aligned } from '../plan/batch.ts';
import type { Plan } from '../plan/plan.ts';
import type { BatchBlock } from '../tasks.ts';

/** Writes what belongs to no batch: magic and schema, dictionaries as they stand in the input, footer. Returns the file's length. */
export function writeEnds(output: number, input: number, plan: Plan, blocks: readonly BatchBlock[]): number {
  writeFully(output, plan.start, 0);
  for (const { from, to } of plan.dictionaries)
    copyBytes(input, output, from, to.offset, to.metadataLength + to.bodyLength);
  const last: Block | undefined = blocks.at(-1) ?? plan.dictionaries.at(-1)?.to;
  const endOffset = last ? aligned(last.offset + last.metadataLength + last.bodyLength) : plan.start.length;
  const end = plan.end(blocks);
  writeFully(output, end, endOffset);
  return endOffset + end.length;
}

/** Writes the header again of every batch with null rows: only its numbers change, not its length. */
export function writePatches(
  output: number,
  plan: Plan,
  blocks: readonly BatchBlock[],
  nullsByBatch: ReadonlyMap<number, number>,
): void {
  for (const block of blocks) {
    const rows = nullsByBatch.get(block.batch);
    if (rows === undefined) continue;
    const message = new Uint8Array(block.metadataLength);
    readFully(output, message, block.offset);
    writeFully(output, plan.headerWithNulls(block, rows, message), block.offset);
  }
}

function copyBytes(input: number, output: number, from: number, to: number, length: number): void {
  const buffer = new Uint8Array(Math.min(length, 2 ** 20));
  for (let done = 0; done < length; ) {
    const part = buffer.subarray(0, Math.min(buffer.length, length - done));
    const read = readFully(input, part, from + done);
    writeFully(output, part.subarray(0, read), to + done);
    done += part.length;
  }
}
