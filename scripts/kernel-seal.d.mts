/** Appends the custom section; see kernel-seal.mjs. */
export function seal(wasm: Uint8Array, name: string, sources: string): Buffer;
/** The hash that a sealed module names; undefined where it is damaged, has another name, or is not sealed. */
export function sourcesOf(bytes: Buffer, name: string): string | undefined;
