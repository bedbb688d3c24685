/**
 * The other way out: where a task cannot know its place in the output, it computes whole batches into a store of its
 * own, packs them, waits for its turn, and writes them in one piece.
 */
import { encodeBatchMessage } from '../src/arrow/encode-batch.ts';
import type { BatchHeader } from '../src/arrow/types.ts';
import { LogitmillError } from '../src/errors.ts';
import { SCRATCH_BYTES, type SlabRange } from '../src/memory.ts';
import { aligned, headerOf } from '../src/plan/batch.ts';
import { RAW_PREFIX } from '../src/plan/emission.ts';
import type { BatchBlock, Emission, EmittedBatch, TransformResult } from '../src/tasks.ts';
import { Turnstile } from '../src/turnstile.ts';
import { deflateZstd, prepareDeflateZstd, ZSTD_PIECE } from './codecs/deflate-zstd.ts';
import { LZ4_BLOCK } from './codecs/lz4.ts';
import type { WorkerContext } from './context.ts';
import { ChainBroken } from './csv/chunk-text.ts';
import { type FilePart, type OtherWay, readInput, writeOutput, writePipe } from './files.ts';
import { stageClock } from './stage-clock.ts';
import { FileStore, piecesOf, SlabStore, type Store } from './store.ts';
import type { Tally } from './tally.ts';

/** What has to be awaited before a task can run: nothing, mostly. */
export function prepareEmission(emission: Emission | null | undefined): Promise<void> | null {
  return emission?.codec === 'zstd' ? prepareDeflateZstd() : null;
}

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

/**
 * Runs `work`, which writes batches where they would stand in an uncompressed file, and then writes them in turn.
 * @throws LogitmillError NO_SPACE, OUTPUT_IO, OUTPUT_CLOSED, and what `work` throws
 */
export function withEmission(
  task: { output: number; input: number; emission: Emission | null; spec: { invalidIsNull: boolean } },
  context: WorkerContext,
  work: (output: FilePart) => Tally,
): TransformResult {
  const { emission, output } = task;
  if (!emission) return work(output).result;
  const base = emission.batches[0]?.bodyStart ?? 0;
  const bytes = emission.batches.reduce(
    (end, { bodyStart, layout }) => Math.max(end, bodyStart + layout.bodyLength - base),
    0,
  );
  const finish = (stores: Stores, tally: Tally): TransformResult => {
    const ready = emission.batches.map((batch) => readyBatch(batch, base, tally, task.spec.invalidIsNull));
    emit(task, emission, ready, stores, tally, context);
    return tally.result;
  };
  const shifted = (store: Store): OtherWay => ({
    read: (part, position) => store.read(part, position - base),
    write: (part, position) => store.write(part, position - base),
  });
  const buffers = emission.batches.reduce((sum, { layout }) => sum + layout.buffers.length / 2, 0);
  const most = emission.codec ? mostPacked(bytes, buffers) : 0;
  const { slab } = context;
  if (bytes + most <= (slab.end - slab.start) / 2) {
    try {
      return context.reserving(aligned(bytes) + most, (address) => {
        const made = new SlabStore(context.bytes, address);
        const packed = new SlabStore(context.bytes, address + aligned(bytes));
        return finish({ made, packed }, work(shifted(made)));
      });
    } catch (error) {
      if (!(error instanceof LogitmillError && error.code === 'MEMORY_TOO_SMALL')) throw error;
    }
  }
  const stores = scratchStores(emission, context);
  return finish(stores, work(shifted(stores.made)));
}

/** Runs a task's work; when it fails, those that wait for it wait no more. */
export function orBreak<T>(
  queues: readonly (Pick<Emission, 'turnstile'> | null | undefined)[],
  work: () => T,
): T {
  try {
    return work();
  } catch (error) {
    for (const queue of queues) if (queue) new Turnstile(queue.turnstile).break();
    throw error;
  }
}

/** `made` holds batches as they were computed, `packed` what is made of them. */
export interface Stores {
  made: Store;
  packed: Store;
}

export function scratchStores({ scratch }: Emission, context: WorkerContext): Stores {
  return {
    made: new FileStore(context.scratchFile(scratch, 'output')),
    packed: new FileStore(context.scratchFile(scratch, 'packed')),
  };
}

/** Bytes that packed batches take at most: no buffer grows by more than its prefix and its frame's headers. */
export function mostPacked(bytes: number, buffers: number): number {
  return bytes + bytes / 1024 + buffers * 192;
}

function readyBatch(
  { batch, bodyStart, layout }: EmittedBatch,
  base: number,
  { result }: Tally,
  invalidIsNull: boolean,
): ReadyBatch {
  let nullRows = 0;
  for (let at = 0; at < result.nullsByBatch.length; at += 3) {
    const [of, nulls, invalid] = result.nullsByBatch.slice(at, at + 3);
    if (of === batch) nullRows += nulls + (invalidIsNull ? invalid : 0);
  }
  const { bodyLength, validityBuffers, validity, sumsBuffer } = layout;
  const header = headerOf(layout, nullRows);
  return { batch, start: bodyStart - base, bodyLength, header, validityBuffers, validity, sumsBuffer };
}

type Segment = { bytes: Uint8Array } | { store: Store; position: number; length: number } | FromInput;
interface FromInput {
  from: number;
  length: number;
}

/** Writes batches, and the dictionaries that stand before them, once it is their turn. */
export function emit(
  { input, output }: { input: number; output: number },
  emission: Emission,
  batches: readonly ReadyBatch[],
  stores: Stores,
  tally: Tally,
  context: WorkerContext,
): void {
  const segments: Segment[] = [];
  const blocks: BatchBlock[] = [];
  let end = 0;
  const add = (segment: Segment): void => {
    segments.push(segment);
    end += 'bytes' in segment ? segment.bytes.length : segment.length;
  };
  let packedBytes = 0;
  for (const [index, ready] of batches.entries()) {
    for (const { message, from, length, padding } of emission.batches[index]?.dictionaries ?? []) {
      add({ bytes: message });
      add({ from, length });
      add({ bytes: new Uint8Array(padding) });
    }
    const { header, bodyLength } = emission.codec
      ? pack(ready, emission.codec, stores, packedBytes, context)
      : plain(ready, stores);
    const message = encodeBatchMessage(header, bodyLength, { version: emission.version });
    blocks.push({
      batch: ready.batch,
      rows: header.rows,
      offset: end,
      metadataLength: message.length,
      bodyLength,
    });
    add({ bytes: message });
    if (emission.codec) add({ store: stores.packed, position: packedBytes, length: bodyLength });
    else add({ store: stores.made, position: ready.start, length: bodyLength });
    packedBytes += bodyLength;
  }
  const offset = takeTurn(emission, end);
  let position = offset;
  const write = (bytes: Uint8Array): void => {
    if (emission.toPipe) writePipe(output, bytes);
    else writeOutput(output, bytes, position);
    position += bytes.length;
  };
  for (const segment of segments) {
    if ('bytes' in segment) write(segment.bytes);
    else if ('store' in segment)
      for (const piece of piecesOf(segment.store, segment.position, segment.length)) write(piece);
    else copyFromInput(input, segment, context.slab, context, write);
  }
  if (emission.toPipe) new Turnstile(emission.turnstile).pass(emission.turn, offset + end);
  tally.result.outputBytes = end;
  tally.result.outputEnd = offset + end;
  tally.result.blocks = blocks.map((block) => ({ ...block, offset: block.offset + offset }));
}

/** Where the task's bytes go; into a file the next task may write at once, into a pipe once this one has. */
function takeTurn({ turnstile, turn, start, toPipe }: Emission, bytes: number): number {
  const gate = new Turnstile(turnstile);
  const before = stageClock.during('wait', () => gate.wait(turn));
  if (before === null) throw new ChainBroken();
  const offset = start ?? before;
  if (!toPipe) gate.pass(turn, offset + bytes);
  return offset;
}

/** Bodies that go out as they are still have to have zeros between their buffers. */
function plain({ header, start, bodyLength, validity }: ReadyBatch, { made }: Stores) {
  const ends: [from: number, to: number][] = [];
  for (let buffer = 0; buffer < header.buffers.length; buffer += 2) {
    const offset = header.buffers[buffer];
    const length = offset === validity ? Math.ceil(header.rows / 8) : header.buffers[buffer + 1];
    ends.push([offset + length, aligned(offset + length)]);
  }
  for (const [from, to] of ends) made.write(new Uint8Array(to - from), start + from);
  return { header, bodyLength };
}

/** Compresses every buffer of a batch to `packed`, from byte `position` on; returns the header of the result. */
function pack(
  { header, start, validityBuffers, validity, sumsBuffer }: ReadyBatch,
  codec: 'lz4' | 'zstd',
  { made, packed }: Stores,
  position: number,
  context: WorkerContext,
): { header: BatchHeader; bodyLength: number } {
  const results = new Set(validityBuffers);
  const buffers = header.buffers.slice();
  let end = 0;
  let validityAt = -1;
  for (let index = 0; index * 2 < buffers.length; index++) {
    const [offset, length] = header.buffers.subarray(index * 2);
    if (results.has(index) && offset === validity) {
      // One bitmap for all results. Stored as it is, so that its length is known to whoever changes the header later.
      const bytes = Math.ceil(header.rows / 8);
      if (validityAt < 0) {
        validityAt = end;
        end = padded(packed, position, end + storeRaw(made, start + offset, bytes, packed, position + end));
      }
      buffers[index * 2] = validityAt;
      if (length > 0) buffers[index * 2 + 1] = RAW_PREFIX + bytes;
      continue;
    }
    buffers[index * 2] = end;
    if (length === 0) continue;
    const stored =
      index === sumsBuffer
        ? storeRaw(made, start + offset, length, packed, position + end)
        : storeDeflated(made, start + offset, length, packed, position + end, codec, context);
    buffers[index * 2 + 1] = stored;
    end = padded(packed, position, end + stored);
  }
  return { header: { ...header, buffers, compression: codec }, bodyLength: end };
}

function padded(store: Store, position: number, end: number): number {
  store.write(new Uint8Array(aligned(end) - end), position + end);
  return aligned(end);
}

function prefix(length: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, length, true);
  return bytes;
}

function storeRaw(from: Store, position: number, length: number, to: Store, at: number): number {
  to.write(prefix(-1n), at);
  let end = at + 8;
  for (const piece of piecesOf(from, position, length)) {
    to.write(piece, end);
    end += piece.length;
  }
  return end - at;
}

/** What does not become smaller is stored as it is, which is faster to read. Returns the bytes taken. */
function storeDeflated(
  from: Store,
  position: number,
  length: number,
  to: Store,
  at: number,
  codec: 'lz4' | 'zstd',
  context: WorkerContext,
): number {
  const pieces = piecesOf(from, position, length, codec === 'lz4' ? LZ4_BLOCK : ZSTD_PIECE);
  const deflated = codec === 'lz4' ? context.lz4.deflate(pieces) : deflateZstd(pieces);
  to.write(prefix(BigInt(length)), at);
  let end = at + 8;
  for (const piece of deflated) {
    to.write(piece, end);
    end += piece.length;
  }
  return end - at - 8 < length ? end - at : storeRaw(from, position, length, to, at);
}

function copyFromInput(
  input: number,
  { from, length }: FromInput,
  slab: SlabRange,
  { bytes }: WorkerContext,
  write: (bytes: Uint8Array) => void,
): void {
  // Stores, where they are in the slab, are at its end.
  const start = slab.start + SCRATCH_BYTES;
  const part = bytes.subarray(start, start + 2 ** 18);
  for (let done = 0; done < length; done += part.length) {
    const piece = part.subarray(0, Math.min(part.length, length - done));
    readInput(input, piece, from + done);
    write(piece);
  }
}
