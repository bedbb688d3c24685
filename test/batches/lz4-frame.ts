/** A decoder of LZ4 frames that shares nothing with ours: byte by byte, as the format's description has it. */
export function decodeLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== 0x184d2204) throw new Error('no LZ4 frame');
  const flags = frame[4]!;
  let at = 6 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1;
  const out: number[] = [];
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const end = at + (size & 0x7fffffff);
    if (size >>> 31) for (const byte of frame.subarray(at, end)) out.push(byte);
    else decodeBlock(frame.subarray(at, end), out);
    at = end + (flags & 16 ? 4 : 0);
  }
  if (at + (flags & 4 ? 4 : 0) !== frame.length) throw new Error('bytes after the frame');
  return Uint8Array.from(out);
}

function decodeBlock(block: Uint8Array, out: number[]): void {
  let at = 0;
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble === 15)
      for (let more = 255; more === 255; ) {
        more = block[at++]!;
        total += more;
      }
    return total;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = length(token >> 4);
    for (let k = 0; k < literals; k++) out.push(block[at++]!);
    if (at >= block.length) return;
    const distance = block[at]! | (block[at + 1]! << 8);
    at += 2;
    if (distance === 0 || distance > out.length) throw new Error('a match before the beginning');
    const matched = length(token & 15) + 4;
    for (let k = 0; k < matched; k++) out.push(out[out.length - distance]!);
  }
}
