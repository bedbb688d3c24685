import { ZstdFrames } from '../../src/codecs/zstd.ts';
import { LogitmillError } from '../../src/errors.ts';
import type { StoredBytes } from './stored-bytes.ts';

/** Every level but the "ultra" ones stays within it. */
const USUAL_WINDOW = 8 * 2 ** 20;

/** Of the decoder, and of every level of the reference implementation. */
const LARGEST_WINDOW = 128 * 2 ** 20;

/**
 * What the frames hold, piece by piece; each is valid until the next. To be called after `prepareZstd`.
 * @param memory what the decoder's window may take, in bytes
 * @throws LogitmillError INPUT_CORRUPT; MEMORY_TOO_SMALL when a frame wants a larger window
 */
export function* inflateZstd(stored: StoredBytes, memory: number): Generator<Uint8Array> {
  const frames = new ZstdFrames(({ window }) => checkWindow(window, memory));
  try {
    for (const piece of stored.pieces()) yield* frames.push(piece);
    yield* frames.finish();
  } finally {
    frames.close();
  }
}

function checkWindow(window: number, memory: number): void {
  if (window <= Math.max(USUAL_WINDOW, memory)) return;
  const mebibytes = Math.ceil(window / 2 ** 20);
  if (window > LARGEST_WINDOW) {
    throw new LogitmillError('INPUT_UNSUPPORTED', `needs a window of ${mebibytes} MiB to be inflated`);
  }
  throw new LogitmillError(
    'MEMORY_TOO_SMALL',
    `needs a window of ${mebibytes} MiB to be inflated; a worker has ${Math.floor(memory / 2 ** 20)} MiB`,
    { hint: `--threads 1 --memory ${mebibytes}MiB` },
  );
}
