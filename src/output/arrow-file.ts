import type { Block, BlockList } from '../arrow/types.ts';
import { readFully, writeFully } from '../files.ts';
import { aligned } from '../plan/batch.ts';
import type { Plan, RowStates } from '../plan/plan.ts';
import type { BatchBlock } from '../tasks.ts';

/** Writes what belongs to no batch: magic and schema, dictionaries as they stand in the input, footer. Returns the file's length. */
export function writeEnds(output: number, input: number, plan: Plan, blocks: BlockList<BatchBlock>): number {
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
  blocks: BlockList<BatchBlock>,
  nullsByBatch: ReadonlyMap<number, number>,
): void {
  for (let index = 0; index < blocks.length && nullsByBatch.size > 0; index++) {
    const block = blocks.at(index) as BatchBlock;
    const rows = nullsByBatch.get(block.batch);
    if (rows === undefined) continue;
    const message = new Uint8Array(block.metadataLength);
    readFully(output, message, block.offset);
    writeFully(output, plan.headerWithNulls(block, rows, message), block.offset);
  }
}

/**
 * Settles whether invalid rows are null, in batches that have null rows too: there the bitmap is seen in any case. An
 * invalid row is known by its sum; that of a null row is 0.
 */
export function settleInvalid(
  output: number,
  plan: Plan,
  blocks: BlockList<BatchBlock>,
  batches: ReadonlySet<number>,
  areNull: boolean,
): void {
  for (let index = 0; index < blocks.length && batches.size > 0; index++) {
    const block = blocks.at(index) as BatchBlock;
    if (!batches.has(block.batch)) continue;
    const message = new Uint8Array(block.metadataLength);
    readFully(output, message, block.offset);
    const states = plan.rowStates(block, message);
    if (states) settleRows(output, states, block.rows, plan.spec.tolerance, areNull);
  }
}

/** Rows at a time, in whole bytes of the bitmap. */
const SETTLED_ROWS = 2 ** 16;

function settleRows(
  output: number,
  { bitmap, sums, slices }: RowStates,
  rows: number,
  tolerance: number,
  areNull: boolean,
): void {
  const step = Math.max(8, Math.floor(SETTLED_ROWS / slices / 8) * 8);
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const values = new Float64Array(count * slices);
    readFully(output, new Uint8Array(values.buffer), sums + first * slices * 8);
    const bits = new Uint8Array(Math.ceil(count / 8));
    readFully(output, bits, bitmap + first / 8);
    for (let index = 0; index < values.length; index++) {
      const sum = values[index];
      if (sum === 0 || Math.abs(sum - 1) <= tolerance) continue;
      const row = Math.floor(index / slices);
      if (areNull) bits[row >> 3] &= ~(1 << (row & 7));
      else bits[row >> 3] |= 1 << (row & 7);
    }
    writeFully(output, bits, bitmap + first / 8);
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
