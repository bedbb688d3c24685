import { compress } from '@bokuweb/zstd-wasm';
import { encodeFileEnd, encodeFileStart, encodeSchemaMessage } from '../../src/arrow/encode.ts';
import { encodeBatchMessage } from '../../src/arrow/encode-batch.ts';
import type { Block, BodyCodec, Schema } from '../../src/arrow/types.ts';
import { LZ4_BLOCK, type Lz4Encoder } from '../../workers/codecs/deflate-lz4.ts';

export interface WrittenBatch {
  rows: number;
  nodes: readonly number[];
  buffers: readonly Uint8Array[];
}

export interface Writing {
  container: 'file' | 'stream';
  codec: BodyCodec | null;
  lz4: Lz4Encoder;
}

const NONE = new Uint8Array(0);

/** An Arrow file or stream in parts, every buffer of it compressed as pyarrow does: in one frame. */
export function* arrowBytes(
  schema: Schema,
  batches: readonly WrittenBatch[],
  { container, codec, lz4 }: Writing,
): Generator<Uint8Array> {
  const start = container === 'file' ? encodeFileStart(schema) : encodeSchemaMessage(schema, 0);
  yield start;
  let position = start.length;
  const blocks: Block[] = [];
  for (const { rows, nodes, buffers } of batches) {
    const stored = buffers.map((buffer) =>
      codec && buffer.length > 0 ? packed(buffer, codec, lz4) : buffer,
    );
    const regions: number[] = [];
    let bodyLength = 0;
    for (const { length } of stored) {
      regions.push(bodyLength, length);
      bodyLength += Math.ceil(length / 64) * 64;
    }
    const header = {
      rows,
      nodes: Float64Array.from(nodes),
      buffers: Float64Array.from(regions),
      variadicCounts: new Float64Array(0),
      compression: codec,
    };
    const message = encodeBatchMessage(header, bodyLength);
    blocks.push({ offset: position, metadataLength: message.length, bodyLength });
    position += message.length + bodyLength;
    yield message;
    for (const buffer of stored) {
      yield buffer;
      yield new Uint8Array(Math.ceil(buffer.length / 64) * 64 - buffer.length);
    }
  }
  yield container === 'file'
    ? encodeFileEnd(schema, [], blocks, [])
    : Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
}

function packed(buffer: Uint8Array, codec: BodyCodec, lz4: Lz4Encoder): Uint8Array {
  const prefix = Buffer.alloc(8);
  prefix.writeBigInt64LE(BigInt(buffer.length));
  if (codec === 'zstd') return Buffer.concat([prefix, compress(Buffer.from(buffer), 1)]);
  function* blocks() {
    for (let at = 0; at < buffer.length; at += LZ4_BLOCK) yield buffer.subarray(at, at + LZ4_BLOCK);
  }
  const parts: Uint8Array[] = [prefix];
  for (const part of lz4.deflate(blocks())) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

/** Buffers that are there in every column and of no use: validity where there are no nulls. */
export const NO_VALIDITY = NONE;
