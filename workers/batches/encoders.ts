import type { BatchHeader, BodyCodec } from '../../src/arrow/types.ts';
import { LZ4_BLOCK } from '../codecs/deflate-lz4.ts';
import { deflateZstd, prepareDeflateZstd, ZSTD_PIECE } from '../codecs/deflate-zstd.ts';
import type { WorkerContext } from '../context.ts';
import { type Deflate, mostPacked, pack, plain, type ReadyBatch, type Stores } from './pack.ts';
import type { StoredPart } from './packed-body.ts';

/** A batch's body as it goes out. */
export interface EncodedBatch {
  header: BatchHeader;
  bodyLength: number;
  /** Where it lies: `bodyLength` bytes together. */
  parts: readonly StoredPart[];
}

/** Makes of a computed batch what stands in the output, where its size is known only then. */
export interface BatchEncoder {
  /** What has to be awaited before a task can run. */
  prepare?(): Promise<void>;
  /** Bytes that encoded batches take of the packed store at most, by their bytes and buffers as computed. */
  most(bytes: number, buffers: number): number;
  /** @param at where there is room in the packed store */
  encode(batch: ReadyBatch, stores: Stores, at: number, context: WorkerContext): EncodedBatch;
}

/** Bodies as they were computed. */
const PLAIN: BatchEncoder = {
  most: () => 0,
  encode: (batch, stores) => {
    const encoded = plain(batch, stores);
    return { ...encoded, parts: [{ store: stores.made, position: batch.start, length: encoded.bodyLength }] };
  },
};

const LZ4 = compressing('lz4', (context) => ({
  piece: LZ4_BLOCK,
  choose: (samples) => context.lz4Encoder.choose(samples),
  deflate: (pieces) => context.lz4Encoder.deflate(pieces),
}));

const ZSTD: BatchEncoder = {
  ...compressing('zstd', () => ({ piece: ZSTD_PIECE, deflate: deflateZstd })),
  prepare: prepareDeflateZstd,
};

export const ENCODERS: { readonly [K in BodyCodec | 'none']: BatchEncoder } = {
  none: PLAIN,
  lz4: LZ4,
  zstd: ZSTD,
};

export function encoderOf(codec: BodyCodec | null | undefined): BatchEncoder {
  return ENCODERS[codec ?? 'none'];
}

/** Every buffer compressed by itself. */
function compressing(codec: BodyCodec, deflateOf: (context: WorkerContext) => Deflate): BatchEncoder {
  return {
    most: mostPacked,
    encode: (batch, stores, at, context) => {
      const { header, ...body } = pack(batch, deflateOf(context), stores, at);
      return { ...body, header: { ...header, compression: codec } };
    },
  };
}
