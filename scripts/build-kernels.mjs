// Compiles every AssemblyScript kernel module twice: with fused multiply-add (relaxed SIMD) and without. Compiling all
// takes a minute, so what they give is committed too, in workers/kernels/built/; what changed since is compiled.
//
//   node scripts/build-kernels.mjs             to dist/kernels/
//   node scripts/build-kernels.mjs --refresh   and to workers/kernels/built/: after a change of a kernel
//   node scripts/build-kernels.mjs --check     compiles all, whatever is there: is what is committed what the sources give?
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { seal, sourcesOf } from './kernel-seal.mjs';

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
  { name: 'derived', base: 0x190000 },
];

const FEATURES = { relaxed: ['--enable', 'relaxed-simd'], baseline: [] };

const COMMITTED = 'workers/kernels/built';
/** What was compiled here before, of the sources as they were then. */
const CACHE = 'node_modules/.cache/logitmill';

/** Every module's every build; `file` is its name everywhere, without `.wasm`. */
const BUILDS = KERNEL_MODULES.flatMap(({ name, base }) =>
  Object.entries(FEATURES).map(([build, features]) => ({
    file: `${name}.${build}`,
    source: `workers/kernels/${name}.ts`,
    options: [
      ...['-O3', '--noAssert', '--converge'],
      ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--memoryBase', String(base)],
      // The real size comes with the memory that src/memory/slabs.ts makes; these are the widest that may be imported.
      ...['--initialMemory', '64', '--maximumMemory', '65536'],
      ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory', ...features],
    ],
  })),
);

/** Fills dist/kernels/. Says which modules had to be compiled because what is committed is older than their sources. */
export async function buildKernels() {
  await mkdir('dist/kernels', { recursive: true });
  await mkdir(CACHE, { recursive: true });
  const stale = [];
  for (const build of BUILDS) {
    const sources = await hashOf(build);
    const committed = await intact(`${COMMITTED}/${build.file}.wasm`, build, sources);
    if (!committed) stale.push(build.file);
    const bytes = committed ?? (await cachedOrCompiled(build, sources));
    await writeWhole(`dist/kernels/${build.file}.wasm`, bytes);
  }
  if (stale.length > 0)
    console.log(
      `compiled from their sources, which are newer than ${COMMITTED}/: ${stale.join(', ')}. \`npm run kernels\` refreshes it.`,
    );
}

/** Makes what is committed what the sources give; files of modules that are no more go. */
export async function refreshKernels() {
  await mkdir(COMMITTED, { recursive: true });
  await mkdir(CACHE, { recursive: true });
  const files = new Set(BUILDS.map(({ file }) => `${file}.wasm`));
  for (const file of await readdir(COMMITTED)) if (!files.has(file)) await rm(`${COMMITTED}/${file}`);
  for (const build of BUILDS) {
    const sources = await hashOf(build);
    const path = `${COMMITTED}/${build.file}.wasm`;
    if (!(await intact(path, build, sources))) {
      await writeWhole(path, await cachedOrCompiled(build, sources));
      console.log(`refreshed: ${path}`);
    }
  }
}

/** Names what is committed and is not, byte for byte, what the sources give. */
export async function differingKernels() {
  const differing = [];
  for (const build of BUILDS) {
    const path = `${COMMITTED}/${build.file}.wasm`;
    const compiled = await compile(build, await hashOf(build));
    const committed = await readIfThere(path);
    if (!committed?.equals(compiled)) differing.push(path);
  }
  return differing;
}

/** A file's bytes, when they were compiled from these sources and are as they were written. */
async function intact(path, { file }, sources) {
  const bytes = await readIfThere(path);
  return bytes && sourcesOf(bytes, file) === sources ? bytes : undefined;
}

async function readIfThere(path) {
  try {
    return await readFile(path);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

async function cachedOrCompiled(build, sources) {
  const path = `${CACHE}/${build.file}.${sources}.wasm`;
  const cached = await intact(path, build, sources);
  if (cached) return cached;
  const bytes = await compile(build, sources);
  await writeWhole(path, bytes);
  return bytes;
}

/** Another build may be at it too: the name appears when all is there. */
async function writeWhole(path, bytes) {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}

async function compile({ file, source, options }, sources) {
  // Loading the compiler takes a second.
  const { default: asc } = await import('assemblyscript/asc');
  const folder = await mkdtemp(join(tmpdir(), 'logitmill-kernels-'));
  try {
    const output = join(folder, `${file}.wasm`);
    const { error, stderr } = await asc.main([source, '-o', output, ...options]);
    if (error) throw new Error(`${file}: ${error.message}\n${stderr.toString()}`);
    return seal(await readFile(output), file, sources);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of all that a module's bytes follow from: compiler, options, the text of its files. */
async function hashOf({ source, options }) {
  const compilers = await Promise.all(
    ['assemblyscript', 'binaryen'].map(
      async (name) => JSON.parse(await readFile(`node_modules/${name}/package.json`, 'utf8')).version,
    ),
  );
  const hash = createHash('sha256').update(JSON.stringify([...compilers, options]));
  for (const file of [...(await withImports(source))].sort()) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 32);
}

/** A module's files: itself and what it imports, directly or not. */
async function withImports(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target] of (await readFile(file, 'utf8')).matchAll(/from ['"](\.[^'"]+)['"]/g))
    await withImports(`${posix.join(posix.dirname(file), target).replace(/\.ts$/, '')}.ts`, found);
  return found;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  if (process.argv.includes('--check')) {
    const differing = await differingKernels();
    for (const path of differing) console.log(`not what its sources give: ${path}; try: npm run kernels`);
    process.exitCode = differing.length > 0 ? 1 : 0;
  } else {
    if (process.argv.includes('--refresh')) await refreshKernels();
    await buildKernels();
  }
}
