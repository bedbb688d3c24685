import { lz4Header } from '../../src/codecs/lz4-header.ts';
import type { Lz4Kernels } from '../../src/kernels/lz4.ts';

/** What becomes one block: as small as the format has, so that a block stays in the second-level cache. */
export const LZ4_BLOCK = 2 ** 16;
/** Of a block's length: set when the block is stored as it is. */
const STORED_RAW = 0x80000000;

/** Behind all that kernels keep for themselves: see scripts/build-kernels.mjs. */
const STATE = 0x190000;
const TABLE = STATE + 128;
const SOURCE = STATE + 2 ** 15;
const TARGET = SOURCE + 2 * LZ4_BLOCK;

/** LZ4 out: frames of independent blocks, after https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. */
export class Lz4Encoder {
  readonly #kernels: Lz4Kernels;
  /** Of its own: half a MiB of it is used. */
  readonly #bytes: Uint8Array;

  constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
    const abort = (): never => {
      throw new Error('the LZ4 kernels aborted');
    };
    const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
    this.#kernels = exports as unknown as Lz4Kernels;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /**
   * A frame, piece by piece; each is valid until the next.
   * @param pieces of at most LZ4_BLOCK bytes each: each becomes a block
   */
  *deflate(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    yield this.#startFrame();
    for (const piece of pieces) {
      this.#bytes.set(piece, SOURCE);
      const end = this.#kernels.encode_block(SOURCE, SOURCE + piece.length, TARGET + 4, TABLE);
      const isSmaller = end - TARGET - 4 < piece.length;
      const length = isSmaller ? end - TARGET - 4 : piece.length;
      if (!isSmaller) this.#bytes.copyWithin(TARGET + 4, SOURCE, SOURCE + length);
      this.#writeWord(TARGET, isSmaller ? length : length | STORED_RAW);
      yield this.#bytes.subarray(TARGET, TARGET + 4 + length);
    }
    yield new Uint8Array(4);
  }

  #startFrame(): Uint8Array {
    const header = lz4Header();
    this.#bytes.set(header, SOURCE);
    this.#kernels.checksum_begin(STATE);
    this.#kernels.checksum_add(STATE, SOURCE + 4, 2);
    header[6] = this.#kernels.checksum_end(STATE) >>> 8;
    return header;
  }

  #writeWord(address: number, word: number): void {
    for (let byte = 0; byte < 4; byte++) this.#bytes[address + byte] = word >>> (8 * byte);
  }
}
