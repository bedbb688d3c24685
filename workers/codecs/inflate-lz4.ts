import { LZ4_PIECE, type Lz4Frames } from '../../src/codecs/lz4.ts';
import type { StoredBytes } from './stored-bytes.ts';

/**
 * What the frames hold, piece by piece; each is valid until the next.
 * @throws LogitmillError INPUT_CORRUPT
 */
export function* inflateLz4(stored: StoredBytes, frames: Lz4Frames): Generator<Uint8Array> {
  frames.begin();
  while (stored.left > 0) {
    const room = frames.room.subarray(0, Math.min(LZ4_PIECE, stored.left));
    stored.fill(room);
    yield* frames.inflate(room.length);
  }
  yield* frames.finish();
}
