import { clearBit, setBit } from '../arrow/bits.ts';
import type { BlockList } from '../arrow/types.ts';
import { nullInvalidColumns } from '../dim0/null-columns.ts';
import { readFully, writeFully } from '../io/files.ts';
import { readingInput } from '../io/io-error.ts';
import type { BatchBlock, OutputPlan, RowStates } from '../layout/output-plan.ts';
import type { LateNulls } from './output.ts';

/**
 * What no task writes to a file: its ends, and the headers of batches that turned out to have null rows. Done once more
 * it changes nothing.
 * @returns the file's length in bytes
 */
export function finishFile(
  output: number,
  input: number,
  plan: OutputPlan,
  blocks: BlockList<BatchBlock>,
  nulls: LateNulls,
): number {
  const bytes = writeEnds(output, input, plan, blocks);
  settleInvalid(output, plan, blocks, nulls);
  writePatches(output, plan, blocks, nulls.byBatch);
  if (plan.columnNulls && nulls.columns) nullInvalidColumns(output, plan.columnNulls, blocks, nulls.columns);
  return bytes;
}

/** Writes what belongs to no batch: schema, dictionaries, footer. Returns the file's length. */
function writeEnds(output: number, input: number, plan: OutputPlan, blocks: BlockList<BatchBlock>): number {
  for (const [position, bytes] of piecesBesideBatches(input, plan)) writeFully(output, bytes, position);
  const endOffset = endOfBatches(plan, blocks);
  const end = plan.end(blocks);
  writeFully(output, end, endOffset);
  return endOffset + end.length;
}

/** Where the last batch ends, or what stands before the first. */
export function endOfBatches(plan: OutputPlan, blocks: BlockList<BatchBlock>): number {
  const last = blocks.at(-1) ?? plan.dictionaries.at(-1)?.to;
  return last ? last.offset + last.metadataLength + last.bodyLength : plan.startLength;
}

const ZEROS = new Uint8Array(64);

/** Schema and dictionaries, each piece with its place in the output, in ascending order; valid until the next. */
export function* piecesBesideBatches(
  input: number,
  plan: OutputPlan,
): Generator<[position: number, bytes: Uint8Array]> {
  yield [0, plan.start];
  const buffer = new Uint8Array(2 ** 18);
  for (const { message, from, length, to } of plan.dictionaries) {
    yield [to.offset, message()];
    const body = to.offset + to.metadataLength;
    for (let done = 0; done < length; done += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, length - done));
      readingInput(undefined, () => readFully(input, part, from + done));
      yield [body + done, part];
    }
    yield [body + length, ZEROS.subarray(0, to.bodyLength - length)];
  }
}

/** Writes the header again of every batch with null rows: only its numbers change, not its length. */
function writePatches(
  output: number,
  plan: OutputPlan,
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
function settleInvalid(
  output: number,
  plan: OutputPlan,
  blocks: BlockList<BatchBlock>,
  { withBoth, invalidAreNull, tolerance }: LateNulls,
): void {
  for (let index = 0; index < blocks.length && withBoth.size > 0; index++) {
    const block = blocks.at(index) as BatchBlock;
    if (!withBoth.has(block.batch)) continue;
    const message = new Uint8Array(block.metadataLength);
    readFully(output, message, block.offset);
    const states = plan.rowStates(block, message);
    if (states) settleRows(output, states, block.rows, tolerance, invalidAreNull);
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
      if (areNull) clearBit(bits, row);
      else setBit(bits, row);
    }
    writeFully(output, bits, bitmap + first / 8);
  }
}
