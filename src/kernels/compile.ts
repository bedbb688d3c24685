import fs from 'node:fs';
import v8 from 'node:v8';
import { LogitmillError } from '../errors.ts';
import type { KernelBuild, KernelModuleName } from './names.ts';

/**
 * A module of one function, (a, b, c) -> lane 0 of f32x4.relaxed_madd of their splats: it validates only where
 * relaxed SIMD is known, and its result tells whether the multiply-add is fused.
 */
const PROBE = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d],
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[
    10, 22, 1, 20, 0, 0x20, 0, 0xfd, 0x13, 0x20, 1, 0xfd, 0x13, 0x20, 2, 0xfd, 0x13, 0xfd, 0x85, 0x02, 0xfd,
    0x1f, 0, 0x0b,
  ],
);

/** Whether this machine multiplies and adds with one rounding. (1 + 2^-23)^2 - (1 + 2^-22) is 2^-46, or 0 after two roundings. */
function hasFusedMultiplyAdd(): boolean {
  if (!WebAssembly.validate(PROBE)) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(PROBE)).exports as {
    f: (a: number, b: number, c: number) => number;
  };
  return f(1 + 2 ** -23, 1 + 2 ** -23, -(1 + 2 ** -22)) !== 0;
}

/**
 * The build of the kernels to use here. `auto` takes the relaxed one where the multiply-add is fused: anywhere
 * else it would only be the baseline under another name.
 * @throws LogitmillError USAGE when `relaxed` is asked for and not to be had
 */
export function chooseKernelBuild(wanted: 'auto' | KernelBuild): KernelBuild {
  if (wanted === 'baseline') return 'baseline';
  // Node 20 knows relaxed SIMD behind this flag; later versions have it switched on, and take the flag or ignore it.
  if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (hasFusedMultiplyAdd()) return 'relaxed';
  if (wanted === 'auto') return 'baseline';
  throw new LogitmillError(
    'USAGE',
    '`--kernel relaxed` needs relaxed SIMD with a fused multiply-add, which this machine or Node does not have',
    {
      hint: '--kernel auto',
    },
  );
}

/** Compiles modules; the result can be sent to workers. */
export function compileKernels(
  names: readonly KernelModuleName[],
  build: KernelBuild,
): Partial<Record<KernelModuleName, WebAssembly.Module>> {
  return Object.fromEntries(
    names.map((name) => {
      const file = new URL(`./kernels/${name}.${build}.wasm`, import.meta.url);
      return [name, new WebAssembly.Module(fs.readFileSync(file))];
    }),
  );
}
