// Compiles every AssemblyScript kernel module twice: with fused multiply-add (relaxed SIMD) and without.
import { mkdir } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

/**
 * All modules live in one shared memory, so each one's constants get a region of their own below FIRST_SLAB
 * (src/memory.ts). `base` is the address of the region, in bytes; it is at most 256 KiB long.
 */
export const KERNEL_MODULES = [
  { name: 'float32', base: 0x010000 },
  { name: 'float64', base: 0x050000 },
  { name: 'float16', base: 0x090000 },
  { name: 'convert', base: 0x0d0000 },
  { name: 'csv', base: 0x110000 },
];

const FEATURES = { relaxed: ['--enable', 'relaxed-simd'], baseline: [] };

export async function buildKernels(only) {
  await mkdir('dist/kernels', { recursive: true });
  for (const { name, base } of KERNEL_MODULES) {
    if (only && !only.includes(name)) continue;
    for (const [build, features] of Object.entries(FEATURES)) {
      const { error, stderr } = await asc.main([
        `workers/kernels/${name}.ts`,
        '-o',
        `dist/kernels/${name}.${build}.wasm`,
        '-O3',
        '--noAssert',
        '--converge',
        ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--memoryBase', String(base)],
        // The real size comes with the memory that src/memory.ts makes; these are the widest that may be imported.
        ...['--initialMemory', '64', '--maximumMemory', '65536'],
        ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory', ...features],
      ]);
      if (error) throw new Error(`${name} (${build}): ${error.message}\n${stderr.toString()}`);
    }
  }
}

if (import.meta.url === `file://${process.argv[1]}`)
  await buildKernels(process.argv.slice(2).length ? process.argv.slice(2) : undefined);
