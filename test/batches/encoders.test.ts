import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ZSTDDecoder } from 'zstddec';
import type { BatchHeader } from '../../src/arrow/types.ts';
import { aligned } from '../../src/layout/batch-layout.ts';
import { FIRST_SLAB, makeMemory } from '../../src/memory/slabs.ts';
import { type BatchEncoder, ENCODERS } from '../../workers/batches/encoders.ts';
import type { ReadyBatch, Stores } from '../../workers/batches/pack.ts';
import { WorkerContext } from '../../workers/context.ts';
import { FileStore, SlabStore } from '../../workers/io/store.ts';
import { temporaryFolder } from '../cli/run.ts';
import { decodeLz4Frame } from './lz4-frame.ts';

type Decode = (frame: Uint8Array, length: number) => Uint8Array;

const zstd = new ZSTDDecoder();

/** Somebody else's decoder for each encoder; null: nothing is packed. */
const DECODERS: Readonly<Record<keyof typeof ENCODERS, Decode | null>> = {
  none: null,
  lz4: decodeLz4Frame,
  zstd: (frame, length) => zstd.decode(frame, length),
};

const SLAB = 24 * 2 ** 20;

function newContext(): WorkerContext {
  const lz4 = new WebAssembly.Module(fs.readFileSync('dist/kernels/lz4.baseline.wasm'));
  return new WorkerContext({
    ...{
      memory: makeMemory(1, SLAB),
      slabBytes: SLAB,
      setApart: 0,
      modules: { lz4 },
      build: 'baseline' as const,
    },
    ...{ slabsTaken: new SharedArrayBuffer(4), isTraced: false },
  });
}

/** What buffers hold: nothing twice, all the same, and floats of few digits as logits are. */
const FILLS: readonly ((index: number, seed: number) => number)[] = [
  (index, seed) => Math.imul(index ^ seed, 0x9e3779b1) >>> 24,
  (_, seed) => seed & 255,
  (index, seed) => (index % 4 === 3 ? 0x40 : index % 4 === 2 ? (seed + index) & 31 : 0),
];

const SIZES = [0, 1, 63, 64, 4096, 2 ** 16 - 1, 2 ** 16, 2 ** 16 + 1, 2 ** 17, 2 ** 17 + 64, 300_000];

interface Made {
  ready: ReadyBatch;
  buffers: Uint8Array[];
}

/** Puts a batch together in `stores.made`, from byte `start` on, with something else between its buffers. */
function make(
  stores: Stores,
  start: number,
  parts: readonly { size: number; fill: number; seed: number }[],
): Made {
  const rows = 40;
  const validity = 0;
  const buffers = parts.map(({ size, fill, seed }) =>
    Uint8Array.from({ length: size }, (_, index) => FILLS[fill]!(index, seed)),
  );
  const bitmap = new Uint8Array(Math.ceil(rows / 8)).fill(0b10101010);
  stores.made.write(new Uint8Array(64).fill(0xee), start);
  stores.made.write(bitmap, start + validity);
  const regions = [validity, 0];
  let end = 64;
  for (const bytes of buffers) {
    stores.made.write(new Uint8Array(aligned(bytes.length)).fill(0xee), start + end);
    stores.made.write(bytes, start + end);
    regions.push(end, bytes.length);
    end += aligned(bytes.length);
  }
  const header: BatchHeader = {
    ...{ rows, nodes: Float64Array.of(rows, 0), buffers: Float64Array.from(regions) },
    ...{ variadicCounts: new Float64Array(0), compression: null },
  };
  const ready = { batch: 0, start, bodyLength: end, header, validityBuffers: [0], validity, sumsBuffer: -1 };
  return { ready, buffers };
}

function bodyOf(
  encoder: BatchEncoder,
  ready: ReadyBatch,
  stores: Stores,
  at: number,
  context: WorkerContext,
) {
  const { header, bodyLength, parts } = encoder.encode(ready, stores, at, context);
  const body = Buffer.concat(
    parts.flatMap(({ store, position, length }) => {
      const bytes = Buffer.alloc(length);
      if (length > 0) store.read(bytes, position);
      return bytes;
    }),
  );
  const packed = parts.filter(({ store }) => store === stores.packed);
  const most = packed.reduce((end, { position, length }) => Math.max(end, position + length - at), 0);
  return { header, bodyLength, body, most };
}

beforeAll(() => zstd.init());

describe.each(Object.entries(ENCODERS))('%s', (name, encoder) => {
  const decode = DECODERS[name as keyof typeof ENCODERS];
  const context = newContext();
  beforeAll(() => encoder.prepare?.());

  const stores: Record<string, () => Stores> = {
    'in the slab': () => ({
      made: new SlabStore(context.bytes, FIRST_SLAB + 2 ** 20),
      packed: new SlabStore(context.bytes, FIRST_SLAB + 12 * 2 ** 20),
    }),
    'in files': () => {
      const folder = temporaryFolder();
      const [made, packed] = ['made', 'packed'].map((file) => fs.openSync(path.join(folder, file), 'w+'));
      return { made: new FileStore(made!), packed: new FileStore(packed!) };
    },
  };

  test.each(Object.keys(stores))('what others find in a body is what was computed, %s', (where) => {
    const part = fc.record({ size: fc.constantFrom(...SIZES), fill: fc.nat(2), seed: fc.nat(1000) });
    const { made, packed } = stores[where]!();
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat(3), (parts, shift) => {
        const { ready, buffers } = make({ made, packed }, shift * 64, parts);
        const { header, bodyLength, body, most } = bodyOf(
          encoder,
          ready,
          { made, packed },
          shift * 64,
          context,
        );
        expect(body.length).toBe(bodyLength);
        expect(bodyLength % 64).toBe(0);
        expect(most).toBeLessThanOrEqual(encoder.most(ready.bodyLength, header.buffers.length / 2));
        expect(header.compression).toBe(decode ? name : null);
        const used = new Uint8Array(bodyLength);
        const regionOf = (index: number): Buffer => {
          const [offset, length] = header.buffers.subarray(2 * index) as unknown as [number, number];
          expect(offset % 64).toBe(0);
          expect(offset + length).toBeLessThanOrEqual(bodyLength);
          used.fill(1, offset, offset + length);
          return body.subarray(offset, offset + length);
        };
        for (const [index, expected] of buffers.entries()) {
          const stored = regionOf(index + 1);
          if (!decode || stored.length === 0) {
            expect(Buffer.compare(stored, expected)).toBe(0);
            continue;
          }
          const length = Number(stored.readBigInt64LE(0));
          const frame = stored.subarray(8);
          const found = length === -1 ? frame : decode(frame, length);
          if (length !== -1) expect(length).toBe(expected.length);
          expect(Buffer.compare(found, expected)).toBe(0);
        }
        // The bitmap that nobody is to see yet lies where the header says, for when rows turn out to be null.
        const at = header.buffers[0]!;
        const prefix = decode ? 8 : 0;
        if (decode) expect(body.readBigInt64LE(at)).toBe(-1n);
        expect([...body.subarray(at + prefix, at + prefix + 5)]).toEqual(Array(5).fill(0b10101010));
        used.fill(1, at, at + prefix + 5);
        expect(body.every((byte, index) => used[index] === 1 || byte === 0)).toBe(true);
      }),
      { numRuns: where === 'in files' ? 15 : 40 },
    );
  });

  test('the same batch gives the same bytes wherever it lies', () => {
    const parts = [2 ** 16 + 1, 5, 2 ** 17].map((size, seed) => ({ size, fill: 2, seed }));
    const bodies = Object.values(stores).flatMap((open) =>
      [0, 640].map((start) => {
        const set = open();
        return bodyOf(encoder, make(set, start, parts).ready, set, start, context).body;
      }),
    );
    for (const body of bodies) expect(Buffer.compare(body, bodies[0]!)).toBe(0);
  });
});
