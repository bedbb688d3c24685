/** lz4.wasm: blocks of LZ4 and their checksums; workers/codecs/lz4.ts is its only caller, with a memory of its own. */
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
  /** `target` has room for length + length / 255 + 16, `table` is 16 KiB of scratch. Returns the end of the block. */
  encode_block(source: number, sourceEnd: number, target: number, table: number): number;
  /** `state` is 48 bytes. */
  checksum_begin(state: number): void;
  checksum_add(state: number, address: number, length: number): void;
  checksum_end(state: number): number;
}
