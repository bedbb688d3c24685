import { pipeline, Readable } from 'node:stream';
import { LogitmillError } from '../../errors.ts';
import type { Pieces } from './byte-source.ts';

export type Archive = 'gzip' | 'zstd';

/** Pieces as the libraries give them. */
const PIECE_BYTES = 128 * 2 ** 10;

/**
 * What is in a compressed file, which may consist of several parts that were compressed one by one.
 * @throws LogitmillError INPUT_CORRUPT, while it is read
 */
export function inflatePieces(beneath: Pieces, archive: Archive, file: string): Pieces {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* archive === 'gzip' ? gunzip(beneath) : unzstd(beneath);
      } catch (cause) {
        if (cause instanceof LogitmillError) throw cause;
        throw new LogitmillError('INPUT_CORRUPT', `its compressed data ${whatIsWrong(cause as Error)}`, {
          file,
          hint: `${archive} -t, which tests it; it may have been copied or downloaded in part`,
          cause,
        });
      }
    },
    get taken() {
      return beneath.taken;
    },
    close: () => beneath.close(),
  };
}

function whatIsWrong({ message }: Error): string {
  return /unexpected end|incomplete/i.test(message) ? 'end too early' : `are damaged (${message})`;
}

async function* gunzip(pieces: Pieces): AsyncGenerator<Uint8Array> {
  // Both libraries are imported when they are needed: most jobs are not compressed, and many are short.
  const { createGunzip } = await import('node:zlib');
  const stream = createGunzip({ chunkSize: PIECE_BYTES });
  // What goes wrong with the pieces ends the stream, too, and is thrown there.
  pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), stream, () => {});
  yield* stream;
}

/** After so many turns without input and output it never comes to an end. */
const IDLE_TURNS = 100;

/**
 * With a library although Node has ZSTD from 22.15 on: there, all but the first frame of a file fails or is left out
 * in silence, and 22 does not notice that a file is cut.
 */
async function* unzstd(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  // The decoder cannot wait for input. Each of its turns takes at most one piece, so there is always one at hand.
  const atHand: Uint8Array[] = [];
  let idleTurns = 0;
  const input = function* (): Generator<Uint8Array> {
    for (let piece = atHand.shift(); piece; piece = atHand.shift()) {
      idleTurns = 0;
      yield piece;
    }
  };
  const output = decoder.decodeStreaming(input());
  const iterator = pieces[Symbol.asyncIterator]();
  let isExhausted = false;
  for (;;) {
    if (atHand.length === 0 && !isExhausted) {
      const { done, value } = await iterator.next();
      if (done) isExhausted = true;
      else if (value.length > 0) atHand.push(value);
      continue;
    }
    const { done, value } = output.next();
    if (done) return;
    // Of damaged data it makes nothing, for ever.
    if (value.length === 0 && ++idleTurns > IDLE_TURNS) throw new Error('no frame can be read');
    if (value.length > 0) yield value;
  }
}
