import { pipeline, Readable } from 'node:stream';
import { corrupt } from '../../codecs/corrupt.ts';
import type { Pieces } from './byte-source.ts';

/** As Node gives them. */
const PIECE_BYTES = 128 * 2 ** 10;

/**
 * Inflates members that follow one another. Node ends in silence at a zero byte where a member should begin: what
 * follows is looked at here.
 * @throws what Node says of damaged data; LogitmillError INPUT_CORRUPT when other than zeros follow the members
 */
export async function* gunzip(pieces: Pieces): AsyncGenerator<Uint8Array> {
  // Imported when it is needed: most jobs are not compressed, and many are short.
  const { createGunzip } = await import('node:zlib');
  const stream = createGunzip({ chunkSize: PIECE_BYTES });
  const iterator = pieces[Symbol.asyncIterator]();
  /** Pieces that were read and that Node may not have taken yet; the first begins at `givenFrom`. */
  let given: Uint8Array[] = [];
  let givenFrom = 0;
  const next = async (): Promise<Uint8Array | null> => {
    const { done, value } = await iterator.next();
    if (done) return null;
    given.push(value);
    return value;
  };
  async function* giving(): AsyncGenerator<Uint8Array> {
    for (let piece = await next(); piece; piece = await next()) {
      yield piece;
      while (given[0] && givenFrom + given[0].length <= stream.bytesWritten)
        givenFrom += given.shift()!.length;
    }
  }
  // What goes wrong with the pieces ends the stream, too, and is thrown there.
  pipeline(Readable.from(giving(), { objectMode: true, highWaterMark: 1 }), stream, () => {});
  yield* stream;
  do {
    for (const piece of given) {
      checkZeros(piece.subarray(Math.max(0, stream.bytesWritten - givenFrom)));
      givenFrom += piece.length;
    }
    given = [];
  } while ((await next()) !== null);
}

function checkZeros(bytes: Uint8Array): void {
  if (bytes.some((byte) => byte !== 0)) throw corrupt('has something after its members');
}
