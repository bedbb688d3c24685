/**
 * Frames of LZ4, https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. Our own, because no library that is
 * kept up both runs without native code and keeps memory bounded: lz4js (last release in 2018) and lz4-napi take and
 * give whole buffers, and one buffer may be larger than all memory; the WebAssembly ones know blocks alone.
 *
 * The codec has a memory of its own, which is half a MiB, or 9 MiB once it meets blocks of 4 MiB.
 */
import { corrupt } from '../../src/codecs/corrupt.ts';
import type { Lz4Kernels } from '../../src/kernels/lz4.ts';
import type { StoredBytes } from './stored-bytes.ts';

const MAGIC = 0x184d2204;
const VERSION = 1;
const INDEPENDENT = 0b10_0000;
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 2 ** 16, 5: 2 ** 18, 6: 2 ** 20, 7: 2 ** 22 };
/** Of a block's length: set when the block is stored as it is. */
const STORED_RAW = 0x80000000;
/** What our own frames are made of: as small as the format has, so that a block stays in the second-level cache. */
export const LZ4_BLOCK = 2 ** 16;
const LZ4_BLOCK_CODE = 4;
/** How far back a match reaches. */
const HISTORY = 2 ** 16;

const STATE = 2 ** 16;
const TABLE = STATE + 128;
const WINDOW = STATE + 2 ** 15;
const WASM_PAGE = 2 ** 16;

interface FrameHeader {
  blockBytes: number;
  independent: boolean;
  blockChecksums: boolean;
  contentChecksum: boolean;
}

export class Lz4Codec {
  readonly #memory = new WebAssembly.Memory({ initial: 64, maximum: 256, shared: true });
  readonly #kernels: Lz4Kernels;
  #bytes: Uint8Array;

  constructor(module: WebAssembly.Module) {
    const abort = (): never => {
      throw new Error('the LZ4 kernels aborted');
    };
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory, abort } });
    this.#kernels = exports as unknown as Lz4Kernels;
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /**
   * What one frame holds, piece by piece; each is valid until the next.
   * @throws LogitmillError INPUT_CORRUPT when it is not a sound frame, or more follows it than padding
   */
  *inflate(stored: StoredBytes): Generator<Uint8Array> {
    const frame = this.#readHeader(stored);
    const window = Math.max(4 * frame.blockBytes, HISTORY + frame.blockBytes);
    const windowEnd = WINDOW + Math.min(window, HISTORY + 2 ** 22);
    const source = windowEnd;
    this.#reserve(source + frame.blockBytes);
    const kernels = this.#kernels;
    if (frame.contentChecksum) kernels.checksum_begin(STATE);
    let oldest = WINDOW;
    let target = WINDOW;
    for (;;) {
      const word = readWord(stored);
      if (word === 0) break;
      const length = word & ~STORED_RAW;
      if (length > frame.blockBytes)
        throw corrupt(`has a block of ${length} bytes, its header says at most ${frame.blockBytes}`);
      if (target + frame.blockBytes > windowEnd) {
        const kept = Math.min(HISTORY, target - oldest);
        this.#bytes.copyWithin(WINDOW, target - kept, target);
        oldest = WINDOW;
        target = WINDOW + kept;
      }
      stored.fill(this.#bytes.subarray(source, source + length));
      if (frame.blockChecksums) this.#compare(this.#checksum(source, length, STATE + 48), stored, 'a block');
      const end = this.#decode(word, source, length, target, frame, oldest);
      if (frame.contentChecksum) kernels.checksum_add(STATE, target, end - target);
      yield this.#bytes.subarray(target, end);
      target = end;
    }
    if (frame.contentChecksum) this.#compare(kernels.checksum_end(STATE), stored, 'the content');
    checkPadding(stored);
  }

  /**
   * A frame of independent blocks, piece by piece; each is valid until the next.
   * @param pieces of at most LZ4_BLOCK bytes each: each becomes a block
   */
  *deflate(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    yield this.#startFrame();
    const source = WINDOW;
    const target = source + LZ4_BLOCK + WASM_PAGE;
    for (const piece of pieces) {
      this.#bytes.set(piece, source);
      const end = this.#kernels.encode_block(source, source + piece.length, target + 4, TABLE);
      const isSmaller = end - target - 4 < piece.length;
      const length = isSmaller ? end - target - 4 : piece.length;
      if (!isSmaller) this.#bytes.copyWithin(target + 4, source, source + length);
      writeWord(this.#bytes, target, isSmaller ? length : length | STORED_RAW);
      yield this.#bytes.subarray(target, target + 4 + length);
    }
    yield new Uint8Array(4);
  }

  #startFrame(): Uint8Array {
    const header = Uint8Array.of(0, 0, 0, 0, (VERSION << 6) | INDEPENDENT, LZ4_BLOCK_CODE << 4, 0);
    writeWord(header, 0, MAGIC);
    this.#bytes.set(header, WINDOW);
    header[6] = this.#checksum(WINDOW + 4, 2, STATE) >>> 8;
    return header;
  }

  #decode(
    word: number,
    source: number,
    length: number,
    target: number,
    { blockBytes, independent }: FrameHeader,
    oldest: number,
  ): number {
    if (word & STORED_RAW) {
      this.#bytes.copyWithin(target, source, source + length);
      return target + length;
    }
    const reach = independent ? target : Math.max(oldest, target - HISTORY);
    const end = this.#kernels.decode_block(source, source + length, target, target + blockBytes, reach);
    if (end === 0) throw corrupt('has a malformed block');
    return end;
  }

  #readHeader(stored: StoredBytes): FrameHeader {
    if (readWord(stored) !== MAGIC) throw corrupt('does not begin with an LZ4 frame');
    const [flags, sizes] = stored.take(2);
    const header = [flags, sizes];
    if (flags >> 6 !== VERSION || flags & 0b10 || sizes & 0b1000_1111)
      throw corrupt('begins with an LZ4 frame of an unknown version');
    if (flags & 1) throw corrupt('is an LZ4 frame that needs a dictionary');
    const blockBytes = BLOCK_BYTES[sizes >> 4];
    if (blockBytes === undefined) throw corrupt('begins with an LZ4 frame of an unknown block size');
    // The content's length stands in the Arrow buffer's own prefix, too, which is what is compared.
    if (flags & 0b1000) header.push(...stored.take(8));
    this.#bytes.set(header, WINDOW);
    const checksum = (this.#checksum(WINDOW, header.length, STATE) >>> 8) & 0xff;
    if (stored.take(1)[0] !== checksum) throw corrupt('has an LZ4 frame whose header is damaged');
    return {
      blockBytes,
      independent: (flags & INDEPENDENT) !== 0,
      blockChecksums: (flags & 0b1_0000) !== 0,
      contentChecksum: (flags & 0b100) !== 0,
    };
  }

  #checksum(address: number, length: number, state: number): number {
    this.#kernels.checksum_begin(state);
    this.#kernels.checksum_add(state, address, length);
    return this.#kernels.checksum_end(state);
  }

  #compare(checksum: number, stored: StoredBytes, what: string): void {
    if (readWord(stored) !== checksum >>> 0) throw corrupt(`fails the checksum of ${what}`);
  }

  #reserve(bytes: number): void {
    const more = Math.ceil((bytes - this.#bytes.length) / WASM_PAGE);
    if (more <= 0) return;
    this.#memory.grow(more);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}

function writeWord(bytes: Uint8Array, address: number, word: number): void {
  for (let byte = 0; byte < 4; byte++) bytes[address + byte] = word >>> (8 * byte);
}

function readWord(stored: StoredBytes): number {
  const [a, b, c, d] = stored.take(4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** Some writers count a buffer's padding as the buffer's. */
function checkPadding(stored: StoredBytes): void {
  if (stored.left >= 64 || stored.take(stored.left).some((byte) => byte !== 0))
    throw corrupt('has something after its LZ4 frame');
}
