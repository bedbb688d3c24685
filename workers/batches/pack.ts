/** How a batch's body goes out: as it was computed, or every buffer of it compressed. */
import type { BatchHeader } from '../../src/arrow/types.ts';
import { aligned } from '../../src/layout/batch-layout.ts';
import { RAW_PREFIX } from '../../src/layout/late-nulls.ts';
import { piecesOf, type Store } from '../io/store.ts';
import { PackedBody, type StoredPart } from './packed-body.ts';

/** A batch that lies in a store, and its header. */
export interface ReadyBatch {
  batch: number;
  /** Where its body begins in the store. */
  start: number;
  bodyLength: number;
  /** As if it went out uncompressed; a bitmap of the results that no reader is to see has the length 0. */
  header: BatchHeader;
  /** Of the results' bitmaps. */
  validityBuffers: readonly number[];
  validity: number;
  sumsBuffer: number;
}

/** `made` holds batches as they were computed, `packed` what is made of them. */
export interface Stores {
  made: Store;
  packed: Store;
}

/** How a codec makes a frame of a buffer. */
export interface Deflate {
  /** Bytes that it likes to be given at a time. */
  piece: number;
  /** Told some pieces of a buffer first: whether it is worth it. It is, where this is left out. */
  choose?(samples: Iterable<Uint8Array>): boolean;
  deflate(pieces: Iterable<Uint8Array>): Iterable<Uint8Array>;
}

/** Bytes that packed batches take at most: no buffer grows by more than its prefix and its frame's headers. */
export function mostPacked(bytes: number, buffers: number): number {
  return bytes + bytes / 1024 + buffers * 192;
}

/** Bodies that go out as they are still have to have zeros between their buffers. */
export function plain({ header, start, bodyLength, validity }: ReadyBatch, { made }: Stores) {
  const ends: [from: number, to: number][] = [];
  for (let buffer = 0; buffer < header.buffers.length; buffer += 2) {
    const offset = header.buffers[buffer];
    const length = offset === validity ? Math.ceil(header.rows / 8) : header.buffers[buffer + 1];
    ends.push([offset + length, aligned(offset + length)]);
  }
  for (const [from, to] of ends) made.write(new Uint8Array(to - from), start + from);
  return { header, bodyLength };
}

/** Compresses every buffer of a batch, to `packed` from byte `position` on. */
export function pack(
  { header, start, validityBuffers, validity, sumsBuffer }: ReadyBatch,
  codec: Deflate,
  { made, packed }: Stores,
  position: number,
): { header: BatchHeader; bodyLength: number; parts: StoredPart[] } {
  const results = new Set(validityBuffers);
  const buffers = header.buffers.slice();
  const body = new PackedBody(packed, position);
  let validityAt = -1;
  for (let index = 0; index * 2 < buffers.length; index++) {
    const [offset, length] = header.buffers.subarray(index * 2);
    if (results.has(index) && offset === validity) {
      // One bitmap for all results. Stored as it is, so that its length is known to whoever changes the header later.
      const bytes = Math.ceil(header.rows / 8);
      if (validityAt < 0) {
        validityAt = body.length;
        storeRaw(made, start + offset, bytes, body);
        body.pad();
      }
      buffers[index * 2] = validityAt;
      if (length > 0) buffers[index * 2 + 1] = RAW_PREFIX + bytes;
      continue;
    }
    buffers[index * 2] = body.length;
    if (length === 0) continue;
    if (index === sumsBuffer) storeRaw(made, start + offset, length, body);
    else storeDeflated(made, start + offset, length, body, codec);
    buffers[index * 2 + 1] = body.length - buffers[index * 2];
    body.pad();
  }
  return { header: { ...header, buffers }, bodyLength: body.length, parts: body.parts };
}

function prefix(length: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, length, true);
  return bytes;
}

function storeRaw(from: Store, position: number, length: number, body: PackedBody): void {
  body.write(prefix(-1n));
  body.refer(from, position, length);
}

/** What does not become smaller is stored as it is, which is faster to read. */
function storeDeflated(
  from: Store,
  position: number,
  length: number,
  body: PackedBody,
  { piece: most, choose, deflate }: Deflate,
): void {
  if (choose?.(samplesOf(from, position, length, most)) !== false) {
    const mark = body.mark();
    body.write(prefix(BigInt(length)));
    const deflated = body.length;
    for (const piece of deflate(piecesOf(from, position, length, most))) body.write(piece);
    if (body.length - deflated < length) return;
    body.goBack(mark);
  }
  storeRaw(from, position, length, body);
}

/** Some pieces from all over a buffer, or all of a small one: each is valid until the next. */
function* samplesOf(from: Store, position: number, length: number, most: number): Generator<Uint8Array> {
  const pieces = Math.ceil(length / most);
  for (const index of new Set([0, 1, 2, 3].map((third) => Math.floor((third * (pieces - 1)) / 3))))
    yield from.view(position + index * most, Math.min(most, length - index * most));
}
