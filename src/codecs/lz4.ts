/**
 * Frames of LZ4. Our own, because no library that is kept up both runs without native code and keeps memory bounded:
 * lz4js (last release in 2018) and lz4-napi take and give whole buffers, and one buffer may be larger than all memory;
 * the WebAssembly ones know blocks alone.
 */
import type { Lz4Kernels } from '../kernels/lz4.ts';
import { corrupt } from './corrupt.ts';
import { LZ4_HEADER_MOST, type Lz4Header, readLz4Header } from './lz4-header.ts';

/** Of a block's length: set when the block is stored as it is. */
const STORED_RAW = 0x80000000;
/** How far back a match reaches. */
const HISTORY = 2 ** 16;
/** Blocks of 64 KiB, after which the history moves to the front: what is in work stays in the second-level cache. */
const WINDOW = 2 ** 19;
/** Of what goes in at a time. */
export const LZ4_PIECE = 2 ** 17;
/** A block's length, and checksums. */
const AROUND_BLOCK = 12;

const WASM_PAGE = 2 ** 16;
/** Behind all that kernels keep for themselves: see scripts/build-kernels.mjs. */
const FIRST_ADDRESS = 0x190000;
const CONTENT_STATE = FIRST_ADDRESS;
const OTHER_STATE = FIRST_ADDRESS + 64;
const WINDOW_START = FIRST_ADDRESS + WASM_PAGE;

const NO_FRAME: Lz4Header = {
  ...{ bytes: 0, checked: 0, blockBytes: 2 ** 16, contentBytes: null },
  ...{ independent: true, blockChecksums: false, contentChecksum: false },
};

/**
 * Inflates frames that follow one another, skippable ones among them, from pieces that may be cut anywhere. Zeros may
 * follow the last frame, nothing else: tapes, blocks and some writers of Arrow pad with them.
 *
 * It has a memory of its own, of which 1 MiB is used, or 9 MiB once it meets blocks of 4 MiB.
 */
export class Lz4Frames {
  readonly #memory = new WebAssembly.Memory({ initial: 64, maximum: 256, shared: true });
  readonly #kernels: Lz4Kernels;
  #bytes: Uint8Array;
  #frame = NO_FRAME;
  #place: 'start' | 'header' | 'blocks' | 'between' | 'padding' = 'start';
  /** Of a frame that is passed over, what is to come. */
  #skipped = 0;
  /** Of the frame: bytes that it gave. */
  #made = 0;
  /** What comes next goes here; matches reach back to the oldest byte. */
  #target = WINDOW_START;
  #oldest = WINDOW_START;
  /** What goes in, behind the window: where it begins, how much of it is there and how much of that was taken. */
  #source = 0;
  #filled = 0;
  #taken = 0;

  constructor(module: WebAssembly.Module) {
    const abort = (): never => {
      throw new Error('the LZ4 kernels aborted');
    };
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory, abort } });
    this.#kernels = exports as unknown as Lz4Kernels;
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#layOut(NO_FRAME.blockBytes);
  }

  /** To be called before the first piece of something else. */
  begin(): void {
    this.#place = 'start';
    this.#skipped = 0;
    this.#filled = 0;
    this.#taken = 0;
  }

  /** Where the next piece goes: LZ4_PIECE bytes. */
  get room(): Uint8Array {
    const start = this.#source + this.#filled;
    return this.#bytes.subarray(start, start + LZ4_PIECE);
  }

  /**
   * What comes out when `count` bytes were put into `room`, piece by piece; each is valid until the next.
   * @throws LogitmillError INPUT_CORRUPT
   */
  *inflate(count: number): Generator<Uint8Array> {
    this.#filled += count;
    yield* this.#inflate(false);
    // What has to be seen as a whole, and is not there to its end.
    const from = this.#source + this.#taken;
    this.#bytes.copyWithin(this.#source, from, this.#source + this.#filled);
    this.#filled -= this.#taken;
    this.#taken = 0;
  }

  /** @throws LogitmillError INPUT_CORRUPT where the pieces did not end with a frame */
  *finish(): Generator<Uint8Array> {
    yield* this.#inflate(true);
    if (this.#place === 'start' && this.#skipped === 0) throw corrupt('does not begin with an LZ4 frame');
    if (this.#place === 'header' || this.#place === 'blocks' || this.#skipped > 0)
      throw corrupt('ends early, in the middle of an LZ4 frame');
  }

  *#inflate(isEnd: boolean): Generator<Uint8Array> {
    while (this.#taken < this.#filled) {
      const from = this.#source + this.#taken;
      const left = this.#filled - this.#taken;
      if (this.#skipped > 0) {
        const skipped = Math.min(left, this.#skipped);
        this.#taken += skipped;
        this.#skipped -= skipped;
      } else if (this.#place === 'blocks') {
        if (left < 4) return;
        const word = this.#wordAt(from);
        const most = word === 0 ? 4 : (word & ~STORED_RAW) + (this.#frame.blockChecksums ? 8 : 4);
        if (word !== 0) this.#checkLength(word & ~STORED_RAW);
        if (left < most + (word === 0 && this.#frame.contentChecksum ? 4 : 0)) return;
        if (word === 0) this.#endFrame(from + 4);
        else yield this.#block(word, from + 4);
      } else if (!this.#beginFrame(from, left, isEnd)) return;
    }
  }

  /** Returns false where more has to be known. */
  #beginFrame(from: number, left: number, isEnd: boolean): boolean {
    const bytes = this.#bytes.subarray(from, from + left);
    if (this.#place === 'between' && bytes[0] === 0) this.#place = 'padding';
    if (this.#place === 'padding') {
      if (bytes.some((byte) => byte !== 0)) throw corrupt('has something after its LZ4 frame');
      this.#taken = this.#filled;
      return true;
    }
    if (left < LZ4_HEADER_MOST && !isEnd) return false;
    // Views of shared memory cannot be read as numbers of all kinds everywhere; this is a copy of a few bytes.
    const header = readLz4Header(bytes.slice(0, LZ4_HEADER_MOST));
    if (header === 'no frame')
      throw corrupt(
        this.#place === 'start' ? 'does not begin with an LZ4 frame' : 'has something after its LZ4 frame',
      );
    if (header === 'cut') {
      this.#place = 'header';
      throw corrupt('ends early, in the middle of an LZ4 frame');
    }
    if ('skipped' in header) {
      this.#place = 'between';
      this.#skipped = header.skipped;
      return true;
    }
    const checksum = (this.#checksum(from + 4, header.checked) >>> 8) & 0xff;
    if (bytes[header.bytes - 1] !== checksum) throw corrupt('has an LZ4 frame whose header is damaged');
    this.#taken += header.bytes;
    this.#frame = header;
    this.#place = 'blocks';
    this.#made = 0;
    this.#layOut(header.blockBytes);
    if (header.contentChecksum) this.#kernels.checksum_begin(CONTENT_STATE);
    return true;
  }

  #checkLength(length: number): void {
    const { blockBytes } = this.#frame;
    if (length > blockBytes)
      throw corrupt(`has a block of ${length} bytes, its header says at most ${blockBytes}`);
  }

  /** Returns what the block from `source` on gives. */
  #block(word: number, source: number): Uint8Array {
    const { blockBytes, independent, blockChecksums, contentChecksum } = this.#frame;
    const sourceEnd = source + (word & ~STORED_RAW);
    if (blockChecksums && this.#checksum(source, sourceEnd - source) !== this.#wordAt(sourceEnd))
      throw corrupt('fails the checksum of a block');
    this.#taken = sourceEnd + (blockChecksums ? 4 : 0) - this.#source;
    this.#makeRoom();
    const target = this.#target;
    let end = target + sourceEnd - source;
    if (word & STORED_RAW) this.#bytes.copyWithin(target, source, sourceEnd);
    else {
      const reach = independent ? target : Math.max(this.#oldest, target - HISTORY);
      end = this.#kernels.decode_block(source, sourceEnd, target, target + blockBytes, reach);
      if (end === 0) throw corrupt('has a malformed block');
    }
    if (contentChecksum) this.#kernels.checksum_add(CONTENT_STATE, target, end - target);
    this.#target = end;
    this.#made += end - target;
    return this.#bytes.subarray(target, end);
  }

  /** For one more block in the window. */
  #makeRoom(): void {
    const { blockBytes, independent } = this.#frame;
    if (this.#target + blockBytes <= WINDOW_START + windowBytes(blockBytes)) return;
    const kept = independent ? 0 : Math.min(HISTORY, this.#target - this.#oldest);
    this.#bytes.copyWithin(WINDOW_START, this.#target - kept, this.#target);
    this.#oldest = WINDOW_START;
    this.#target = WINDOW_START + kept;
  }

  #endFrame(checksum: number): void {
    const { contentChecksum, contentBytes } = this.#frame;
    if (contentChecksum && this.#kernels.checksum_end(CONTENT_STATE) >>> 0 !== this.#wordAt(checksum))
      throw corrupt('fails the checksum of the content');
    if (contentBytes !== null && contentBytes !== this.#made)
      throw corrupt(`inflates to ${this.#made} bytes, an LZ4 frame's header says to ${contentBytes}`);
    this.#taken = checksum + (contentChecksum ? 4 : 0) - this.#source;
    this.#place = 'between';
  }

  /** A window for blocks of this size, and behind it room for what goes in, which moves there. */
  #layOut(blockBytes: number): void {
    this.#target = WINDOW_START;
    this.#oldest = WINDOW_START;
    const source = WINDOW_START + windowBytes(blockBytes);
    const end = source + blockBytes + AROUND_BLOCK + LZ4_HEADER_MOST + LZ4_PIECE;
    const more = Math.ceil((end - this.#bytes.length) / WASM_PAGE);
    if (more > 0) {
      this.#memory.grow(more);
      this.#bytes = new Uint8Array(this.#memory.buffer);
    }
    this.#bytes.copyWithin(source, this.#source + this.#taken, this.#source + this.#filled);
    this.#filled -= this.#taken;
    this.#taken = 0;
    this.#source = source;
  }

  #checksum(address: number, length: number): number {
    this.#kernels.checksum_begin(OTHER_STATE);
    this.#kernels.checksum_add(OTHER_STATE, address, length);
    return this.#kernels.checksum_end(OTHER_STATE) >>> 0;
  }

  #wordAt(address: number): number {
    let word = 0;
    for (let byte = 3; byte >= 0; byte--) word = (word << 8) | this.#bytes[address + byte]!;
    return word >>> 0;
  }
}

function windowBytes(blockBytes: number): number {
  return HISTORY + Math.max(WINDOW - HISTORY, blockBytes);
}
