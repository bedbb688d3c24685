// lz4.wasm: see Lz4Kernels in src/kernels/lz4.ts.
export { checksum_add, checksum_begin, checksum_end } from './lz4/checksum';
export { decode_block } from './lz4/decode';
export { encode_block } from './lz4/encode';
