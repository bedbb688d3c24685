import { mkdirSync, mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

/** Bundles the miniature job as the product is bundled; returns the program's path. Below dist/, to find packages. */
export async function buildMiniJob(): Promise<string> {
  mkdirSync('dist', { recursive: true });
  const dir = mkdtempSync(resolve('dist', 'mini-'));
  const bundle = await rolldown({
    input: { 'mini-cli': 'test/faults/mini-cli.ts', 'mini-worker': 'test/faults/mini-worker.ts' },
    platform: 'node',
    external: [/^node:/, 'piscina'],
  });
  await bundle.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunk-[hash].mjs',
  });
  await bundle.close();
  return join(dir, 'mini-cli.mjs');
}
