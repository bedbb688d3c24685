// Builds dist/: the kernels, the bundles and the type declarations.
import { execFileSync } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { rolldown } from 'rolldown';
import { buildKernels } from './build-kernels.mjs';

await rm('dist', { recursive: true, force: true });
await buildKernels();

// One bundle: importing apache-arrow's and yargs' many files costs more than a small job does.
const bundle = await rolldown({
  input: { cli: 'src/cli.ts', index: 'src/index.ts', 'workers/main': 'workers/main.ts' },
  platform: 'node',
  external: [/^node:/, 'piscina', 'apache-arrow', 'yargs', 'yargs/helpers'],
});
// Chunks lie beside the entries, so that `import.meta.url` finds the kernels from any of them.
await bundle.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: false,
  chunkFileNames: '[name]-[hash].js',
});
await bundle.close();
await chmod('dist/cli.js', 0o755);

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
