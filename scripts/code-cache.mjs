// Puts V8's code cache beside the bundles that every run loads.
import { execFileSync } from 'node:child_process';
import { copyFile, readdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const EVERY_RUN = /^(core-.*|worker)\.js$/;

export async function makeCodeCaches() {
  await copyFile('scripts/cached-module.cjs', 'dist/cached-module.js');
  for (const file of (await readdir('dist')).filter((name) => EVERY_RUN.test(name))) {
    const body = file.replace(/\.js$/, '.body.js');
    await rename(`dist/${file}`, `dist/${body}`);
    await writeFile(`dist/${file}`, `require('./cached-module.js').loadCached(module, '${body}');\n`);
  }
  const program = fileURLToPath(new URL('./write-code-caches.cjs', import.meta.url));
  execFileSync(process.execPath, [program], { stdio: 'inherit' });
}
