/**
 * Frames of ZSTD. `zstddec` is the reference implementation's decoder compiled to WebAssembly, and the only library we
 * found that streams on every Node. We load it, and drive its module ourselves: its own loop never looks whether the
 * decoder failed (it asks on for ever), and copies every piece, 100 MB of them before the first is collected.
 */
import { LogitmillError } from '../../src/errors.ts';
import { corrupt, type StoredBytes } from './stored-bytes.ts';

const MAGIC = 0xfd2fb528;

/** Every level but the "ultra" ones stays within it. */
const USUAL_WINDOW = 8 * 2 ** 20;

/** Of the decoder, and of every level of the reference implementation. */
const LARGEST_WINDOW = 128 * 2 ** 20;

/** What the decoder returns instead of what it still wants, as an unsigned 32-bit number: see zstd_errors.h. */
const FIRST_ERROR = 2 ** 32 - 120;

interface Decoder {
  memory: { buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(address: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  /** `output` and `input` are the addresses of (address, size, position). */
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

const PIECE = 128 * 2 ** 10;

let loading: Promise<void> | undefined;
let decoder: Decoder;

/** To be awaited before `inflateZstd`. */
export function prepareZstd(): Promise<void> {
  loading ??= load();
  return loading;
}

/** Most jobs do without it, and are spared the time that it takes to load. */
async function load(): Promise<void> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const library = new ZSTDDecoder();
  library._init = (loaded) => {
    decoder = (loaded as unknown as { instance: { exports: unknown } }).instance.exports as Decoder;
    ZSTDDecoder.prototype._init.call(library, loaded);
  };
  await library.init();
}

/**
 * What the frames hold, piece by piece; each is valid until the next.
 * @param length of what comes out, as the file says; the caller checks what does come out
 * @param memory what the decoder's window may take, in bytes
 * @throws LogitmillError INPUT_CORRUPT; MEMORY_TOO_SMALL when the frame wants a larger window
 */
export function* inflateZstd(stored: StoredBytes, length: number, memory: number): Generator<Uint8Array> {
  const context = decoder.ZSTD_createDCtx();
  const room = decoder.malloc(24 + 2 * PIECE);
  const [output, input] = [room, room + 12];
  const [target, source] = [room + 24, room + 24 + PIECE];
  const word = (address: number): number => new DataView(decoder.memory.buffer).getUint32(address, true);
  const describe = (address: number, buffer: number, size: number): void => {
    const view = new DataView(decoder.memory.buffer);
    [buffer, size, 0].forEach((value, index) => {
      view.setUint32(address + 4 * index, value, true);
    });
  };
  let wanted = 0;
  try {
    let isFirst = true;
    for (const piece of stored.pieces()) {
      if (isFirst) checkWindow(piece, length, memory);
      isFirst = false;
      new Uint8Array(decoder.memory.buffer).set(piece, source);
      describe(input, source, piece.length);
      // What did not fit into a full piece is still inside the decoder.
      for (let made = PIECE; made === PIECE || word(input + 8) < piece.length; ) {
        describe(output, target, PIECE);
        wanted = decoder.ZSTD_decompressStream(context, output, input) >>> 0;
        if (wanted >= FIRST_ERROR) throw corrupt('is no sound ZSTD frame');
        made = word(output + 8);
        if (made > 0) yield new Uint8Array(decoder.memory.buffer, target, made);
      }
    }
    if (wanted !== 0) throw corrupt('ends in the middle of a ZSTD frame');
  } finally {
    decoder.free(room);
    decoder.ZSTD_freeDCtx(context);
  }
}

/** https://www.rfc-editor.org/rfc/rfc8878#name-frame-header */
function checkWindow(frame: Uint8Array, length: number, memory: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 6 || view.getUint32(0, true) !== MAGIC)
    throw corrupt('does not begin with a ZSTD frame');
  const isSingleSegment = (frame[4] & 0b10_0000) !== 0;
  const base = 2 ** (10 + (frame[5] >> 3));
  // A single segment is its own window.
  const window = isSingleSegment ? length : base + (base / 8) * (frame[5] & 7);
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
