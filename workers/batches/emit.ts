/**
 * The other way out: where a task cannot know its place in the output, it computes whole batches into a store of its
 * own, packs them, waits for its turn, and writes them in one piece.
 */
import { encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import { LogitmillError } from '../../src/errors.ts';
import { aligned, headerOf } from '../../src/layout/batch-layout.ts';
import type { BatchBlock } from '../../src/layout/output-plan.ts';
import { SCRATCH_BYTES, type SlabRange } from '../../src/memory/slabs.ts';
import { Turnstile } from '../../src/sync/turnstile.ts';
import type { Emission, EmittedBatch } from '../../src/tasks/emission.ts';
import type { TransformResult } from '../../src/tasks/results.ts';
import type { WorkerContext } from '../context.ts';
import { type OutputPart, readInput, type Target, writeOutput, writePipe } from '../io/files.ts';
import { FileStore, piecesOf, SlabStore, type Store } from '../io/store.ts';
import type { Tally } from '../rows/tally.ts';
import { stageClock } from '../stage-clock.ts';
import { ChainBroken } from '../turns.ts';
import { encoderOf } from './encoders.ts';
import type { ReadyBatch, Stores } from './pack.ts';
import type { StoredPart } from './packed-body.ts';

/** What has to be awaited before a task can run: nothing, mostly. */
export function prepareEmission(emission: Emission | null | undefined): Promise<void> | null {
  return (emission && encoderOf(emission.codec).prepare?.()) ?? null;
}

/**
 * Runs `work`, which writes batches where they would stand in an uncompressed file, and then writes them in turn.
 * @throws LogitmillError NO_SPACE, OUTPUT_IO, OUTPUT_CLOSED, and what `work` throws
 */
export function withEmission(
  task: { output: number; input: number; emission: Emission | null; spec: { invalidIsNull: boolean } },
  context: WorkerContext,
  work: (output: OutputPart) => Tally,
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
  const shifted = (store: Store): Target => ({
    write: (part, position) => store.write(part, position - base),
  });
  const buffers = emission.batches.reduce((sum, { layout }) => sum + layout.buffers.length / 2, 0);
  const most = encoderOf(emission.codec).most(bytes, buffers);
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

export function scratchStores({ scratch }: Emission, context: WorkerContext): Stores {
  return {
    made: new FileStore(context.scratchFile(scratch, 'output')),
    packed: new FileStore(context.scratchFile(scratch, 'packed')),
  };
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

type Segment = { bytes: Uint8Array } | StoredPart | FromInput;
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
  const encoder = encoderOf(emission.codec);
  let packedBytes = 0;
  for (const [index, ready] of batches.entries()) {
    for (const { message, from, length, padding } of emission.batches[index]?.dictionaries ?? []) {
      add({ bytes: message });
      add({ from, length });
      add({ bytes: new Uint8Array(padding) });
    }
    const { header, bodyLength, parts } = encoder.encode(ready, stores, packedBytes, context);
    const message = encodeBatchMessage(header, bodyLength, { version: emission.version });
    blocks.push({
      batch: ready.batch,
      rows: header.rows,
      offset: end,
      metadataLength: message.length,
      bodyLength,
    });
    add({ bytes: message });
    for (const part of parts) add(part);
    packedBytes += bodyLength;
  }
  const offset = takeTurn(emission, end);
  const gate = new Turnstile(emission.turnstile);
  if (emission.untilInvalid && tally.result.invalidRows > 0) gate.close();
  let position = offset;
  const write = (bytes: Uint8Array): void => {
    if (emission.toPipe) writePipe(output, bytes);
    else writeOutput(output, bytes, position);
    position += bytes.length;
  };
  for (const segment of gate.isClosed ? [] : segments) {
    if ('bytes' in segment) write(segment.bytes);
    else if ('store' in segment)
      for (const piece of piecesOf(segment.store, segment.position, segment.length)) write(piece);
    else copyFromInput(input, segment, context.slab, context, write);
  }
  if (emission.toPipe) gate.pass(emission.turn, offset + end);
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
