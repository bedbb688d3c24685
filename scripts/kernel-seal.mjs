// What is put at the end of a compiled kernel module: a custom section, which engines pass over, with the hash of what
// it was compiled from, and the CRC-32 of its name and of all bytes before it, by which src/kernels/ knows a damaged one.
import { crc32 } from 'node:zlib';

const SECTION = 'logitmill';
const HASH_DIGITS = 32;
const CRC_BYTES = 4;
/** The section's kind, its length, the length of its name, its name, and its content. */
const SEAL_BYTES = 3 + SECTION.length + HASH_DIGITS + CRC_BYTES;

/**
 * @param {Uint8Array} wasm as the compiler wrote it
 * @param {string} name of the file, without `.wasm`
 * @param {string} sources 32 hexadecimal digits: the hash of what it was compiled from
 */
export function seal(wasm, name, sources) {
  const bytes = Buffer.concat([wasm, Buffer.alloc(SEAL_BYTES)]);
  bytes.set([0, SEAL_BYTES - 2, SECTION.length], wasm.length);
  bytes.write(`${SECTION}${sources}`, wasm.length + 3, 'latin1');
  bytes.writeUInt32LE(checksum(bytes, name), bytes.length - CRC_BYTES);
  return bytes;
}

/** The hash that a sealed module names; undefined where it is damaged, has another name, or is not sealed. */
export function sourcesOf(bytes, name) {
  if (bytes.length < SEAL_BYTES) return undefined;
  const at = bytes.length - CRC_BYTES;
  if (bytes.readUInt32LE(at) !== checksum(bytes, name)) return undefined;
  return bytes.toString('latin1', at - HASH_DIGITS, at);
}

const checksum = (bytes, name) => crc32(bytes.subarray(0, bytes.length - CRC_BYTES), crc32(name));
