import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { LogitmillError } from '../errors.ts';
import { describeIoError, errnoOf } from '../io/io-error.ts';
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

/**
 * Compiles modules; the result can be sent to workers.
 * @throws LogitmillError DAMAGED_INSTALLATION when a module's file is missing or not as it was built
 */
export function compileKernels(
  names: readonly KernelModuleName[],
  build: KernelBuild,
): Partial<Record<KernelModuleName, WebAssembly.Module>> {
  return Object.fromEntries(
    names.map((name) => [name, new WebAssembly.Module(intactBytes(`${name}.${build}`))]),
  );
}

const CRC_BYTES = 4;

/** A module's last bytes are the checksum of its name and of all that stands before it: scripts/kernel-seal.mjs. */
function intactBytes(name: string): Uint8Array {
  const file = fileURLToPath(new URL(`./kernels/${name}.wasm`, import.meta.url));
  const bytes = readKernel(file);
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const end = bytes.length - CRC_BYTES;
  if (end < 0 || bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end), crc32(name)))
    throw damaged(file, 'it is not as it was built');
  return bytes;
}

function readKernel(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    const errno = errnoOf(cause) ?? '';
    // The process has no room for another file; nothing is wrong with this one.
    if (errno === 'EMFILE' || errno === 'ENFILE') throw describeIoError(cause, file, 'read the kernels');
    throw damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function damaged(file: string, what: string, cause?: unknown): LogitmillError {
  return new LogitmillError('DAMAGED_INSTALLATION', `the installation of logitmill is damaged: ${what}`, {
    ...{ file, cause },
    hint: 'installing logitmill again',
  });
}
