import fs from 'node:fs';
import { CompressionType, compressionRegistry } from 'apache-arrow';
import { LZ4_PIECE, Lz4Frames } from '../../src/codecs/lz4.ts';
import { prepareZstd, ZstdFrames } from '../../src/codecs/zstd.ts';

function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  // Each is valid until the next.
  return new Uint8Array(Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece))));
}

/** apache-arrow reads compressed bodies with codecs that it is given. Ours are tested with what others compress. */
export async function registerCodecs(): Promise<void> {
  await prepareZstd();
  const frames = new Lz4Frames(new WebAssembly.Module(fs.readFileSync('dist/kernels/lz4.baseline.wasm')));
  function* inflateLz4(bytes: Uint8Array): Generator<Uint8Array> {
    frames.begin();
    for (let from = 0; from < bytes.length; from += LZ4_PIECE) {
      const piece = bytes.subarray(from, from + LZ4_PIECE);
      frames.room.set(piece);
      yield* frames.inflate(piece.length);
    }
    yield* frames.finish();
  }
  function* inflateZstd(bytes: Uint8Array): Generator<Uint8Array> {
    const zstd = new ZstdFrames(() => {});
    yield* zstd.push(bytes);
    yield* zstd.finish();
    zstd.close();
  }
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => joined(inflateLz4(bytes)) });
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => joined(inflateZstd(bytes)) });
}
