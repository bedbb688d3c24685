/** lz4.wasm: blocks of LZ4 and their checksums; its callers, src/codecs/lz4.ts and workers/codecs/deflate-lz4.ts, have memories of their own. */
export interface Lz4Kernels {
  /** Returns the end of what was written, at most `targetEnd`, or 0 for a malformed block. */
  decode_block(
    source: number,
    sourceEnd: number,
    target: number,
    targetEnd: number,
    /** How far back matches may reach: an address. */
    oldest: number,
  ): number;
  /**
   * At most 64 KiB, behind which sixteen bytes can be read; `target` has room for length + length / 255 + 32, `table` is
   * 16 KiB of scratch. Returns the end of the block.
   */
  encode_block(
    source: number,
    sourceEnd: number,
    target: number,
    table: number,
    /** In bytes, from one position where a match may begin to the next: 1 or 4. */
    step: number,
  ): number;
  /** `state` is 48 bytes. */
  checksum_begin(state: number): void;
  checksum_add(state: number, address: number, length: number): void;
  checksum_end(state: number): number;
}
