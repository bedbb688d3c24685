// Compiles every AssemblyScript kernel module twice: with fused multiply-add (relaxed SIMD) and without.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { posix } from 'node:path';
import asc from 'assemblyscript/asc';

/**
 * All modules live in one shared memory, so each one's constants get a region of their own below FIRST_SLAB
 * (src/memory/slabs.ts). `base` is the address of the region, in bytes; it is at most 256 KiB long.
 */
export const KERNEL_MODULES = [
  { name: 'float32', base: 0x010000 },
  { name: 'float64', base: 0x050000 },
  { name: 'float16', base: 0x090000 },
  { name: 'convert', base: 0x0d0000 },
  { name: 'csv', base: 0x110000 },
  { name: 'lz4', base: 0x150000 },
];

const FEATURES = { relaxed: ['--enable', 'relaxed-simd'], baseline: [] };

/** Compiling takes half a minute; what was compiled from the same text in the same way before is taken from here. */
const CACHE = 'node_modules/.cache/logitmill';

export async function buildKernels(only) {
  await mkdir('dist/kernels', { recursive: true });
  await mkdir(CACHE, { recursive: true });
  for (const { name, base } of KERNEL_MODULES) {
    if (only && !only.includes(name)) continue;
    for (const [build, features] of Object.entries(FEATURES)) await buildOne(name, build, base, features);
  }
}

async function buildOne(name, build, base, features) {
  const source = `workers/kernels/${name}.ts`;
  const options = [
    ...['-O3', '--noAssert', '--converge'],
    ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--memoryBase', String(base)],
    // The real size comes with the memory that src/memory/slabs.ts makes; these are the widest that may be imported.
    ...['--initialMemory', '64', '--maximumMemory', '65536'],
    ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory', ...features],
  ];
  const hash = createHash('sha256').update(JSON.stringify([asc.version, options]));
  for (const file of [...(await withImports(source))].sort()) hash.update(await readFile(file));
  const cached = `${CACHE}/${name}.${build}.${hash.digest('hex').slice(0, 32)}.wasm`;
  if (!existsSync(cached)) {
    // Another build may be at it too: the name appears when all is there.
    const temporary = `${cached}.${process.pid}`;
    const { error, stderr } = await asc.main([source, '-o', temporary, ...options]);
    if (error) throw new Error(`${name} (${build}): ${error.message}\n${stderr.toString()}`);
    await rename(temporary, cached);
  }
  await copyFile(cached, `dist/kernels/${name}.${build}.wasm`);
}

/** A module's files: itself and what it imports, directly or not. */
async function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target] of (await readFile(file, 'utf8')).matchAll(/from ['"](\.[^'"]+)['"]/g))
    await withImports(`${posix.join(posix.dirname(file), target).replace(/\.ts$/, '')}.ts`, found);
  return found;
}

if (import.meta.url === `file://${process.argv[1]}`)
  await buildKernels(process.argv.slice(2).length ? process.argv.slice(2) : undefined);
