import { bufferPosition, nullCountPosition } from '../arrow/encode-batch.ts';
import type { RunOptions } from '../options/types.ts';
import type { BatchLayout } from './batch-layout.ts';
import type { BatchBlock, RowStates } from './output-plan.ts';
/**
 * The results' bitmap and row_sum go out as they are, behind the -1 that says so: when all rows are computed, they are
 * read and changed once more.
 */
export const RAW_PREFIX = 8;

const prefixOf = (compression: RunOptions['compression']): number =>
  compression === 'none' ? 0 : RAW_PREFIX;

/** A batch's message with other null rows: only numbers in it change. */
export function withNullRows(
  message: Uint8Array,
  { nullableNodes, validityBuffers }: Pick<BatchLayout, 'nullableNodes' | 'validityBuffers'>,
  rows: number,
  nullRows: number,
  compression: RunOptions['compression'],
): Uint8Array {
  const patched = message.slice();
  const view = new DataView(patched.buffer);
  for (const node of nullableNodes)
    view.setBigInt64(nullCountPosition(message, node), BigInt(nullRows), true);
  const length = nullRows === 0 ? 0 : prefixOf(compression) + Math.ceil(rows / 8);
  for (const buffer of validityBuffers)
    view.setBigInt64(bufferPosition(message, buffer) + 8, BigInt(length), true);
  return patched;
}

/** Where the states of a batch's rows stand: all results have the same bitmap. */
export function rowStates(
  message: Uint8Array,
  block: BatchBlock,
  slices: number,
  { validityBuffers, sumsBuffer }: Pick<BatchLayout, 'validityBuffers' | 'sumsBuffer'>,
  compression: RunOptions['compression'],
): RowStates | null {
  const bitmap = validityBuffers.at(-1);
  if (bitmap === undefined || sumsBuffer < 0) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const start = block.offset + block.metadataLength + prefixOf(compression);
  const place = (buffer: number): number =>
    start + Number(view.getBigInt64(bufferPosition(message, buffer), true));
  return { bitmap: place(bitmap), sums: place(sumsBuffer), slices };
}
