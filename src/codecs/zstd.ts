/**
 * Frames of ZSTD. `zstddec` is the reference implementation's decoder compiled to WebAssembly, and the only library we
 * found that streams on every Node. We load it, and drive its module ourselves: its own loop never looks whether the
 * decoder failed (it asks on for ever), and copies every piece, 100 MB of them before the first is collected.
 */
import { corrupt } from './corrupt.ts';
import { readZstdHeader, ZSTD_HEADER_MOST, type ZstdHeader } from './zstd-header.ts';

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

/** Of pieces that go in, and that come out. */
const ZSTD_PIECE = 128 * 2 ** 10;

let loading: Promise<void> | undefined;
let decoder: Decoder;

/** To be awaited before the first `ZstdFrames`. Most jobs do without it, and are spared the time that it takes. */
export function prepareZstd(): Promise<void> {
  loading ??= load();
  return loading;
}

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
 * Inflates frames that follow one another, skippable ones among them, from pieces that may be cut anywhere. Zeros may
 * follow the last frame, nothing else: tapes, blocks and some writers of Arrow pad with them.
 */
export class ZstdFrames {
  readonly #checkFrame: (header: ZstdHeader) => void;
  readonly #context = decoder.ZSTD_createDCtx();
  readonly #output = decoder.malloc(24 + ZSTD_HEADER_MOST + 2 * ZSTD_PIECE);
  readonly #input = this.#output + 12;
  readonly #target = this.#output + 24;
  readonly #source = this.#target + ZSTD_PIECE;
  /** Of the source: bytes that are there, and those that were taken. */
  #filled = 0;
  #taken = 0;
  #place: 'start' | 'frame' | 'between' | 'padding' = 'start';

  /** @param checkFrame told of every frame before it is inflated; what it throws ends the work */
  constructor(checkFrame: (header: ZstdHeader) => void) {
    this.#checkFrame = checkFrame;
  }

  /**
   * What comes out when `bytes` go in, piece by piece; each is valid until the next.
   * @throws LogitmillError INPUT_CORRUPT
   */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += ZSTD_PIECE) {
      const piece = bytes.subarray(at, at + ZSTD_PIECE);
      new Uint8Array(decoder.memory.buffer).set(piece, this.#source + this.#filled);
      this.#filled += piece.length;
      yield* this.#inflate(false);
      // The beginning of a header, whose rest is to come.
      const from = this.#source + this.#taken;
      const left = this.#filled - this.#taken;
      new Uint8Array(decoder.memory.buffer).copyWithin(this.#source, from, from + left);
      this.#filled = left;
      this.#taken = 0;
    }
  }

  /** @throws LogitmillError INPUT_CORRUPT where the pieces did not end with a frame */
  *finish(): Generator<Uint8Array> {
    yield* this.#inflate(true);
    if (this.#place === 'start') throw corrupt('does not begin with a ZSTD frame');
    if (this.#place === 'frame') throw corrupt('ends in the middle of a ZSTD frame');
  }

  /** Frees its memory. */
  close(): void {
    decoder.free(this.#output);
    decoder.ZSTD_freeDCtx(this.#context);
  }

  *#inflate(isEnd: boolean): Generator<Uint8Array> {
    while (this.#taken < this.#filled) {
      if (this.#place === 'frame') yield* this.#inflateFrame();
      else if (!this.#beginFrame(isEnd)) return;
    }
  }

  /** Returns false where more has to be known. */
  #beginFrame(isEnd: boolean): boolean {
    const { buffer } = decoder.memory;
    const bytes = new Uint8Array(buffer, this.#source + this.#taken, this.#filled - this.#taken);
    if (this.#place !== 'start' && bytes[0] === 0) this.#place = 'padding';
    if (this.#place === 'padding') {
      if (bytes.some((byte) => byte !== 0)) throw corrupt('has something after its ZSTD frames');
      this.#taken = this.#filled;
      return true;
    }
    if (bytes.length < ZSTD_HEADER_MOST && !isEnd) return false;
    const header = readZstdHeader(bytes);
    if (header === 'no frame')
      throw corrupt(
        this.#place === 'start' ? 'does not begin with a ZSTD frame' : 'has something after its ZSTD frames',
      );
    this.#place = 'frame';
    if (header === 'cut') throw corrupt('ends in the middle of a ZSTD frame');
    this.#checkFrame(header);
    return true;
  }

  *#inflateFrame(): Generator<Uint8Array> {
    this.#describe(this.#input, this.#source + this.#taken, this.#filled - this.#taken);
    const from = this.#taken;
    for (;;) {
      this.#describe(this.#output, this.#target, ZSTD_PIECE);
      const wanted = decoder.ZSTD_decompressStream(this.#context, this.#output, this.#input) >>> 0;
      if (wanted >= FIRST_ERROR) throw corrupt('is no sound ZSTD frame');
      const made = this.#positionOf(this.#output);
      this.#taken = from + this.#positionOf(this.#input);
      // A frame may end with a full piece, after which the decoder would wish for the next frame.
      if (wanted === 0) this.#place = 'between';
      if (made > 0) yield new Uint8Array(decoder.memory.buffer, this.#target, made);
      // What did not fit into a full piece is still inside the decoder.
      if (wanted === 0 || (made < ZSTD_PIECE && this.#taken === this.#filled)) return;
    }
  }

  #describe(address: number, buffer: number, size: number): void {
    const view = new DataView(decoder.memory.buffer);
    view.setUint32(address, buffer, true);
    view.setUint32(address + 4, size, true);
    view.setUint32(address + 8, 0, true);
  }

  #positionOf(address: number): number {
    return new DataView(decoder.memory.buffer).getUint32(address + 8, true);
  }
}
