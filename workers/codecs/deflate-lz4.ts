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
  #step: 1 | 4 = 1;

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
   * Chooses how to encode what comes next, by some pieces of it. Returns whether any of them became smaller. At every
   * byte three times as much is tried as at every number, which has to be worth it.
   */
  choose(samples: Iterable<Uint8Array>): boolean {
    let [plain, bytes, numbers] = [0, 0, 0];
    for (const sample of samples) {
      this.#bytes.set(sample, SOURCE);
      plain += sample.length;
      bytes += Math.min(sample.length, this.#encode(sample.length, 1));
      numbers += Math.min(sample.length, this.#encode(sample.length, 4));
    }
    this.#step = bytes < 0.85 * plain && bytes < 0.93 * numbers ? 1 : 4;
    return this.#step === 1 || numbers < plain;
  }

  /**
   * A frame, piece by piece; each is valid until the next.
   * @param pieces of at most LZ4_BLOCK bytes each: each becomes a block
   */
  *deflate(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    yield this.#startFrame();
    for (const piece of pieces) {
      this.#bytes.set(piece, SOURCE);
      const length = this.#encode(piece.length, this.#step);
      if (length < piece.length) {
        this.#writeWord(TARGET, length);
        yield this.#bytes.subarray(TARGET, TARGET + 4 + length);
      } else {
        this.#writeWord(TARGET, piece.length | STORED_RAW);
        yield this.#bytes.subarray(TARGET, TARGET + 4);
        yield this.#bytes.subarray(SOURCE, SOURCE + piece.length);
      }
    }
    yield new Uint8Array(4);
  }

  /** Returns the length of the block. */
  #encode(length: number, step: 1 | 4): number {
    return this.#kernels.encode_block(SOURCE, SOURCE + length, TARGET + 4, TABLE, step) - TARGET - 4;
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
