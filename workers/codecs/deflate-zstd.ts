/** ZSTD out, through `@bokuweb/zstd-wasm`: the reference implementation's encoder compiled to WebAssembly. */

/** What becomes one frame. Frames may follow one another, so that a buffer of any size needs no more memory. */
export const ZSTD_PIECE = 2 ** 20;

/** As pyarrow's default: higher levels gain little on floats, and cost much. */
const LEVEL = 1;

type Compress = (bytes: Uint8Array, level: number) => Uint8Array;

let loading: Promise<void> | undefined;
let compress: Compress;

/** To be awaited before `deflateZstd`. */
export function prepareDeflateZstd(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  const library = await import('@bokuweb/zstd-wasm');
  await library.init();
  compress = library.compress as unknown as Compress;
}

/** @param pieces of at most ZSTD_PIECE bytes each: each becomes a frame */
export function* deflateZstd(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield compress(piece, LEVEL);
}
