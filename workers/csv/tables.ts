import { LARGEST_POWER, POWERS_OF_FIVE, SMALLEST_POWER } from '../kernels/csv/layout.ts';

const written = new WeakSet<WebAssembly.Memory>();

/**
 * Writes the tables of the CSV kernels at `address`. They are the same whoever writes them, so workers that share the
 * memory need not agree on who does.
 */
export function writeTables(memory: WebAssembly.Memory, address: number): void {
  if (written.has(memory)) return;
  writePowersOfFive(new DataView(memory.buffer, address + POWERS_OF_FIVE));
  written.add(memory);
}

/** floor(q * log2(5)) for |q| <= 400. */
function exponentOfFive(q: number): number {
  return (q * 152170) >> 16;
}

/** The first 128 bits of 5^q, cut, for every q that a float64 can need. */
function writePowersOfFive(view: DataView): void {
  const low = (1n << 64n) - 1n;
  for (let q = SMALLEST_POWER; q <= LARGEST_POWER; q++) {
    const shift = BigInt(127 - exponentOfFive(q));
    const power = 5n ** BigInt(Math.abs(q));
    const bits = q < 0 ? (1n << shift) / power : shift >= 0n ? power << shift : power >> -shift;
    const at = (q - SMALLEST_POWER) * 16;
    view.setBigUint64(at, bits & low, true);
    view.setBigUint64(at + 8, bits >> 64n, true);
  }
}
