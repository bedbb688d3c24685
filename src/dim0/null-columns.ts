import { clearBit, countBits } from '../arrow/bits.ts';
import { bufferPosition, nullCountPosition } from '../arrow/encode-batch.ts';
import type { BlockList } from '../arrow/types.ts';
import { readFully, writeFully } from '../io/files.ts';
import { aligned, type ColumnNulls, columnNullBytes } from '../layout/batch-layout.ts';
import type { BatchBlock } from '../layout/output-plan.ts';

/** Bits at a time, where a row has fewer. */
const BITS = 2 ** 23;

/**
 * Makes invalid columns of dim 0 null, in a file that left room for it. Done once more it changes nothing.
 * @param isInvalid of each column, row-major for tensors
 */
export function nullInvalidColumns(
  output: number,
  nulls: ColumnNulls,
  blocks: BlockList<BatchBlock>,
  isInvalid: Uint8Array,
): void {
  for (let index = 0; index < blocks.length; index++) {
    const block = blocks.at(index) as BatchBlock;
    const message = new Uint8Array(block.metadataLength);
    readFully(output, message, block.offset);
    const batch = new Batch(output, block, message, columnNullBytes(nulls, block.rows));
    if (nulls.classes) nullColumns(batch, nulls, nulls.classes, isInvalid);
    else nullElements(batch, nulls, isInvalid);
    writeFully(output, message, block.offset);
  }
}

/** One bitmap without a set bit is that of all invalid columns. */
function nullColumns(
  batch: Batch,
  { nodes, buffers }: ColumnNulls,
  classes: readonly number[],
  isInvalid: Uint8Array,
): void {
  batch.write(new Uint8Array(batch.bytes), 0);
  for (const [index, node] of nodes.entries())
    if (isInvalid[classes[index]]) batch.useBitmap(node, buffers[index], batch.rows);
}

/** What was null stays null; the results of both ops have the same nulls. */
function nullElements(batch: Batch, { perRow, nodes, buffers }: ColumnNulls, isInvalid: Uint8Array): void {
  const columns = Array.from(isInvalid.keys()).filter((column) => isInvalid[column]);
  const step = Math.max(8, Math.floor(BITS / Math.max(1, perRow) / 8) * 8);
  let set = 0;
  for (let first = 0; first < batch.rows; first += step) {
    const rows = Math.min(step, batch.rows - first);
    const from = (first * perRow) / 8;
    const bits = batch.read(buffers[0], from, Math.ceil((rows * perRow) / 8));
    for (let row = 0; row < rows; row++) for (const column of columns) clearBit(bits, row * perRow + column);
    if ((rows * perRow) % 8 > 0) bits[bits.length - 1] &= (1 << ((rows * perRow) % 8)) - 1;
    set += countBits(bits);
    batch.write(bits, from);
  }
  const unset = batch.rows * perRow - set;
  if (columns.length > 0)
    for (const [index, node] of nodes.entries()) batch.useBitmap(node, buffers[index], unset);
}

/** A batch of the output, with room for a bitmap of `bytes` at the end of its body. */
class Batch {
  readonly rows: number;
  readonly bytes: number;
  readonly #output: number;
  readonly #message: Uint8Array;
  readonly #view: DataView;
  /** Of the body, in the file; and of the bitmap, in the body. */
  readonly #body: number;
  readonly #bitmap: number;

  constructor(output: number, block: BatchBlock, message: Uint8Array, bytes: number) {
    this.#output = output;
    this.#message = message;
    this.#view = new DataView(message.buffer);
    this.rows = block.rows;
    this.bytes = bytes;
    this.#body = block.offset + block.metadataLength;
    this.#bitmap = block.bodyLength - aligned(bytes);
  }

  /** Bytes of the bitmap that a buffer holds now: all set where it holds none. */
  read(buffer: number, from: number, length: number): Uint8Array {
    const bits = new Uint8Array(length).fill(0xff);
    const at = bufferPosition(this.#message, buffer);
    if (this.#view.getBigInt64(at + 8, true) > 0n)
      readFully(this.#output, bits, this.#body + Number(this.#view.getBigInt64(at, true)) + from);
    return bits;
  }

  write(bits: Uint8Array, from: number): void {
    writeFully(this.#output, bits, this.#body + this.#bitmap + from);
  }

  /** Makes the bitmap that of a node, of which so many are null. */
  useBitmap(node: number, buffer: number, nulls: number): void {
    this.#view.setBigInt64(nullCountPosition(this.#message, node), BigInt(nulls), true);
    const at = bufferPosition(this.#message, buffer);
    this.#view.setBigInt64(at, BigInt(this.#bitmap), true);
    this.#view.setBigInt64(at + 8, BigInt(this.bytes), true);
  }
}
