import { LogitmillError } from '../../errors.ts';
import type { Archive } from './archive.ts';
import type { Pieces } from './byte-source.ts';
import { gunzip } from './gunzip.ts';

/**
 * What is in a compressed file, which may consist of several parts that were compressed one by one. Zeros may follow
 * them, as tapes and blocks leave them, and nothing else: what follows may be damaged data.
 * @throws LogitmillError INPUT_CORRUPT, INPUT_UNSUPPORTED, while it is read
 */
export function inflatePieces(beneath: Pieces, archive: Archive, file: string): Pieces {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* DECODERS[archive](beneath);
      } catch (cause) {
        throw located(cause as Error, archive, file);
      }
    },
    get taken() {
      return beneath.taken;
    },
    close: () => beneath.close(),
  };
}

function located(cause: Error, archive: Archive, file: string): Error {
  if (cause instanceof LogitmillError) {
    // The codecs do not know which file they inflate.
    if (cause.file !== undefined) return cause;
    if (cause.code !== 'INPUT_CORRUPT')
      return new LogitmillError(cause.code, cause.message, { file, hint: cause.hint, cause });
  }
  return new LogitmillError('INPUT_CORRUPT', `its compressed data ${whatIsWrong(cause)}`, {
    file,
    hint: `${archive} -t, which tests it; it may have been copied or downloaded in part`,
    cause,
  });
}

function whatIsWrong({ message }: Error): string {
  if (/unexpected end|in the middle/i.test(message)) return 'end too early';
  return /something after/.test(message) ? 'are followed by something else' : `are damaged (${message})`;
}

/** Of the reference implementation's levels; more is asked for by `zstd --long=28` and above. */
const LARGEST_WINDOW = 128 * 2 ** 20;

/**
 * With a library although Node has ZSTD from 22.15 on: there, all but the first frame of a file fails or is left out
 * in silence, and 22 does not notice that a file is cut.
 */
async function* unzstd(pieces: Pieces): AsyncGenerator<Uint8Array> {
  // Imported when it is needed: most jobs are not compressed, and many are short.
  const { prepareZstd, ZstdFrames } = await import('../../codecs/zstd.ts');
  await prepareZstd();
  const frames = new ZstdFrames(({ window }) => {
    if (window > LARGEST_WINDOW)
      throw new LogitmillError(
        'INPUT_UNSUPPORTED',
        `needs a window of ${Math.ceil(window / 2 ** 20)} MiB to be decompressed`,
        { hint: 'zstd -d --long=31, which decompresses it' },
      );
  });
  try {
    // Whoever reads may keep the pieces.
    for await (const piece of pieces) for (const inflated of frames.push(piece)) yield inflated.slice();
    for (const inflated of frames.finish()) yield inflated.slice();
  } finally {
    frames.close();
  }
}

async function* unlz4(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { LZ4_PIECE, Lz4Frames } = await import('../../codecs/lz4.ts');
  const { compileKernels } = await import('../../kernels/compile.ts');
  const { lz4 } = compileKernels(['lz4'], 'baseline');
  const frames = new Lz4Frames(lz4 as WebAssembly.Module);
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += LZ4_PIECE) {
      const part = piece.subarray(at, at + LZ4_PIECE);
      frames.room.set(part);
      for (const inflated of frames.inflate(part.length)) yield inflated.slice();
    }
  }
  for (const inflated of frames.finish()) yield inflated.slice();
}

const DECODERS: Readonly<Record<Archive, (pieces: Pieces) => AsyncGenerator<Uint8Array>>> = {
  gzip: gunzip,
  zstd: unzstd,
  lz4: unlz4,
};
